"""The form that copies an edition."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from programme.forms.local_times import in_range
from programme.models import Edition
from programme.models.edition import validate_free_slug
from programme.rules.copies import name_for_year, next_first_day, slug_for_year
from programme.rules.editions import SLUG_PATTERN
from udtacademy.db.fields import in_one_line, validate_readable

AS_A_WEB_ADDRESS = _("Use only lower-case letters, digits and single hyphens, for example udt-2026.")


class CopyForm(forms.Form):
    """The name, web address and first day of a copy, what it needs before it is published, and whether cities come along."""

    name = forms.CharField(label=_("Name"), max_length=120, validators=[validate_readable])
    slug = forms.CharField(
        label=_("Web address"),
        max_length=60,
        validators=[RegexValidator(SLUG_PATTERN, AS_A_WEB_ADDRESS), validate_free_slug],
        help_text=_("The first part of its pages’ addresses. Calendars and links use it, so do not change it later."),
    )
    first_day = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Everything moves by the same number of days, at the same local time."),
    )
    registration_opens_on = forms.DateField(
        label=_("Registration opens"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_(
            "From the beginning of this day, local time. The original has no date. If empty, nobody can register."
        ),
    )
    contact_email = forms.EmailField(
        label=_("Contact address"), required=False, help_text=_("Participants read it, and write to it.")
    )
    takes_cities = forms.BooleanField(
        label=_("Also copy the cities, with their quotas and email domains"),
        required=False,
        help_text=_("Without people and without the coordinators’ addresses."),
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if edition.registration_opens_at:  # it moves with everything else
            del self.fields["registration_opens_on"]

    def clean_first_day(self) -> dt.date:
        return in_range(self.cleaned_data["first_day"])

    def clean_registration_opens_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["registration_opens_on"]
        return in_range(day) if day else None

    def clean_name(self) -> str:
        return in_one_line(self.cleaned_data["name"])


def suggestion(edition: Edition, today: dt.date, taken: Collection[str]) -> dict[str, Any]:
    """Return the first values of the form: the next year whose web address is not `taken`."""
    old, day = edition.first_on.year, next_first_day(edition.first_on, today)
    while slug_for_year(edition.slug, old, day.year) in taken:
        day = next_first_day(edition.first_on, day.replace(month=12, day=31))
    return {
        "name": name_for_year(edition.name, old, day.year),
        "slug": slug_for_year(edition.slug, old, day.year),
        "first_day": day,
        "contact_email": edition.contact_email,
    }
