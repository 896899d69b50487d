"""The plan of reminders: people counted by the facts that matter, in the database, and the rule applied to each kind."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import attrgetter, or_
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Value

from attendance.models import Attendance, Reminder, ReminderRound
from attendance.rules.attendance import BY_EVIDENCE, SETTLES
from attendance.rules.reminders import Coming, PlannedStep, Recipient, SkipReason, Step, Useful, answer, useful_times
from programme.models import Announcement, ComingAnswer, Edition, Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.announcements import people_with_untold_change
from programme.queries.in_person_days import is_in_person, sessions_in_person, span_of
from programme.rules.coming import DaysInPerson
from programme.rules.reminder_offsets import LONGEST_OFFSET

TICK = dt.timedelta(minutes=2)  # twice the interval at which beat asks
LOOKS_BACK = dt.timedelta(days=7)  # after a longer outage missed reminders are not recorded
FACTS = ("has_seat", "is_not_coming", "is_excused", "mutes_optional", "is_changing", "is_covered", "is_late")


@dataclass(frozen=True)
class Group:
    """People in whom all FACTS are the same, how many they are, and what to do about their reminder."""

    facts: Mapping[str, bool]
    n: int
    planned: PlannedStep


@dataclass(frozen=True)
class Round:
    """One offset of one session, as of `now`, and everybody who was not reminded yet.

    `mentions`: the primary keys of the session and of the others that its reminder mentions. `changing`: the participants,
    by primary key, who must be told a change of one of these first. `days`: in person, if the session is.
    """

    session: Session
    held: Coming
    useful: Useful
    now: dt.datetime
    mentions: frozenset[int] = frozenset()
    changing: frozenset[int] = frozenset()
    days: DaysInPerson | None = None

    @property
    def starts_at(self) -> dt.datetime:
        return self.held.starts_at

    @property
    def offset_minutes(self) -> int:
        return int(self.useful.offset.total_seconds() // 60)

    @property
    def key(self) -> dict[str, Any]:
        """Return the fields by which the rows of a round are found."""
        return {"session": self.session, "offset_minutes": self.offset_minutes, "starts_at": self.starts_at}

    @property
    def is_over(self) -> bool:
        return self.useful.until <= self.now

    @cached_property
    def groups(self) -> Sequence[Group]:
        """Return the groups of people who were not reminded. One query."""
        rows = candidates(self).values(*FACTS)
        rows = rows.annotate(n=Count("pk"), first_at=Min("state_at")).order_by()
        return [
            Group(
                {fact: row[fact] for fact in FACTS},
                row["n"],
                answer(self.held, self.recipient(row), self.useful, self.now),
            )
            for row in rows
        ]

    def recipient(self, row: Mapping[str, Any]) -> Recipient:
        """Return the person of a group who registered first. The rule's answer is the same for the others."""
        return Recipient(
            row["first_at"],
            has_seat=row["has_seat"],
            is_not_coming=row["is_not_coming"],
            is_excused=row["is_excused"],
            mutes_optional=row["mutes_optional"],
            is_changing=row["is_changing"],
            moved_at=self.now if row["is_covered"] else None,
        )

    def skipped(self) -> Mapping[SkipReason, int]:
        """Return how many people are skipped for which reason."""
        n_people: Counter[SkipReason] = Counter()
        for group in self.groups:
            if group.planned.step is Step.SKIP:
                n_people[group.planned.reason or SkipReason.TOO_LATE] += group.n
        return n_people

    def people(self, *answers: PlannedStep) -> ParticipantQuerySet:
        """Return the people for whom one of these is to be done."""
        alike = [Q(**group.facts) for group in self.groups if group.planned in answers]
        return candidates(self).filter(reduce(or_, alike)) if alike else Participant.objects.none()

    def loses_use(self) -> bool:
        """Return whether a reminder that is held back for a change would be too late if it waited longer."""
        waits = any(group.planned.reason is SkipReason.CHANGING for group in self.groups)
        return waits and self.useful.until <= self.now + TICK


def candidates(reminder_round: Round) -> ParticipantQuerySet:
    """Return everybody registered before the start who was not reminded, annotated with FACTS.

    `is_covered`: they were sent the new start within the offset, or are being sent it; `is_late`: they registered once the
    reminder was no longer useful.
    """
    session, useful = reminder_round.session, reminder_round.useful
    pair = {"session": session, "participant": OuterRef("pk")}
    reminded = Reminder.objects.filter(**reminder_round.key, participant=OuterRef("pk"))
    # Settled by a decision or an excuse. A person seen before the session begins is still reminded.
    settled = Attendance.objects.filter(**pair, status__in=[it.value for it in SETTLES]).exclude(source__in=BY_EVIDENCE)
    moves = Announcement.objects.filter(**pair, moves=True, starts_at=reminder_round.starts_at)
    is_covering = Q(state=Announcement.State.QUEUED) | Q(state=Announcement.State.SENT, told_at__gte=useful.since)
    days = reminder_round.days
    noes = ComingAnswer.objects.holding(days).filter(participant=OuterRef("pk"), is_coming=False) if days else None
    people = Participant.objects.registered().filter(
        ~Exists(reminded), edition=session.edition_id, state_at__lt=reminder_round.starts_at
    )
    return people.annotate(
        has_seat=Exists(Seat.objects.held().filter(**pair)) if session.takes_seats else Value(value=True),
        is_not_coming=Value(value=False) if noes is None else Exists(noes),
        is_excused=Exists(settled),
        is_changing=Q(pk__in=reminder_round.changing) if reminder_round.changing else Value(value=False),
        is_covered=Exists(moves.filter(is_covering)),
        is_late=Q(state_at__gte=useful.until),
    )


def plan(now: dt.datetime, edition: Edition | None = None) -> list[Round]:
    """Return the rounds, of one edition or all, whose time has come and that are not done.

    A query for each round, three for each edition in which a reminder may be sent, and one more where it is in person.
    """
    begun = [it for it in rounds_of(coming_sessions(now, edition), now) if it.useful.since <= now]
    done = ReminderRound.objects.filter(session__in={it.session for it in begun})
    keys = set(done.values_list("session", "offset_minutes", "starts_at"))
    return with_changes(it for it in begun if (it.session.pk, it.offset_minutes, it.starts_at) not in keys)


def preview(edition: Edition, now: dt.datetime) -> list[Round]:
    """Return every round of sessions that have not started, by when it is sent."""
    rounds = rounds_of(coming_sessions(now, edition), now)
    return sorted((it for it in rounds if it.starts_at > now), key=lambda it: (it.useful.since, it.session.pk))


def with_changes(rounds: Iterable[Round]) -> list[Round]:
    """Return the rounds with the people who must be told a change before they can be reminded."""
    rounds = list(rounds)
    sending = [it for it in rounds if any(group.planned.step is Step.SEND for group in it.groups)]
    people: dict[int, set[int]] = defaultdict(set)
    for edition in {it.session.edition for it in sending}:
        mentioned = frozenset().union(*(it.mentions for it in sending if it.session.edition == edition))
        for session, person in people_with_untold_change(edition, sending[0].now, mentioned):
            people[session].add(person)
    if not people:
        return rounds
    return [replace(it, changing=frozenset().union(*(people[pk] for pk in it.mentions))) for it in rounds]


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


def rounds_of(sessions: Sequence[Session], now: dt.datetime) -> Iterator[Round]:
    """Yield the round of each offset of each session. One query for each edition with sessions in person among them."""
    mentioned = mentioned_by_first(sessions)
    mentions: dict[int, set[int]] = defaultdict(set)
    for session in sessions:
        mentions[mentioned.get(session.pk, session.pk)].add(session.pk)
    editions = {it.edition_id: it.edition for it in sessions if is_in_person(it)}
    days = {pk: span_of(edition, sessions_in_person(edition)) for pk, edition in editions.items()}
    for session in sessions:
        held = coming(session, is_mentioned=session.pk in mentioned)
        for useful in useful_times(held):
            of_session = days.get(session.edition_id) if is_in_person(session) else None
            yield Round(session, held, useful, now, frozenset(mentions[session.pk]), days=of_session)
