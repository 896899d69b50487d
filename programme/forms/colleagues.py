from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from udtacademy.db.address_fields import AddressFormField
from udtacademy.db.fields import in_one_line, validate_name

ROLES = [
    ("desk", _("desk: checks people in at the door")),
    ("viewer", _("viewer: sees everything, changes nothing")),
    ("organiser", _("organiser: does everything in an edition")),
]
SCOPES = [("edition", _("this edition only")), ("all", _("all editions"))]


class ColleagueForm(forms.Form):
    """A colleague to invite."""

    email = AddressFormField(label=_("Email address"))
    name = forms.CharField(label=_("Name"), max_length=200, validators=[validate_name])
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)
    scope = forms.ChoiceField(label=_("Works in"), choices=SCOPES, widget=forms.RadioSelect, initial="edition")

    def __init__(self, *args: Any, may_invite_everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_invite_everywhere:
            self.fields["scope"].choices = SCOPES[:1]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        return in_one_line(self.cleaned_data["name"])
