"""The form of check-in."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.actions.check_ins import Scan
from attendance.personal_links import badges
from udtacademy.http.parameters import parse_moment

LONGEST_CODE = 300  # a whole address, as a camera reads it
LONGEST_NAME = 320  # an address, for somebody without a name


class DeviceTimeField(forms.CharField):
    """A moment on a device's clock, as JavaScript writes it; None if it cannot be read."""

    def clean(self, value: Any) -> dt.datetime | None:
        return parse_moment(str(value or ""))


class ScanForm(forms.Form):
    """A scan: a code, or a participant chosen from the list with the name that the button showed; and the ID of the scan."""

    code = forms.CharField(required=False, max_length=LONGEST_CODE, label=_("Code"))
    participant = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    name = forms.CharField(required=False, max_length=LONGEST_NAME, widget=forms.HiddenInput)
    scan_id = forms.UUIDField(widget=forms.HiddenInput)
    made_at = DeviceTimeField(required=False, widget=forms.HiddenInput)
    sent_at = DeviceTimeField(required=False, widget=forms.HiddenInput)
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("code") and not cleaned.get("participant"):
            self.add_error("code", _("Scan or enter a code, or choose a name."))
        if cleaned.get("participant") and not cleaned.get("name"):
            self.add_error(None, _("The button says no name. Search for the name again."))
        return cleaned

    def person(self) -> int | None:
        """Return the primary key of the participant, of any edition; None if the code is not one of ours."""
        return self.cleaned_data["participant"] or badges.read(self.cleaned_data["code"])

    def scan(self) -> Scan:
        cleaned = self.cleaned_data
        name = cleaned["name"] if cleaned["participant"] else ""
        return Scan(cleaned["scan_id"], cleaned["made_at"], cleaned["sent_at"], is_anyway=cleaned["anyway"], name=name)
