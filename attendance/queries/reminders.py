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
from attendance.queries.reminder_times import coming, leaving_together, mentioned_by_first
from attendance.rules.attendance import BY_EVIDENCE, SETTLES
from attendance.rules.reminders import Coming, PlannedStep, Recipient, SkipReason, Step, Useful, answer
from programme.models import Announcement, ComingAnswer, Edition, Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.announcements import people_with_untold_change
from programme.queries.in_person_days import is_in_person, sessions_in_person, span_of
from programme.rules.coming import DaysInPerson
from programme.rules.reminder_offsets import LONGEST_OFFSET
from udtacademy.time_zones import known_zone

TICK = dt.timedelta(minutes=2)  # twice the interval at which beat asks
LOOKS_BACK = dt.timedelta(days=7)  # after a longer outage missed reminders are not recorded
ZONE = "user__time_zone"
FACTS = ("has_seat", "is_not_coming", "is_excused", "mutes_optional", "is_changing", "is_covered", "is_late")


@dataclass(frozen=True)
class Group:
    """People in whom all FACTS are the same, how many they are, and what to do about their reminder.

    `zone`: the time zone that they chose, if it matters.
    """

    facts: Mapping[str, bool]
    n: int
    planned: PlannedStep
    zone: str | None = None


@dataclass(frozen=True)
class Round:
    """One offset of one session, as of `now`, and everybody who was not reminded yet.

    `leaves_at`: when its email leaves where the edition is; None if the next one covers it. `mentions`: the primary keys of the
    session and of the others that its reminder mentions. `changing`: the participants, by primary key, who must be told a
    change of one of these first. `days`: in person, if the session is.
    """

    session: Session
    held: Coming
    useful: Useful
    now: dt.datetime
    leaves_at: dt.datetime | None = None
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
        rows = candidates(self).values(*FACTS, *self.zone_fact)
        rows = rows.annotate(n=Count("pk"), first_at=Min("state_at")).order_by()
        return [
            Group(
                {fact: row[fact] for fact in FACTS},
                row["n"],
                answer(self.held, self.recipient(row), self.useful, self.now),
                row.get(ZONE),
            )
            for row in rows
        ]

    @property
    def zone_fact(self) -> tuple[str, ...]:
        """Return the field of the person's time zone, if it matters."""
        return () if self.held.quiet.is_off else (ZONE,)

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
            zone=known_zone(row.get(ZONE, "")) or self.session.edition.zone,
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
        zones: dict[tuple[bool, ...], set[str | None]] = defaultdict(set)
        for group in self.groups:
            if group.planned in answers:
                zones[tuple(group.facts.values())].add(group.zone)
        alike = [
            Q(**dict(zip(FACTS, facts, strict=True)), **({f"{ZONE}__in": those} if self.zone_fact else {}))
            for facts, those in zones.items()
        ]
        return candidates(self).filter(reduce(or_, alike)) if alike else Participant.objects.none()

    def can_join(self, other: "Round") -> bool:
        """Return whether its reminders may go along with those of another round: some are due, of another session of the edition."""
        is_of_another = self.session != other.session and self.session.edition == other.session.edition
        return is_of_another and any(it.planned.step is Step.SEND for it in self.groups)

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
    begun.sort(key=attrgetter("starts_at", "session.pk"))  # of all editions, what begins first
    done = ReminderRound.objects.filter(session__in={it.session for it in begun})
    keys = set(done.values_list("session", "offset_minutes", "starts_at"))
    return with_changes(it for it in begun if (it.session.pk, it.offset_minutes, it.starts_at) not in keys)


def preview(edition: Edition, now: dt.datetime) -> list[Round]:
    """Return every round of sessions that have not started, by when it is sent."""
    rounds = rounds_of(coming_sessions(now, edition), now)
    return sorted(
        (it for it in rounds if it.starts_at > now), key=lambda it: (it.leaves_at or it.useful.since, it.session.pk)
    )


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


def rounds_of(sessions: Sequence[Session], now: dt.datetime) -> Iterator[Round]:
    """Yield the round of each offset of each session, of one edition after the other.

    One query for each edition with sessions in person among them.
    """
    mentioned = mentioned_by_first(sessions)
    mentions: dict[int, set[int]] = defaultdict(set)
    for session in sessions:
        mentions[mentioned.get(session.pk, session.pk)].add(session.pk)
    editions = {it.edition_id: it.edition for it in sessions if is_in_person(it)}
    days = {pk: span_of(edition, sessions_in_person(edition)) for pk, edition in editions.items()}
    of_edition: dict[Edition, dict[Session, Coming]] = defaultdict(dict)
    for session in sessions:
        of_edition[session.edition][session] = coming(session, is_mentioned=session.pk in mentioned)
    for edition, held in of_edition.items():
        for session, useful, at in leaving_together(edition, held):
            of_session = days.get(session.edition_id) if is_in_person(session) else None
            about = frozenset(mentions[session.pk])
            yield Round(session, held[session], useful, now, at, about, days=of_session)
