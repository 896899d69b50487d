"""One participant's programme and team."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from programme.models import Edition, Participant, Seat, Session
from programme.models.session_queryset import waiting_position
from programme.queries.published_programme import PublishedProgramme, published_programme
from udtacademy.accounts.models import User


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

    `version` changes with every change of the sessions. The sessions are shared by all requests: not to be changed.
    """

    participant: Participant
    version: str
    sessions: Sequence[Session]
    seats: Mapping[int, OwnSeat]

    @property
    def edition(self) -> Edition:
        return self.participant.edition

    @cached_property
    def held_in(self) -> frozenset[int]:
        """Return the primary keys of the sessions in which they hold a seat."""
        return frozenset(pk for pk, seat in self.seats.items() if seat.is_held)

    def is_theirs(self, session: Session) -> bool:
        """Return whether the session takes no seats, or they hold one in it."""
        return not session.takes_seats or session.pk in self.held_in


def own_programme(user: User, edition_slug: str) -> OwnProgramme | None:
    """Return the programme of a user's participant, whatever its state; None without one.

    Three queries, and two more after the programme has changed. The participant has city and edition.
    """
    programme = published_programme(edition_slug)
    participant = participant_in(programme, user) if programme else None
    if programme is None or participant is None:
        return None
    return OwnProgramme(participant, programme.version, programme.sessions, seats_of(participant))


def participant_in(programme: PublishedProgramme, user: User) -> Participant | None:
    """Return the user's participant, with city and the programme's edition; None without one. One query."""
    participations = user.participations.select_related("delegation__city").filter(edition=programme.edition)
    participant = participations.order_by("pk").first()
    if participant:
        participant.edition = programme.edition
    return participant


def seats_of(participant: Participant) -> dict[int, OwnSeat]:
    """Return a participant's seats, by session. One query, and one for the positions of those they wait for."""
    rows = list(participant.seats.order_by("pk"))
    positions = waiting_positions(rows)
    return {
        row.session_id: OwnSeat(row.state, positions.get(row.pk), row.is_promoted, row.offered_at, row.moved_from_id)
        for row in rows
    }


def waiting_positions(seats: Iterable[Seat]) -> dict[int, int]:
    """Return the positions on waiting lists of the seats that wait, by primary key. No query if none does."""
    waiting = [seat.pk for seat in seats if seat.state == Seat.State.WAITING]
    if not waiting:
        return {}
    position = waiting_position(session="session", seat="pk")
    return dict(Seat.objects.filter(pk__in=waiting).order_by("pk").values_list("pk", position))


def own_team(participant: Participant) -> "QuerySet[Participant]":
    """Return the registered and pending participants of their delegation, themselves included, by name."""
    states = (Participant.State.REGISTERED, Participant.State.PENDING)
    name = Coalesce(NullIf(F("user__name"), Value("")), "user__email")
    colleagues = Participant.objects.filter(delegation=participant.delegation_id, state__in=states)
    return colleagues.select_related("user").order_by(name, "pk")
