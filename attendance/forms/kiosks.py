"""The forms of kiosks: adding one, and scanning a badge there."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.actions.check_ins import Scan
from attendance.forms.scans import LONGEST_CODE
from attendance.personal_links import badges
from programme.models import Session
from udtacademy.db.fields import validate_readable


class KioskForm(forms.Form):
    """A new kiosk: its name, and the session or the day it is for."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("Where it stands, for example: tablet at the main entrance."),
        validators=[validate_readable],
        error_messages={"required": gettext_lazy("Enter a name.")},
    )
    asked = forms.UUIDField(
        widget=forms.HiddenInput, initial=uuid.uuid4, required=False
    )  # the form, sent once or again
    door = forms.ChoiceField(
        label=gettext_lazy("For"), error_messages={"required": gettext_lazy("Choose a day or a session.")}
    )

    def __init__(self, *args: Any, sessions: Sequence[Session], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ahead = [it for it in sessions if it.local_day and it.local_day >= today]
        self.doors: dict[str, tuple[dt.date, Session | None]] = {}
        field = self.fields["door"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("Choose a day or a session")), *self.choices_of(ahead)]

    def choices_of(self, sessions: Sequence[Session]) -> Iterator[tuple[str, str]]:
        """Yield the days of sessions, each with its sessions after it."""
        for session in sessions:
            day = session.local_day
            if day is None or session.starts_at is None:
                continue
            text, time = date_format(day, "j F Y"), session.starts_at.astimezone(session.edition.zone)
            if day.isoformat() not in self.doors:
                self.doors[day.isoformat()] = (day, None)
                yield day.isoformat(), _("All sessions in person on %(day)s") % {"day": text}
            self.doors[session.slug] = (day, session)
            about = {"session": session, "day": text, "time": date_format(time, "H:i")}
            yield session.slug, _("%(session)s, %(day)s, %(time)s") % about

    def door_chosen(self) -> tuple[dt.date, Session | None]:
        """Return the day, and the session unless all of that day are meant."""
        return self.doors[self.cleaned_data["door"]]


class KioskScanForm(forms.Form):
    """A badge's code, and the ID of the scan. Nobody can be chosen by name or number here."""

    code = forms.CharField(max_length=LONGEST_CODE, label=gettext_lazy("Code on your badge"))
    scan_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def person(self) -> int | None:
        """Return the primary key of the participant, of any edition; None if the code is not one of ours."""
        return badges.read(self.cleaned_data["code"])

    def scan(self) -> Scan:
        return Scan(self.cleaned_data["scan_id"])
