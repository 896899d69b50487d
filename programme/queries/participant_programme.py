"""One participant's programme and team."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf

from programme.models import Edition, Participant, Seat, Session
from programme.models.session_queryset import waiting_position
from programme.queries.published_programme import PublishedProgramme, published_programme
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
    position = Case(When(state=Seat.State.WAITING, then=waiting_position(session="session", seat="pk")))
    fields = ("state", position, "is_promoted", "offered_at", "moved_from")
    rows = participant.seats.order_by("pk").values_list("session", *fields)
    return {session: OwnSeat(*seat) for session, *seat in rows}


def own_team(participant: Participant) -> "QuerySet[Participant]":
    """Return the registered and pending participants of their delegation, themselves included, by name."""
    states = (Participant.State.REGISTERED, Participant.State.PENDING)
    name = Coalesce(NullIf(F("user__name"), Value("")), "user__email")
    colleagues = Participant.objects.filter(delegation=participant.delegation_id, state__in=states)
    shown = ("state", "is_coordinator", "job_title", "department", "user__name", "user__email")
    return colleagues.select_related("user").only(*shown).order_by(name, "pk")
