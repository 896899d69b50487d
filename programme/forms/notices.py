from django import forms

from programme.models import Notice


class NoteForm(forms.ModelForm[Notice]):
    """The note above the list of changes in a notice."""

    class Meta:
        model = Notice
        fields = ("note",)
        widgets = {"note": forms.Textarea({"rows": 4, "cols": 70})}  # noqa: RUF012 - as Django's forms have them
