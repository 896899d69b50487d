"""The form for handing a place over to a colleague."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.forms.answers import OneLineField
from programme.models import Participant
from udtacademy.db.address_fields import AddressFormField
from udtacademy.db.fields import validate_name


class TakeOverForm(forms.Form):
    """Who takes over a place, and whether the coordinator's role goes with it."""

    name = OneLineField(label=gettext_lazy("Full name"), max_length=200, validators=[validate_name])
    email = AddressFormField(label=gettext_lazy("Email address"))
    takes_role = forms.BooleanField(
        label=gettext_lazy("They also become the coordinator"), required=False, initial=True
    )

    def __init__(self, *args: Any, place: Participant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        if not place.is_coordinator:
            del self.fields["takes_role"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.place.user.email:
            raise forms.ValidationError(
                _("This is the address of %(name)s. Enter the address of the colleague."), params={"name": self.place}
            )
        return email

    @property
    def takes_the_role(self) -> bool:
        return bool(self.cleaned_data.get("takes_role"))
