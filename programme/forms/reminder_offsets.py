"""How long before a session people are reminded, as organisers write it: "7 days, 1 day, 1 hour"."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.rules.reminder_offsets import LONGEST_LEAD, MOST_REMINDERS

MINUTES = {"d": 1440, "h": 60, "m": 1}
LEAD = re.compile(r"(\d{1,5})\s*(d|h|m)[a-z]*", re.IGNORECASE)


class LeadsField(forms.CharField):
    """Minutes, the most first; an empty list where nothing is written, or None where that means "as elsewhere"."""

    def __init__(self, *, empty: list[int] | None, **kwargs: Any) -> None:
        self.empty = empty
        super().__init__(required=False, max_length=200, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(in_words(minutes) for minutes in value) or str(_("none"))
        return value

    def clean(self, value: Any) -> list[int] | None:
        typed = super().clean(value).strip()
        if typed.lower() in NONE:
            return []
        found = [LEAD.fullmatch(part.strip()) for part in typed.split(",") if part.strip()]
        if not all(found):
            raise forms.ValidationError(_("Write it as in: 7 days, 1 day, 1 hour."))
        leads = sorted({int(it[1]) * MINUTES[it[2].lower()] for it in found if it}, reverse=True)
        if leads and not 1 <= min(leads) <= max(leads) <= LONGEST_LEAD.total_seconds() // 60:
            raise forms.ValidationError(_("Remind people between a minute and 60 days before."))
        if len(leads) > MOST_REMINDERS:
            raise forms.ValidationError(_("Remind people six times at most."))
        return leads or self.empty

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


NONE = {"none", "-", "–", "never"}


def in_words(minutes: int) -> str:
    """ "7 days", "1 hour", "90 minutes"."""
    if minutes % 1440 == 0:
        return ngettext("%s day", "%s days", minutes // 1440) % (minutes // 1440)
    if minutes % 60 == 0:
        return ngettext("%s hour", "%s hours", minutes // 60) % (minutes // 60)
    return ngettext("%s minute", "%s minutes", minutes) % minutes
