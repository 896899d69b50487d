"""When a participant arrives for the in-person days and leaves, in the edition's local time."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from programme.forms.local_times import LocalDateTimeField, read_local_times
from programme.models import Edition, Participant
from programme.models.participant import LEAVES_TOO_EARLY
from programme.queries.in_person_days import in_person_days
from programme.rules.stays import arrival_span, departure_span, is_within

STAY = ("arrives_at", "leaves_at")
OUTSIDE = {
    "arrives_at": (arrival_span, _("Enter an arrival between %(first)s and %(last)s.")),
    "leaves_at": (departure_span, _("Enter a departure between %(first)s and %(last)s.")),
}


def arrival_field(**kwargs: Any) -> LocalDateTimeField:
    return LocalDateTimeField(label=_("Arrival"), required=False, **kwargs)


def departure_field(**kwargs: Any) -> LocalDateTimeField:
    return LocalDateTimeField(label=_("Departure"), required=False, **kwargs)


def days_in_person(edition: Edition) -> list[dt.date]:
    return [it.day for it in in_person_days(edition)]


def read_stay(form: forms.BaseForm, participant: Participant, edition: Edition, days: Sequence[dt.date]) -> None:
    """Replace the form's local times with instants. Adds errors for times that cannot be.

    What has not changed may be outside the days in person: they may have moved since.
    """
    read_local_times(form, STAY, participant, edition)
    times = {name: form.cleaned_data.get(name) for name in STAY}
    arrives_at, leaves_at = times.values()
    if arrives_at and leaves_at and leaves_at < arrives_at:
        form.add_error("leaves_at", LEAVES_TOO_EARLY)
        return
    for name, (span_of, text) in OUTSIDE.items():
        moment = times[name]
        if moment is None or not days or moment == getattr(participant, name):
            continue
        span = span_of(days)
        if not is_within(moment.astimezone(edition.zone), span):
            first, last = (date_format(day, "j F Y") for day in span)
            form.add_error(name, text % {"first": first, "last": last})
