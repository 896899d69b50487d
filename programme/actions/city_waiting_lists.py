"""Serve the waiting lists of cities: whoever comes first is registered when the quota has room, in the same transaction.

Each function needs the locks of the delegations concerned. Somebody on a waiting list has no seats, so their row is locked
last, which nobody else does without the lock of the delegation.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.utils import timezone

from programme import emails
from programme.actions.locks import lock_delegations, lock_participant
from programme.actions.quotas import set_state
from programme.models import Delegation, Invitation, Participant
from programme.queries.quotas import n_free, next_number, position_of
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

State = Participant.State

# The delegations of the outermost `serving_waiting_lists`, and who is promoted when it ends.
to_serve: ContextVar[tuple[set[int], list[Participant]] | None] = ContextVar("to_serve", default=None)


@contextmanager
def serving_waiting_lists(delegations: Iterable[int], *, by: User | None) -> Iterator[list[Participant]]:
    """Around changes that may make room in the quotas of delegations (primary keys): serve their waiting lists afterwards.

    Of several changes, each in such a block, in one block, after the last of them: nobody is promoted whom a later one
    concerns. Yields a list that has the people promoted once the outermost block ends.
    """
    if outer := to_serve.get():
        outer[0].update(delegations)
        yield outer[1]
        return
    concerned, promoted = set(delegations), list[Participant]()
    token = to_serve.set((concerned, promoted))
    try:
        yield promoted
    finally:
        to_serve.reset(token)
    if concerned:
        with acting(by):
            promoted += promote_next(concerned)


def promote_next(delegations: Collection[int]) -> list[Participant]:
    """Promote everybody on the waiting lists of these delegations for whom there is room, and email them. Return them."""
    now = timezone.now()
    people = Participant.objects.next_in_turn(now).filter(delegation__in=delegations)
    people = people.with_people().select_for_update(of=["self"], no_key=True).order_by("pk")
    promoted = [it for it in people if not it.edition.is_over(now)]  # `next_in_turn` leaves a day of slack
    for participant in promoted:
        promote(participant)
    return promoted


def promote(participant: Participant, *, is_moved: bool = False) -> None:
    """Register somebody whose turn has come, or let them wait for approval with their number, and email them.

    Who was invited to coordinate does so if nobody else does by now.
    """
    if participant.needs_approval:
        set_state(participant, State.PENDING, by=None, waiting_number=participant.waiting_number)
    else:
        participant.is_coordinator = is_invited_to_coordinate(participant) and not participant.delegation.coordinator()
        set_state(participant, State.REGISTERED, by=None)
    tell_promoted(participant, is_moved=is_moved)


def is_invited_to_coordinate(participant: Participant) -> bool:
    """Return whether they joined the waiting list by an invitation for the coordinator."""
    used = Invitation.objects.filter(accepted_by=participant.user_id, accepted_at__gte=participant.state_at)
    return used.filter(delegation=participant.delegation_id, is_for_coordinator=True).exists()


@transaction.atomic
def register_out_of_turn(*, participant: Participant, reason: str, by: User) -> bool:
    """Register somebody on a waiting list at once, and tell them. Return whether anything changed.

    If the quota has no room, it is raised by one, so that nobody else waits longer for it.
    """
    locked = lock_participant(participant)
    if not locked.is_waiting:
        return False
    delegation = locked.delegation
    with acting(by, reason=reason):
        if delegation.participants.served().count() >= delegation.quota:
            delegation.quota += 1
            delegation.save(update_fields=["quota"])
        set_state(locked, State.REGISTERED, by=by, reason=reason, is_out_of_turn=True)
    tell_promoted(locked)
    participant.refresh_from_db()
    return True


def move_waiting(participant: Participant, delegation: Delegation, by: User) -> bool:
    """Move somebody on a waiting list, locked with both delegations of their edition, and tell them. Return whether anything changed.

    They are promoted if the other city has room, or come last on its waiting list.
    """
    if participant.delegation_id == delegation.pk:
        return False
    has_room = n_free(delegation) > 0 and not delegation.edition.is_over(timezone.now())
    participant.delegation, participant.waiting_number = delegation, next_number(delegation)
    with acting(by):
        if has_room:
            promote(participant, is_moved=True)
        else:
            participant.save()
            emails.queue_to_participant("moved", participant, position=position_of(participant))
    return True


def tell_promoted(participant: Participant, *, is_moved: bool = False) -> Message:
    """Queue the email that their turn has come: they are registered, or wait for approval."""
    enters = participant.coming_sessions() if participant.is_registered else []
    return emails.queue_to_participant("quota_promoted", participant, is_moved=is_moved, enters=enters)


def tell_waiting(participant: Participant, *, is_approved: bool = False) -> None:
    """Email somebody that they are on the waiting list.

    Those who join it by themselves and need no approval are also made known to the coordinator.
    """
    emails.queue_to_participant(
        "quota_waiting", participant, position=position_of(participant), is_approved=is_approved
    )
    if not (participant.needs_approval or is_approved):
        tell_coordinators(participant)


def tell_coordinators(participant: Participant) -> None:
    """Tell the coordinators that somebody waits: the one invited or the organisers if there is none. Once a person and city."""
    delegation = participant.delegation
    key = f"seat_wanted:{delegation.pk}:{participant.user_id}"
    post(
        [
            emails.written(
                "seat_wanted",
                to=to,
                edition=delegation.edition,
                user=user,
                delegation=delegation,
                person=participant.user,
                read_as=read_as,
                dedupe_key=emails.key_for_reader(key, number, user.pk if user else 0),
            )
            for number, (to, user, read_as) in enumerate(readers_about_waiting(delegation))
            if to and to != participant.user.email
        ],
        is_once=True,
    )


def readers_about_waiting(delegation: Delegation) -> Sequence[tuple[str, User | None, str]]:
    """Return who hears of somebody who waits: the address, the account, and why they do (`emails.REASONS`)."""
    coordinators = delegation.participants.coordinating().select_related("user")
    if readers := [(it.user.email, it.user, "seat_wanted") for it in coordinators]:
        return readers
    if delegation.coordinator_email:
        return [(delegation.coordinator_email, None, "seat_wanted to the invited")]
    return [(delegation.edition.contact_email, None, "seat_wanted to organisers")]


@transaction.atomic
def serve_all_cities() -> int:
    """Serve the waiting lists of all cities. Return how many people were promoted.

    Run regularly by a task, for changes made by hand in the database and editions whose dates were moved.
    """
    waited_for = Participant.objects.next_in_turn(timezone.now()).values("delegation")
    locked = lock_delegations(Delegation.objects.filter(pk__in=waited_for.order_by()))
    return len(promote_next([it.pk for it in locked])) if locked else 0
