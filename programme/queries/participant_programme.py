"""One participant's programme and team."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from programme.models import Participant, Session
from programme.models.edition_state import EditionState, state_of
from udtacademy.accounts.models import User


@dataclass(frozen=True)
class OwnProgramme:
    """The published sessions of a participant's edition in programme order, and the primary keys of those they hold a seat in.

    `version` changes with every change of the sessions.
    """

    participant: Participant
    version: str
    sessions: Sequence[Session]
    held_in: frozenset[int]

    def is_theirs(self, session: Session) -> bool:
        """Return whether the session takes no seats, or they hold one in it."""
        return not session.takes_seats or session.pk in self.held_in


def participant_of(user: User, slug: str) -> Participant | None:
    """Return the user's participant in the edition, with city and venue; None without one. One query."""
    return user.participations.select_related("delegation__city", "edition__venue").filter(edition__slug=slug).first()


def own_programme(participant: Participant) -> OwnProgramme:
    """Return a participant's programme. Two queries, and a third after the programme has changed."""
    held_in = frozenset(participant.seats.held().values_list("session", flat=True))
    state = state_of(participant.edition.slug)
    if state is None:
        return OwnProgramme(participant, "", (), held_in)
    return OwnProgramme(participant, state.digest, _published(state), held_in)


def own_team(participant: Participant) -> "QuerySet[Participant]":
    """Return the registered and pending participants of their delegation, themselves included, by name."""
    states = (Participant.State.REGISTERED, Participant.State.PENDING)
    name = Coalesce(NullIf(F("user__name"), Value("")), "user__email")
    colleagues = Participant.objects.filter(delegation=participant.delegation_id, state__in=states)
    return colleagues.select_related("user").order_by(name, "pk")


@lru_cache(maxsize=16)
def _published(state: EditionState) -> tuple[Session, ...]:
    """Return the published sessions, cached per process and state of the edition. Not to be changed."""
    return tuple(Session.objects.filter(edition=state.pk).published().with_place().in_programme_order())
