"""Reads of participants."""

from django.contrib.auth.models import AnonymousUser

from programme.models import Participant, Unsubscription
from programme.models.participant_queryset import ParticipantQuerySet
from udtacademy.accounts.models import User
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.prepared import Parameter, prepared


def takes_part(visitor: User | AnonymousUser, edition: int) -> bool:
    """Return whether the visitor is a participant of the edition (its primary key), in whatever state."""
    return isinstance(visitor, User) and Participant.objects.filter(user=visitor, edition=edition).exists()


def participant_visiting(
    visitor: User | AnonymousUser, edition: int, *, with_seats: bool = False
) -> Participant | None:
    """Return the visitor's participant of the edition (its primary key), in whatever state; None without one.

    `with_seats`: also `held_in`. One query; none for somebody who is not signed in.
    """
    if not isinstance(visitor, User):
        return None
    read = _participant_with_seats if with_seats else _participant_visiting
    participant = next(iter(read(user=visitor.pk, edition=edition)), None)
    if participant:
        participant.user = visitor
    return participant


def visiting() -> ParticipantQuerySet:
    of_user = Participant.objects.filter(user=Parameter("user"), edition=Parameter("edition")).order_by()
    return of_user.only("user", "edition", "delegation", "state", "state_at", "took_over_at")


@prepared
def _participant_visiting() -> ParticipantQuerySet:
    return visiting()


@prepared
def _participant_with_seats() -> ParticipantQuerySet:
    return visiting().with_held_seats()


def participation_of(user: User, edition_slug: str) -> Participant | None:
    """Return the user's participant in an edition, in whatever state, with all that pages show of them; None without one."""
    return next(iter(_participation(user=user.pk, edition=edition_slug)), None)


@prepared
def _participation() -> ParticipantQuerySet:
    of_user = Participant.objects.filter(user=Parameter("user"), edition__slug=Parameter("edition"))
    return of_user.with_people().order_by()


def calendar_owner(token: str) -> Participant | None:
    """Return the participant of a private calendar, with the columns that it depends on, and `held_in`; None without one."""
    return next(iter(_calendar_owner(calendar_hash=hash_of(token))), None)


@prepared
def _calendar_owner() -> ParticipantQuerySet:
    owners = Participant.objects.filter(calendar_hash=Parameter("calendar_hash")).select_related("edition").order_by()
    return owners.only("state", "state_at", "edition__slug").with_held_seats()


def other_coordinators(participant: Participant) -> ParticipantQuerySet:
    """Return who coordinates the participant's city beside them."""
    return Participant.objects.coordinating().filter(delegation=participant.delegation_id).exclude(pk=participant.pk)


def participations_of(user: User) -> ParticipantQuerySet:
    """Return the participants that somebody is, the last edition first, each with `has_applied`: for another edition."""
    people = Participant.objects.filter(user=user).select_related("edition", "delegation__city")
    return people.with_other_application().order_by("-edition__first_on")


def is_only_coordinator(participant: Participant) -> bool:
    """Return whether the participant coordinates their city, and nobody else does."""
    return participant.is_coordinator and not other_coordinators(participant).exists()


def leaves_a_team(participant: Participant) -> bool:
    """Return whether the participant's registered colleagues would be without a coordinator if they left."""
    if not is_only_coordinator(participant):
        return False
    colleagues = Participant.objects.registered().filter(delegation=participant.delegation_id)
    return colleagues.exclude(pk=participant.pk).exists()


def is_unsubscribed(participant: Participant) -> bool:
    """Return whether somebody gets no campaigns of their edition. One query."""
    return Unsubscription.objects.filter(participant=participant).exists()
