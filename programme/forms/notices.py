from django import forms

from programme.models import Notice


class NoteForm(forms.ModelForm[Notice]):
    """What an organiser says before the list of changes."""

    class Meta:
        model = Notice
        fields = ("note",)
        widgets = {"note": forms.Textarea({"rows": 4, "cols": 70})}  # noqa: RUF012 - as Django's forms have them
