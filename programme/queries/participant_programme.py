"""The programme of an edition as one participant has it, and who takes part for their city."""

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
    """The published sessions of a participant's edition in order, and the numbers of those in which they hold a seat.

    `version` differs after every change of the sessions.
    """

    participant: Participant
    version: str
    sessions: Sequence[Session]
    held_in: frozenset[int]

    def is_theirs(self, session: Session) -> bool:
        """Whether the session is for them: it is for everybody, or they have their seat in it."""
        return not session.takes_seats or session.pk in self.held_in


def own_part(user: User, slug: str) -> Participant | None:
    """Somebody's part in an edition, with their city and the edition with its venue. One query."""
    return user.participations.select_related("delegation__city", "edition__venue").filter(edition__slug=slug).first()


def own_programme(participant: Participant) -> OwnProgramme:
    """Two queries, and one more where the programme has changed since this process read it."""
    held_in = frozenset(participant.seats.held().values_list("session", flat=True))
    state = state_of(participant.edition.slug)
    if state is None:
        return OwnProgramme(participant, "", (), held_in)
    return OwnProgramme(participant, state.digest, _published(state), held_in)


def own_team(participant: Participant) -> "QuerySet[Participant]":
    """Those registered for their city, themselves included, and those who wait for approval, by name."""
    states = (Participant.State.REGISTERED, Participant.State.PENDING)
    name = Coalesce(NullIf(F("user__name"), Value("")), "user__email")
    colleagues = Participant.objects.filter(delegation=participant.delegation_id, state__in=states)
    return colleagues.select_related("user").order_by(name, "pk")


@lru_cache(maxsize=16)
def _published(state: EditionState) -> tuple[Session, ...]:
    """Read once for each state of the edition in each process; shared by all who ask, and only to be read."""
    return tuple(Session.objects.filter(edition=state.pk).published().with_place().in_programme_order())
