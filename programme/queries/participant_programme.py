"""One participant's programme and team."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from programme.models import Edition, Participant, Question, Seat, Session
from programme.queries.in_person_days import coming_rule_of, is_in_person
from programme.queries.published_programme import PublishedProgramme, published_programme
from programme.rules.coming import ComingRule
from programme.rules.registrations import waiting_list
from udtacademy.accounts.models import User
from udtacademy.db.prepared import Parameter, prepared


@dataclass(frozen=True)
class OwnSeat:
    """A participant's seat, held or waited for. `position`: on the waiting list, counted from 1; None for a held seat."""

    state: str
    position: int | None
    is_promoted: bool
    offered_at: dt.datetime | None
    moved_from: int | None  # primary key of a session

    @property
    def is_held(self) -> bool:
        return self.state == Seat.State.HELD

    @property
    def is_waiting(self) -> bool:
        return self.state == Seat.State.WAITING


@dataclass(frozen=True)
class OwnProgramme:
    """The published sessions of a participant's edition in programme order, and the participant's seats, by session.

    `version` changes with every change of the sessions. The sessions are shared by all requests: not to be changed. `team`:
    the participants of their delegation in whatever state, themselves included, by name. `published`: for all
    participants of the edition. `shared`: what parts of one page have read about the person and share, by a name of their own.
    """

    participant: Participant
    version: str
    sessions: Sequence[Session]
    seats: Mapping[int, OwnSeat]
    team: Sequence[Participant]
    published: PublishedProgramme | None = field(default=None, compare=False, repr=False)
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def edition(self) -> Edition:
        return self.participant.edition

    @property
    def questions(self) -> Sequence[Question]:
        """Return the questions of the edition, retired ones as well. As `PublishedProgramme.questions`."""
        return self.published.questions if self.published else ()

    @cached_property
    def held_in(self) -> frozenset[int]:
        """Return the primary keys of the sessions in which they hold a seat."""
        return frozenset(pk for pk, seat in self.seats.items() if seat.is_held)

    @cached_property
    def in_person(self) -> list[Session]:
        return [it for it in self.sessions if is_in_person(it)]

    @cached_property
    def coming_rule(self) -> ComingRule | None:
        """Return when the edition asks who still comes to the days in person; None if it does not ask."""
        return coming_rule_of(self.edition, self.in_person)

    @property
    def position(self) -> int | None:
        """Return their position on the waiting list of their city, counted from 1; None if they are not on it."""
        return waiting_list(self.team).index(self.participant) + 1 if self.participant.is_waiting else None

    def is_theirs(self, session: Session) -> bool:
        """Return whether the session takes no seats, or they hold one in it."""
        return not session.takes_seats or session.pk in self.held_in


@dataclass(frozen=True)
class ParticipantSession:
    """One session for one participant, with their seat in it, held or waited for, as its page shows it.

    `shared`: as of `OwnProgramme`.
    """

    participant: Participant
    session: Session
    seat: OwnSeat | None
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def edition(self) -> Edition:
        return self.participant.edition

    @property
    def sessions(self) -> Sequence[Session]:
        return [self.session]

    def is_theirs(self, session: Session) -> bool:
        """Return whether the session, which is this one, takes no seats, or they hold one in it."""
        return not session.takes_seats or (self.seat is not None and self.seat.is_held)


def own_programme(user: User, edition_slug: str) -> OwnProgramme | None:
    """Return the programme of a user's participant, whatever its state; None without one.

    Three queries, and two more after the programme has changed. The participant has user, city and edition.
    """
    programme = published_programme(edition_slug)
    if programme is None:
        return None
    team = _team(user=user.pk, edition=programme.edition.pk)
    participant = next((it for it in team if it.user_id == user.pk), None)
    if participant is None:
        return None
    participant.user, participant.edition = user, programme.edition
    return OwnProgramme(participant, programme.version, programme.sessions, seats_of(participant), team, programme)


def session_for(participant: Participant, edition: Edition, session: Session) -> ParticipantSession:
    """Return a session of the edition for a participant. One query if it takes seats."""
    participant.edition = edition
    seat = seats_of(participant).get(session.pk) if session.takes_seats else None
    return ParticipantSession(participant, session, seat)


def participant_in(programme: PublishedProgramme, user: User) -> Participant | None:
    """Return the user's participant, with city and the programme's edition; None without one. One query."""
    participant = next(iter(_participations(user=user.pk, edition=programme.edition.pk)), None)
    if participant:
        participant.user, participant.edition = user, programme.edition
    return participant


@prepared
def _participations() -> QuerySet[Participant]:
    of_user = Participant.objects.filter(user=Parameter("user"), edition=Parameter("edition")).order_by()
    return of_user.select_related("delegation__city")


def seats_of(participant: Participant) -> dict[int, OwnSeat]:
    """Return a participant's seats, by session. One query."""
    return {session: OwnSeat(*seat) for session, *seat in _seats(participant=participant.pk)}


@prepared
def _seats() -> "QuerySet[Seat, Any]":
    fields = ("session", "state", "position", "is_promoted", "offered_at", "moved_from")
    seats = Seat.objects.filter(participant=Parameter("participant"))
    return seats.with_position().order_by("pk").values_list(*fields)


@prepared
def _team() -> "QuerySet[Participant]":
    """Return a user's team in an edition with the columns that its members' portals need, with city, by name."""
    state = ("state", "state_at", "state_by", "state_reason", "is_coordinator", "edition", "took_over_at")
    waiting = ("waiting_number", "needs_approval")
    person = ("user__name", "user__email", "job_title", "department", "hopes", "expo_pass", "photo_consent")
    city = ("delegation__city__name", "delegation__city__country")
    answer = ("is_coming", "first_on", "last_on", "answered_at", "released", "not_waited_for")
    coming = [f"coming_answer__{it}" for it in answer]
    name = Coalesce(NullIf(F("user__name"), Value("")), "user__email")
    of_user = {"edition": Parameter("edition"), "delegation__participants__user": Parameter("user")}
    people = Participant.objects.filter(**of_user).select_related("user", "delegation__city", "coming_answer")
    return people.only(*state, *waiting, *person, *city, *coming).order_by(name, "pk")
