"""One person's mailbox: what they know from their emails alone, and what was wrong with an email when it arrived."""

import datetime as dt
import enum
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from zoneinfo import ZoneInfo

from tests.programme.simulation.calendar_program import CalendarProgram, by_sequence, by_sequence_and_stamp
from tests.programme.simulation.facts import Facts, lead_windows
from tests.programme.simulation.received_emails import ReceivedEmail, Revision

SWAPS_END = dt.timedelta(minutes=60)  # before the start: nobody's seat is exchanged without being asked from then on
JOINED_WITHIN = dt.timedelta(hours=1)  # a reminder leaves so much earlier, together with another
SOON = dt.timedelta(hours=2)


class Kind(enum.StrEnum):
    """What must never happen."""

    UNTRUE = "what an email says was untrue when it left"
    AHEAD = "a reminder says what its reader was not told before"
    COVERED = "a reminder of a lead within which the notice of the new start went"
    TWICE = "two reminders of one lead for one start"
    MISSED = "a useful lead that was not sent"
    CANCEL_OF_NOTHING = "CANCEL for what they never had"
    EQUAL_REVISIONS = "REQUEST and CANCEL with the same SEQUENCE and DTSTAMP"
    SWAPPED_LATE = "a seat exchanged too shortly before the start"
    LATE = "an imminent change that was not told at once"
    NOT_TOLD = "what somebody was last told is not how it is"
    CALENDAR = "the calendar made of the emails is not the private feed (SEQUENCE, then DTSTAMP)"
    STRICT_CALENDAR = "the calendar made of the emails is not the private feed (SEQUENCE alone)"
    FEED = "the private feed is not how it is"


@dataclass(frozen=True)
class Fault:
    kind: Kind
    at: dt.datetime
    address: str
    text: str

    def __str__(self) -> str:
        return f"{self.at:%d %b %H:%M:%S}Z {self.address}: {self.kind}: {self.text}"


@dataclass
class Known:
    """What somebody knows of a session. `start_known_at`: since when they know this start; `is_moved`: by news of a change."""

    values: dict[str, object] = field(default_factory=dict)  # of Entry's fields
    is_theirs: bool = False
    start_known_at: dt.datetime | None = None
    is_moved: bool = False

    def __str__(self) -> str:
        return ", ".join(str(value) for name, value in self.values.items() if name != "uid")


class Inbox:
    """Emails are read as they arrive; `faults` is where what is wrong is noted."""

    def __init__(self, address: str, zone: ZoneInfo, faults: list[Fault]) -> None:
        self.address = address
        self.zone = zone
        self.faults = faults
        self.lacks_some = False  # once an email to it was refused for good, which nobody repeats
        self.emails: dict[str, tuple[dt.datetime, ReceivedEmail]] = {}  # by Message-ID: when it came first
        self.known: dict[str, Known] = defaultdict(Known)  # by UID
        self.strict_program = CalendarProgram(by_sequence)
        self.program = CalendarProgram(by_sequence_and_stamp)
        self.revisions: dict[str, list[Revision]] = defaultdict(list)
        self.reminders: dict[tuple[str, dt.datetime, dt.datetime], set[str]] = defaultdict(set)

    def take(self, email: ReceivedEmail, facts: Facts, titles: dict[str, str], now: dt.datetime) -> None:
        """`titles`: of each title that a session ever had, its UID."""
        self._check_text(email, facts, titles, now)
        for title in (email.is_reminder_of, *email.also_reminds_of):
            if title in titles:
                self._check_reminder(email, title, facts, titles[title], now)
        for revision in email.revisions:
            self._check_revision(revision, facts, now)
        for title, starts_at in email.starts:
            if title in titles:
                self._learn(titles[title], email, now, {"starts_at": starts_at})
        self._learn_without_files(email, facts, titles, now)
        for title in email.cancelled & titles.keys():
            self.known[titles[title]].is_theirs = False
        for revision in email.revisions:
            self._take_revision(revision, email, now)
        self.emails.setdefault(email.identity, (now, email))

    def _learn_without_files(
        self, email: ReceivedEmail, facts: Facts, titles: dict[str, str], now: dt.datetime
    ) -> None:
        """Of sessions that emails add to no calendar: what their page says, and what a notice says in words."""
        mine = {uid: it for uid, it in facts.sessions.items() if facts.is_in_programme(self.address, uid)}
        for uid, session in mine.items():
            if session.comes_by_email:
                continue
            if email.introduces:
                self._learn(uid, email, now, asdict(session.entry))
            named = {titles.get(title) for title, _starts_at in email.starts} if not email.is_reminder_of else set()
            self.known[uid].is_theirs |= email.introduces or uid in named

    def knows(self, uid: str, facts: Facts) -> bool:
        """Whether what they were last told of a session that is theirs is how it is."""
        known, session = self.known.get(uid), facts.sessions[uid]
        if known is None or not known.is_theirs:
            return False
        if not session.comes_by_email and uid not in self.program.entries:
            return known.values["starts_at"] == session.entry.starts_at
        return known.values == asdict(session.entry)

    def n_reminders(self, uid: str, starts_at: dt.datetime, since: dt.datetime) -> int:
        return len(self.reminders[uid, starts_at, since])

    def note(self, kind: Kind, now: dt.datetime, text: str) -> None:
        """Once, however often it is seen."""
        if not any((it.kind, it.address, it.text) == (kind, self.address, text) for it in self.faults):
            self.faults.append(Fault(kind, now, self.address, text))

    def _check_text(self, email: ReceivedEmail, facts: Facts, titles: dict[str, str], now: dt.datetime) -> None:
        for title, starts_at in email.starts:
            session = facts.sessions.get(titles.get(title, ""))
            if title in titles and (session is None or session.entry.starts_at != starts_at):
                self.note(Kind.UNTRUE, now, f"“{email.subject}” says that {title} starts at {starts_at}")
        for title in email.cancelled & titles.keys():
            session = facts.sessions.get(titles[title])
            if session is not None and not session.is_cancelled and session.is_published:
                self.note(Kind.UNTRUE, now, f"“{email.subject}” says that {title} is cancelled")
        swapped_into = facts.sessions.get(titles.get(email.swapped_into, ""))
        if swapped_into and now > swapped_into.entry.starts_at - SWAPS_END:
            self.note(Kind.SWAPPED_LATE, now, f"into {email.swapped_into}")

    def _check_reminder(self, email: ReceivedEmail, of: str, facts: Facts, uid: str, now: dt.datetime) -> None:
        starts_at = next((moment for title, moment in email.starts if title == of), None)
        assert starts_at is not None, f"a reminder without a start: {email.text}"
        known = self.known[uid]
        if not facts.is_theirs(self.address, uid, now):
            self.note(Kind.UNTRUE, now, f"“{email.subject}” reminds of what is not theirs")
        elif facts.sessions[uid].title != of:
            self.note(Kind.UNTRUE, now, f"“{email.subject}” has another title than the session")
        if not self.lacks_some and (not known.is_theirs or known.values.get("starts_at") != starts_at):
            self.note(Kind.AHEAD, now, f"“{email.subject}”, {starts_at}; known: {known.values.get('starts_at')}")
        if email.nearness and not self._is_near(email.nearness, starts_at, now):
            self.note(Kind.UNTRUE, now, f"“{email.subject}” of what starts at {starts_at}")
        early = JOINED_WITHIN if email.also_reminds_of else dt.timedelta()
        windows = [it for it in lead_windows(starts_at) if it[0] - early <= now < it[1]]
        window = next(
            (it for it in windows if not self.reminders[uid, starts_at, it[0]]), windows[-1] if windows else None
        )
        if window is None:
            self.note(Kind.UNTRUE, now, f"“{email.subject}” when it has begun, or is far: {starts_at}")
            return
        if known.is_moved and known.start_known_at and known.start_known_at > window[0]:
            self.note(Kind.COVERED, now, f"“{email.subject}”, known since {known.start_known_at}")
        self.reminders[uid, starts_at, window[0]].add(email.identity)
        if self.n_reminders(uid, starts_at, window[0]) > 1:
            self.note(Kind.TWICE, now, f"“{email.subject}”, {starts_at}")

    def _is_near(self, nearness: tuple[str, int], starts_at: dt.datetime, now: dt.datetime) -> bool:
        word, days = nearness
        if word == "It begins soon":
            return now < starts_at <= now + SOON
        return (starts_at.astimezone(self.zone).date() - now.astimezone(self.zone).date()).days == days

    def _check_revision(self, revision: Revision, facts: Facts, now: dt.datetime) -> None:
        uid, title = revision.entry.uid, revision.entry.summary
        is_theirs = facts.is_in_programme(self.address, uid)
        if revision.method == "CANCEL":
            if is_theirs:
                self.note(Kind.UNTRUE, now, f"CANCEL of {title}, which is theirs")
            if not self.program.has_known(uid):
                self.note(Kind.CANCEL_OF_NOTHING, now, title)
        elif not is_theirs:
            self.note(Kind.UNTRUE, now, f"REQUEST for {title}, which is not theirs")
        elif revision.entry != facts.sessions[uid].entry:
            self.note(Kind.UNTRUE, now, f"REQUEST for {title}: {revision.entry}, not {facts.sessions[uid].entry}")
        for other in self.revisions[uid]:
            is_equal = (other.sequence, other.stamp) == (revision.sequence, revision.stamp)
            if is_equal and other.method != revision.method:
                self.note(Kind.EQUAL_REVISIONS, now, f"{title}: {revision.sequence}, {revision.stamp}")

    def _take_revision(self, revision: Revision, email: ReceivedEmail, now: dt.datetime) -> None:
        uid = revision.entry.uid
        self.revisions[uid].append(revision)
        self.program.take(revision)
        self.strict_program.take(revision)
        if revision.method == "CANCEL":
            self.known[uid].is_theirs = False
        else:
            self._learn(uid, email, now, asdict(revision.entry))
            self.known[uid].is_theirs = True

    def _learn(self, uid: str, email: ReceivedEmail, now: dt.datetime, values: dict[str, object]) -> None:
        known = self.known[uid]
        if "starts_at" in values and known.values.get("starts_at") != values["starts_at"]:
            known.is_moved = "starts_at" in known.values and known.is_theirs and not email.is_reminder_of
            known.start_known_at = now
        known.values |= values
