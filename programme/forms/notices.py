from django import forms

from programme.models import Notice


class WordsForm(forms.ModelForm[Notice]):
    """What an organiser says before the list of changes."""

    class Meta:
        model = Notice
        fields = ("words",)
        widgets = {"words": forms.Textarea({"rows": 4, "cols": 70})}  # noqa: RUF012 - as Django's forms have them
