"""Register people as far as the quota of their delegation allows; others join its waiting list."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.errors import DelegationFullError
from programme.models import Delegation, Participant
from programme.queries.quotas import has_room_for, n_free, next_number
from udtacademy.accounts.models import User

State = Participant.State


def check_quota(delegation: Delegation, n_people: int = 1) -> None:
    """Raise DelegationFullError if the delegation, which is locked, cannot register `n_people` more, as `n_free` counts."""
    n = n_free(delegation)
    if n >= n_people:
        return
    if n > 0:
        text = ngettext(
            "%(city)s can register only %(n)s more person.", "%(city)s can register only %(n)s more people.", n
        )
        raise DelegationFullError(text % {"n": n, "city": delegation.city})
    raise DelegationFullError(why_full(delegation))


def why_full(delegation: Delegation) -> str:
    if delegation.participants.registered().count() < delegation.quota:
        if delegation.edition.is_over(timezone.now()):
            text = _(
                "The edition is over, so nobody moves up from the waiting list of %(city)s. Register them out of turn."
            )
        else:
            text = _("%(city)s can register nobody else before the people on its waiting list.")
        return text % {"city": delegation.city}
    n = delegation.quota
    text = ngettext(
        "%(city)s has already registered the %(n)s person its quota allows.",
        "%(city)s has already registered the %(n)s people its quota allows.",
        n,
    )
    return text % {"n": n, "city": delegation.city}


def register_or_wait(participant: Participant, *, needs_approval: bool, by: User, has_place: bool = False) -> None:
    """Register somebody, or let them wait for approval; without room in the quota they join the waiting list, or stay on it.

    Their delegation must be locked. `has_place`: they take over somebody's place, so the quota has room. Raises
    DelegationFullError if there is no room and the edition is over.
    """
    if has_place or has_room_for(participant):
        set_state(participant, State.PENDING if needs_approval else State.REGISTERED, by=by)
        return
    if participant.edition.is_over(timezone.now()):
        raise DelegationFullError(why_full(participant.delegation))
    if participant.is_waiting and participant.waiting_number:
        participant.needs_approval = needs_approval
        participant.save()
        return
    number = participant.waiting_number or next_number(participant.delegation)
    set_state(participant, State.WAITING, by=by, waiting_number=number, needs_approval=needs_approval)


def set_state(
    participant: Participant,
    state: str,
    *,
    by: User | None,
    reason: str = "",
    waiting_number: int | None = None,
    needs_approval: bool = False,
    is_out_of_turn: bool = False,
    at: dt.datetime | None = None,
) -> None:
    """Set the participant's state with who decided it, when (`at`, or now) and why, and save."""
    participant.state, participant.state_by, participant.state_reason = state, by, reason
    participant.state_at = at or timezone.now()
    participant.waiting_number, participant.needs_approval = waiting_number, needs_approval
    participant.is_out_of_turn = is_out_of_turn
    participant.save()
