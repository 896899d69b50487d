"""Forms with which organisers add a person, and correct a name or an address."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.additions import Newcomer
from programme.forms.answers import OneLineField
from programme.forms.selects import CityField
from programme.models import Edition, Participant
from udtacademy.db.address_fields import AddressFormField
from udtacademy.db.fields import validate_name


class PersonForm(forms.Form):
    """Somebody to register. `why_no_email`: why nobody can be emailed; empty if they can."""

    delegation = CityField(label=gettext_lazy("City"), empty_label=gettext_lazy("Choose a city"))
    name = OneLineField(label=gettext_lazy("Full name"), max_length=200, validators=[validate_name])
    email = AddressFormField(
        label=gettext_lazy("Email address"), help_text=gettext_lazy("They sign in with it, by a code sent there.")
    )
    job_title = OneLineField(label=gettext_lazy("Job title"), max_length=120, required=False)
    tells = forms.BooleanField(
        label=gettext_lazy("Tell them by email"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "The email says that they are registered and how to sign in, and adds the sessions to their calendar. Without"
            " it they can sign in all the same, and still get reminders."
        ),
    )

    def __init__(self, *args: Any, edition: Edition, why_no_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.why_no_email = why_no_email
        self.fields["delegation"].offer(edition)  # type: ignore[attr-defined]
        if why_no_email:
            del self.fields["tells"]

    @property
    def newcomer(self) -> Newcomer:
        cleaned = self.cleaned_data
        return Newcomer(cleaned["delegation"], cleaned["email"], cleaned["name"], cleaned["job_title"])

    @property
    def sends_email(self) -> bool:
        return bool(self.cleaned_data.get("tells"))


class CorrectionForm(forms.Form):
    """The right name and address of a person, and why they are changed."""

    name = OneLineField(label=gettext_lazy("Full name"), max_length=200, validators=[validate_name])
    email = AddressFormField(label=gettext_lazy("Email address"))
    reason = OneLineField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("It is kept in the history of the person.")
    )

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        user = participant.user
        super().__init__(*args, **{"initial": {"name": user.name, "email": user.email}, **kwargs})
        self.user = user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and (cleaned["name"], cleaned["email"]) == (self.user.name, self.user.email):
            self.add_error(None, _("Nothing has changed. Correct the name or the address, then save."))
        return cleaned
