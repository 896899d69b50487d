"""People whose address gets no emails, because they came back or the person complained."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from programme.models import Participant
from udtacademy.outbox.models import ReturnedMail, StoppedAddress, is_stopped

TAKES_PART = (Participant.State.REGISTERED, Participant.State.PENDING, Participant.State.WAITING)


@dataclass(frozen=True)
class AddressState:
    """What came back from a person's address. `stopped`: None if it gets emails; `soft`: what did not arrive lately, newest first."""

    stopped: StoppedAddress | None
    soft: list[ReturnedMail]

    def __bool__(self) -> bool:
        return self.stopped is not None or bool(self.soft)


def gets_no_emails() -> Q:
    """Return the condition on participants that their address is stopped, while they take part or wait for it."""
    return Q(is_stopped("user__email"), state__in=TAKES_PART)


def address_state(person: Participant) -> AddressState:
    """Return what came back from the address that a person has now. Two queries."""
    address = person.user.email
    soft = ReturnedMail.objects.soft_lately(timezone.now()).filter(address=address)
    return AddressState(StoppedAddress.objects.active().filter(address=address).first(), list(soft))


def unreachable_among(people: Iterable[Participant]) -> list[Participant]:
    """Return whose address is stopped. Annotate the people with `is_unreachable` by `is_stopped("user__email")`."""
    return [person for person in people if getattr(person, "is_unreachable", False)]


def is_address_stopped(address: str) -> bool:
    return StoppedAddress.objects.active().filter(address=address).exists()
