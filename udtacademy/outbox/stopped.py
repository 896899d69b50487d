"""Try stopped addresses again: an organiser decides it, or its reader shows that it works."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from udtacademy.db.addresses import normalised_address
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message, StoppedAddress
from udtacademy.outbox.queue import ask_for_delivery

SENT_AFTER_ALL = dt.timedelta(days=14)  # emails not older than this are sent once the address is tried again

State = Message.State


@transaction.atomic
def try_again(*, address: str, by: AbstractBaseUser) -> int | None:
    """Send emails to an address again, those not sent in the last 14 days first. Return how many; None if it was not stopped.

    Emails that no longer hold, or are no longer of use, are left out when it is their turn, as always.
    """
    with acting(by):
        changed = StoppedAddress.objects.active().filter(address=normalised_address(address))
        if not changed.update(tried_again_at=timezone.now(), tried_again_by=by):
            return None
    return send_after_all(address)


@transaction.atomic
def note_that_it_works(address: str) -> None:
    """Send emails to an address again, as its reader entered a code sent to it. A complaint stays: it is a wish, not a fault."""
    stopped = StoppedAddress.objects.active().filter(
        address=normalised_address(address), cause=StoppedAddress.Cause.BOUNCE
    )
    if stopped.update(tried_again_at=timezone.now(), tried_again_by=None):
        send_after_all(address)


def send_after_all(address: str) -> int:
    """Queue again what was lately not sent to an address. Emails with a secret have lost their text: they are left out."""
    now = timezone.now()
    held = Message.objects.filter(
        to=normalised_address(address), state=State.STOPPED, created_at__gt=now - SENT_AFTER_ALL
    )
    n_queued = (
        held.filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .exclude(text="", content=b"")
        .update(state=State.QUEUED, due_at=now, last_error="")
    )
    if n_queued:
        transaction.on_commit(ask_for_delivery, robust=True)
    return n_queued
