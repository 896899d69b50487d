"""How attendance is said to people."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.models import Attendance
from attendance.rules import Moment, Standing, State
from programme.models import Session

WORDS = {
    State.PRESENT: gettext_lazy("present"),
    State.COUNTS: gettext_lazy("partly there, counts"),
    State.PARTIAL: gettext_lazy("partly there"),
    State.EXCUSED: gettext_lazy("excused"),
    State.MADE_UP: gettext_lazy("made up for"),
    State.ABSENT: gettext_lazy("absent"),
    State.MISSED: gettext_lazy("missed"),
    State.NOT_SEEN: gettext_lazy("not seen"),
    State.RUNNING: gettext_lazy("not here yet"),
    State.TO_COME: gettext_lazy("to come"),
    State.NO_DATE: gettext_lazy("no date yet"),
    State.CANCELLED: gettext_lazy("cancelled"),
    State.NOT_EXPECTED: gettext_lazy("has no seat in it"),
}
SYMBOLS = {
    State.PRESENT: "✓",
    State.COUNTS: "◕",
    State.PARTIAL: "◐",
    State.EXCUSED: "E",
    State.MADE_UP: "M",
    State.ABSENT: "✗",
    State.MISSED: "○",
    State.NOT_SEEN: "○",
    State.RUNNING: "…",
    State.TO_COME: "·",
    State.NO_DATE: "?",
    State.CANCELLED: "—",
    State.NOT_EXPECTED: " ",
}
STANDINGS = {
    Standing.NOT_MET: gettext_lazy("not met"),
    Standing.AT_RISK: gettext_lazy("at risk"),
    Standing.ON_TRACK: gettext_lazy("on track"),
    Standing.MET: gettext_lazy("met"),
}


def moment_of(session: Session) -> Moment:
    return Moment(session.starts_at, session.ends_at, session.is_core, session.is_cancelled)


def basis(attendance: Attendance) -> str:
    """What it rests on: "85 minutes, meeting report"; "join button, from 17:58"; empty where it rests on nothing.

    Times are in the active zone.
    """
    parts = []
    if attendance.minutes:
        parts.append(ngettext("%s minute", "%s minutes", attendance.minutes) % attendance.minutes)
    if attendance.source:
        parts.append(str(attendance.get_source_display()))
    if attendance.arrived_at and not attendance.minutes:
        parts.append(_("from %s") % date_format(localtime(attendance.arrived_at), "H:i"))
    return ", ".join(parts)
