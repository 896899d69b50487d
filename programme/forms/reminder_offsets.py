"""Form field for reminder offsets, written as "7 days, 1 day, 1 hour"."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.formats import offset_label
from programme.rules.reminder_offsets import LONGEST_OFFSET, MOST_REMINDERS

MINUTES = {"d": 1440, "h": 60, "m": 1}
OFFSET = re.compile(r"(\d{1,5})\s*(d|h|m)[a-z]*", re.IGNORECASE)


class OffsetsField(forms.CharField):
    """Return reminder offsets in minutes, longest first.

    `empty`: the value of an empty field: [] for no reminders, None for the edition's offsets.
    """

    def __init__(self, *, empty: list[int] | None, **kwargs: Any) -> None:
        self.empty = empty
        super().__init__(required=False, max_length=200, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(offset_label(minutes) for minutes in value) or str(_("none"))
        return value

    def clean(self, value: Any) -> list[int] | None:
        typed = super().clean(value).strip()
        if typed.lower() in NONE:
            return []
        matches = [OFFSET.fullmatch(part.strip()) for part in typed.split(",") if part.strip()]
        if not all(matches):
            raise forms.ValidationError(_("Enter times like this: 7 days, 1 day, 1 hour."))
        offsets = sorted({int(match[1]) * MINUTES[match[2].lower()] for match in matches if match}, reverse=True)
        if offsets and not 1 <= min(offsets) <= max(offsets) <= LONGEST_OFFSET.total_seconds() // 60:
            raise forms.ValidationError(_("Enter times between 1 minute and 60 days."))
        if len(offsets) > MOST_REMINDERS:
            raise forms.ValidationError(_("Enter at most six times."))
        return offsets or self.empty

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


NONE = {"none", "-", "–", "never"}
