"""The plan of reminders: the rule applied to everybody, in a constant number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from django.db.models import F

from attendance.models import Attendance, Reminder, ReminderRound
from attendance.rules.attendance import BY_EVIDENCE, SETTLES
from attendance.rules.reminders import Coming, PlannedStep, Recipient, SkipReason, Step, Useful, answer, useful_times
from programme.models import Announcement, Edition, Participant, Seat, Session
from programme.queries.announcements import people_with_untold_change
from programme.rules.reminder_offsets import LONGEST_OFFSET

TICK = dt.timedelta(minutes=2)  # twice the interval at which beat asks
LOOKS_BACK = dt.timedelta(days=7)  # after a longer outage missed reminders are not recorded


@dataclass(frozen=True)
class Round:
    """One offset of one session: what to do now for each registered person who was neither reminded nor skipped.

    `sent` and `skipped`: the people done, those skipped with the reason. `mentions`: the primary keys of the session and
    of the others that its reminder mentions.
    """

    session: Session
    starts_at: dt.datetime
    useful: Useful
    answers: Sequence[tuple[int, PlannedStep]]
    sent: frozenset[int] = frozenset()
    skipped: dict[int, SkipReason] = field(default_factory=dict)
    mentions: frozenset[int] = frozenset()

    @property
    def offset_minutes(self) -> int:
        return int(self.useful.offset.total_seconds() // 60)

    def people(self, *steps: Step) -> list[int]:
        """Return the participants, by primary key, for whom one of these steps is due."""
        return [pk for pk, planned in self.answers if planned.step in steps]

    def loses_use(self, now: dt.datetime) -> bool:
        """Return whether a reminder that is held back for a change would be too late if it waited longer."""
        waits = any(planned.reason is SkipReason.CHANGING for _pk, planned in self.answers)
        return waits and self.useful.until <= now + TICK


def plan(now: dt.datetime, edition: Edition | None = None) -> list[Round]:
    """Return the rounds, of one edition or all, whose time has come and that are not closed.

    A constant number of queries for people and sessions; three of them for each edition.
    """
    rounds = rounds_of(coming_sessions(now, edition), now, is_all=False)
    return [it for it in rounds if it.answers or it.useful.until <= now]


def preview(edition: Edition, now: dt.datetime) -> list[Round]:
    """Return every round of sessions that have not started: what was done, and what will be if nothing changes."""
    sessions = [it for it in coming_sessions(now, edition) if it.starts_at and it.starts_at > now]
    return list(rounds_of(sessions, now, is_all=True))


def coming_sessions(now: dt.datetime, edition: Edition | None) -> list[Session]:
    """Return the published sessions that people could be reminded of now, or could have been lately."""
    sessions = Session.objects.published().exclude(format=Session.Format.BREAK).select_related("edition__venue")
    last_at = (
        now + LONGEST_OFFSET + dt.timedelta(days=1)
    )  # including the rest of the day, which such a session's reminder mentions
    sessions = sessions.filter(starts_at__gt=now - LOOKS_BACK, starts_at__lte=last_at, edition__is_published=True)
    if edition:
        sessions = sessions.filter(edition=edition)
    return list(sessions.select_related("room__venue", "track").order_by("starts_at", "pk"))


def mentioned_by_first(sessions: Iterable[Session]) -> dict[int, int]:
    """Return the sessions without reminders of their own → the day's first in-person session, whose reminder mentions them.

    By primary key. Otherwise people would get three emails for each of ten sessions in one building on one day. Core
    sessions and sessions with their own offsets keep their own reminders.
    """
    first_of_day: dict[tuple[int, dt.date | None], int] = {}
    mentioned = {}
    in_person = [it for it in sessions if it.format == Session.Format.IN_PERSON and it.starts_at]
    for session in sorted(in_person, key=attrgetter("starts_at", "pk")):
        day = (session.edition_id, session.local_day)
        if day in first_of_day and not session.is_core and session.reminder_minutes is None:
            mentioned[session.pk] = first_of_day[day]
        elif not session.takes_seats and not session.is_cancelled and not session.is_tentative:
            first_of_day.setdefault(day, session.pk)
    return mentioned


def day_of(session: Session) -> list[Session]:
    """Return the other in-person sessions that a session's reminder mentions, in order."""
    if session.format != Session.Format.IN_PERSON:
        return []
    held = Session.objects.published().filter(edition=session.edition_id, starts_at__gte=session.starts_at)
    held = held.filter(format=Session.Format.IN_PERSON).exclude(status=Session.Status.CANCELLED)
    sessions = list(held.select_related("room__venue", "track").order_by("starts_at", "pk"))
    for other in sessions:
        other.edition = session.edition
    mentioned = mentioned_by_first(sessions)
    return [other for other in sessions if other.pk in mentioned and other.local_day == session.local_day]


def coming(session: Session, *, is_mentioned: bool = False) -> Coming:
    """Return a session, which has a time, as the rule needs it. If another's reminder mentions it, it has no offsets."""
    minutes = session.edition.reminder_minutes if session.reminder_minutes is None else session.reminder_minutes
    if is_mentioned:
        minutes = []
    assert session.starts_at is not None  # noqa: S101 - see above; for the type
    return Coming(
        session.starts_at,
        tuple(dt.timedelta(minutes=it) for it in minutes),
        is_core=session.is_core,
        is_cancelled=session.is_cancelled,
        is_tentative=session.is_tentative,
        is_switched_off=not session.edition.sends_reminders,
    )


def rounds_of(sessions: Iterable[Session], now: dt.datetime, *, is_all: bool) -> Iterator[Round]:
    """Yield the round of each offset of each session; unless `is_all`, only those that are due and not closed."""
    sessions = list(sessions)
    mentioned = mentioned_by_first(sessions)
    wanted = [
        (session, held, useful)
        for session, held in ((it, coming(it, is_mentioned=it.pk in mentioned)) for it in sessions)
        for useful in useful_times(held)
        if is_all or useful.since <= now
    ]
    if not is_all:
        closed = closed_rounds({session.pk for session, _held, _useful in wanted})
        wanted = [it for it in wanted if (it[0].pk, minutes_of(it[2]), it[1].starts_at) not in closed]
    facts = ReminderFacts({session for session, _held, _useful in wanted}, now)
    mentions: dict[int, set[int]] = defaultdict(set)
    for session in sessions:
        mentions[mentioned.get(session.pk, session.pk)].add(session.pk)
    for session, held, useful in wanted:
        key = (session.pk, minutes_of(useful), held.starts_at)
        sent, skipped = frozenset(facts.sent[key]), facts.skipped[key]
        about = frozenset(mentions[session.pk])
        answers = [
            (person.pk, answer(held, facts.reader(person, session, about), useful, now))
            for person in facts.people[session.edition_id]
            if person.pk not in sent and person.pk not in skipped and person.registered_at < held.starts_at
        ]
        yield Round(session, held.starts_at, useful, answers, sent, skipped, about)


def minutes_of(useful: Useful) -> int:
    return int(useful.offset.total_seconds() // 60)


def closed_rounds(sessions: Iterable[int]) -> set[tuple[int, int, dt.datetime]]:
    """Return the rounds that are closed: session, offset in minutes, start."""
    return set(ReminderRound.objects.filter(session__in=sessions).values_list("session", "offset_minutes", "starts_at"))


@dataclass(frozen=True)
class Candidate:
    """The values of a participant that the rule needs."""

    pk: int
    registered_at: dt.datetime
    mutes_optional: bool


class ReminderFacts:
    """Everything needed to plan the reminders of some sessions."""

    def __init__(self, sessions: set[Session], now: dt.datetime) -> None:
        pks = [it.pk for it in sessions]
        self.people: dict[int, list[Candidate]] = defaultdict(list)
        people = Participant.objects.registered().filter(edition__in={it.edition_id for it in sessions})
        for pk, edition, since, mutes in people.order_by("pk").values_list(
            "pk", "edition", "state_at", "mutes_optional"
        ):
            self.people[edition].append(Candidate(pk, since, mutes))
        seats = Seat.objects.held().filter(session__in=[it.pk for it in sessions if it.takes_seats])
        self.seats = set(seats.values_list("session", "participant"))
        # Settled by a decision or an excuse. A person seen before the session begins is still reminded.
        settled = Attendance.objects.filter(session__in=pks, status__in=[it.value for it in SETTLES])
        settled = settled.exclude(source__in=BY_EVIDENCE)
        self.settled = set(settled.values_list("session", "participant"))
        self.changing = people_with_untold_change({it.edition for it in sessions}, now)
        moves = Announcement.objects.filter(session__in=pks, moves=True, starts_at=F("session__starts_at"))
        moves = moves.filter(state__in=[Announcement.State.QUEUED, Announcement.State.SENT])
        self.moved_at = {  # a queued message arrives now at the earliest
            (session, participant): told_at or now
            for session, participant, told_at in moves.order_by("pk").values_list("session", "participant", "told_at")
        }
        self.sent: dict[tuple[int, int, dt.datetime], set[int]] = defaultdict(set)
        self.skipped: dict[tuple[int, int, dt.datetime], dict[int, SkipReason]] = defaultdict(dict)
        done = Reminder.objects.filter(session__in=pks).values_list(
            "session", "offset_minutes", "starts_at", "participant", "state", "reason"
        )
        for session, offset, starts_at, participant, state, reason in done:
            if state == Reminder.State.SENT:
                self.sent[session, offset, starts_at].add(participant)
            else:
                self.skipped[session, offset, starts_at][participant] = SkipReason(reason)

    def reader(self, person: Candidate, session: Session, mentions: Iterable[int]) -> Recipient:
        """Return what matters about a person for a session. `mentions`: the sessions that the reminder mentions."""
        cell = (session.pk, person.pk)
        has_seat = not session.takes_seats or cell in self.seats
        return Recipient(
            person.registered_at,
            has_seat,
            cell in self.settled,
            person.mutes_optional,
            any((it, person.pk) in self.changing for it in mentions),
            self.moved_at.get(cell),
        )
