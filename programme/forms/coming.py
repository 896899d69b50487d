from django import forms
from django.utils.translation import gettext_lazy as _

YES, NO = "yes", "no"


class ComingForm(forms.Form):
    """One button for each answer. `days`: those that the page asked about."""

    answer = forms.ChoiceField(
        choices=[(YES, _("Yes")), (NO, _("No"))],
        error_messages={it: _("Select one of the buttons.") for it in ("required", "invalid_choice")},
    )
    days = forms.CharField(max_length=40, error_messages={"required": _("Select one of the buttons.")})

    @property
    def is_coming(self) -> bool:
        return bool(self.cleaned_data["answer"] == YES)
