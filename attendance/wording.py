"""How pages describe attendance."""

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from attendance.meeting_reports.reading import Flag
from attendance.models import Attendance
from attendance.models.actual_time import held_at
from attendance.rules.attendance import AttendanceStatus, Finding, as_of, counts_so_far
from attendance.rules.check_in import ScanAnswer
from attendance.rules.shown_states import SessionTimes, ShownState
from attendance.rules.standing import Standing
from programme.models import Session

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STATES = {
    ShownState.PRESENT: gettext_lazy("present"),
    ShownState.COUNTS: gettext_lazy("partly present, counts"),
    ShownState.CLICKED: gettext_lazy("clicked Join, not confirmed"),
    ShownState.TO_DECIDE: gettext_lazy("clicked Join, needs a decision"),
    ShownState.PARTIAL: gettext_lazy("partly present"),
    ShownState.EXCUSED: gettext_lazy("excused"),
    ShownState.MADE_UP: gettext_lazy("made up"),
    ShownState.ABSENT: gettext_lazy("absent"),
    ShownState.HERE: gettext_lazy("here so far"),
    ShownState.NOT_YET: gettext_lazy("held before registration"),
    ShownState.MISSED: gettext_lazy("missed"),
    ShownState.NOT_SEEN: gettext_lazy("not seen"),
    ShownState.RUNNING: gettext_lazy("not here yet"),
    ShownState.TO_COME: gettext_lazy("upcoming"),
    ShownState.NO_TIME: gettext_lazy("no time given"),
    ShownState.NO_DATE: gettext_lazy("no date yet"),
    ShownState.CANCELLED: gettext_lazy("cancelled"),
    ShownState.NOT_EXPECTED: gettext_lazy("no seat"),
}
YOU_ARE_IN = gettext_lazy("You are in. It counts when the session is over.")
YOU_ARE_IN_SO_FAR = gettext_lazy("You are in. Whether it counts is decided after the session.")
NOT_OPEN = gettext_lazy("the session has not begun, the person is not expected, or something is settled")
SYMBOLS = {
    ShownState.PRESENT: "✓",
    ShownState.COUNTS: "◕",
    ShownState.CLICKED: "↗",
    ShownState.TO_DECIDE: "!",
    ShownState.PARTIAL: "◐",
    ShownState.EXCUSED: "E",
    ShownState.MADE_UP: "M",
    ShownState.ABSENT: "✗",
    ShownState.HERE: "▸",
    ShownState.NOT_YET: "∅",
    ShownState.MISSED: "○",
    ShownState.NOT_SEEN: "–",
    ShownState.RUNNING: "…",
    ShownState.TO_COME: "·",
    ShownState.NO_TIME: "▫",
    ShownState.NO_DATE: "?",
    ShownState.CANCELLED: "—",
    ShownState.NOT_EXPECTED: " ",
}
STANDINGS = {
    Standing.NOT_MET: gettext_lazy("not met"),
    Standing.AT_RISK: gettext_lazy("at risk"),
    Standing.EMPTY: gettext_lazy("nobody registered"),
    Standing.ON_TRACK: gettext_lazy("on track"),
    Standing.MET: gettext_lazy("met"),
}


class DoorAnswer(NamedTuple):
    """How check-in shows an answer. `tone`: its colour; `more`: what to do next, if that is always the same."""

    tone: str
    mark: str
    word: "StrOrPromise"
    more: "StrOrPromise" = ""


ANSWERS = {
    ScanAnswer.CHECKED_IN: DoorAnswer("yes", "✓", gettext_lazy("Checked in")),
    ScanAnswer.ALREADY: DoorAnswer("known", "", gettext_lazy("Already checked in")),
    ScanAnswer.UNDONE: DoorAnswer(
        "known", "", gettext_lazy("Undone"), gettext_lazy("This check-in has been undone. Scan again to check in.")
    ),
    ScanAnswer.WRONG_EDITION: DoorAnswer("no", "✗", gettext_lazy("Registered in another edition")),
    ScanAnswer.WITHDRAWN: DoorAnswer("no", "✗", gettext_lazy("No longer registered")),
    ScanAnswer.UNKNOWN: DoorAnswer(
        "no",
        "✗",
        gettext_lazy("Unknown code"),
        gettext_lazy("This code is not ours or is incomplete. Search for the name instead."),
    ),
    ScanAnswer.ELSEWHERE: DoorAnswer("no", "✗", gettext_lazy("No seat in this session")),
    ScanAnswer.CLOSED: DoorAnswer(
        "no",
        "✗",
        gettext_lazy("Check-in is closed"),
        gettext_lazy("Check-in is open from one hour before the session starts until it ends."),
    ),
}


class KioskAnswer(NamedTuple):
    """How a kiosk shows an answer. `tone`: its colour and sound."""

    tone: str
    text: "StrOrPromise"


KIOSK_ANSWERS = {
    ScanAnswer.CHECKED_IN: KioskAnswer("yes", gettext_lazy("Welcome, %(name)s")),
    ScanAnswer.ALREADY: KioskAnswer("known", gettext_lazy("You are already checked in, %(name)s")),
    ScanAnswer.CLOSED: KioskAnswer("no", gettext_lazy("No session is open for check-in now.")),
    ScanAnswer.UNKNOWN: KioskAnswer("no", gettext_lazy("This code is not from one of our badges.")),
}
AT_THE_DESK = KioskAnswer("no", gettext_lazy("Please ask at the desk."))  # why is nobody else's business


def kiosk_answer(answer: ScanAnswer | None, name: str = "") -> KioskAnswer:
    """Return what a kiosk says to somebody, by their first name only."""
    tone, text = KIOSK_ANSWERS.get(answer, AT_THE_DESK) if answer else AT_THE_DESK
    return KioskAnswer(tone, str(text) % {"name": name.split(maxsplit=1)[0] if name.strip() else ""})


FLAGS = {
    Flag.HOST: gettext_lazy("host"),
    Flag.ROBOT: gettext_lazy("note-taking program"),
    Flag.WAITED: gettext_lazy("was in the waiting room"),
    Flag.ESTIMATED: gettext_lazy("leave time estimated"),
    Flag.APPROXIMATE: gettext_lazy("minutes only, no times"),
    Flag.ABSENT: gettext_lazy("did not attend"),
}


def finding_text(finding: Finding) -> str:
    """Return a finding as text: "present, 85 minutes"; "not seen"."""
    return ", ".join(
        filter(None, (status_word(finding.status), measured_text(finding.minutes, "", "", get_language())))
    )


def you_are_in(recorded: str) -> str:
    """Say to somebody seen at a session that has not ended whether that counts afterwards. `recorded`: their status."""
    return str(YOU_ARE_IN if counts_so_far(recorded) else YOU_ARE_IN_SO_FAR)


def status_word(status: AttendanceStatus) -> str:
    return str(STATES[ShownState(status.value)]) if status.value else _("not seen")


def times_of(session: Session) -> SessionTimes:
    """Return the times and flags of a session: the actual times, else the planned ones.

    Select `actual_time` with several sessions.
    """
    when = held_at(session)
    is_day_known = session.held_on is not None
    return SessionTimes(when.starts_at, when.ends_at, session.is_core, session.is_cancelled, is_day_known)


def status_of(
    attendance: "Measured | None", times: SessionTimes, registered_at: dt.datetime | None, now: dt.datetime
) -> AttendanceStatus:
    """Return a person's recorded status at a session, as it is to be read now (`rules.as_of`).

    `registered_at`: since when they have been registered; None if they are not.
    """
    return as_of(
        AttendanceStatus(attendance.status) if attendance else AttendanceStatus.NONE,
        attendance.source if attendance else "",
        has_ended=times.has_ended(now),
        was_registered=times.was_registered(registered_at),
    )


def dated(session: Session) -> str:
    """Return "Peer-learning, 4 Feb 2026" with the day in the edition's zone; the title alone while no day is known."""
    day = session.local_day
    about = {"session": session, "day": date_format(day, "j M Y") if day else session.date_hint}
    return _("%(session)s, %(day)s") % about if about["day"] else str(session)


def of_cell(state: ShownState, basis: str) -> str:
    """Return a cell of the board as text: "present: 85 minutes, meeting report"."""
    return f"{STATES[state]}: {basis}" if basis else str(STATES[state])


class Measured(Protocol):
    """The part of a recorded attendance that its description needs."""

    @property
    def status(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def minutes(self) -> int: ...

    @property
    def arrived_at(self) -> dt.datetime | None: ...


class Established(NamedTuple):
    """The columns of an attendance that pages show: a tenth of a model instance's memory, for thousands of them."""

    status: str
    source: str
    minutes: int
    arrived_at: dt.datetime | None


def basis(attendance: Measured) -> str:
    """Return the basis of an attendance: "85 minutes, meeting report"; "join click, from 17:58"; "" for none.

    Times are in the active zone.
    """
    return measured_text(attendance.minutes, attendance.source, arrival(attendance), get_language())


def arrival(attendance: Measured) -> str:
    """Return when a person came, as "17:58" in the active zone; "" if it was measured how long they stayed."""
    is_shown = attendance.arrived_at is not None and attendance.minutes == 0
    return f"{localtime(attendance.arrived_at):%H:%M}" if is_shown else ""


@lru_cache(maxsize=10_000)  # thousands of cells of a board have the same text
def measured_text(minutes: int, source: str, arrived: str, _language: str | None) -> str:
    """Return what was measured as text. Cached by language: `_language` is only part of the key."""
    parts = []
    if minutes:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes})
    if source:
        parts.append(str(dict(Attendance.Source.choices)[source]))
    if arrived:
        parts.append(_("from %(time)s") % {"time": arrived})
    return ", ".join(parts)
