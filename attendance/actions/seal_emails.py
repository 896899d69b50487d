"""Email the last seal of a day to the organisers, so that a copy of it is outside the site (decision 79)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from attendance.actions.chasers import Reader, write_once
from attendance.certificates.issuer import can_sign, did, signed
from attendance.models import Seal
from attendance.queries.seal_verification import seal_values
from attendance.rules.seals import as_json
from programme import emails
from programme.models import Edition
from udtacademy.outbox.models import Message

USEFUL_FOR = dt.timedelta(days=7)  # after an outage, seals of that time are still emailed


def send_seals() -> int:
    """Email each edition's last seal of a day once that day is over there. Return how many emails."""
    now = timezone.now()
    sealed = Edition.objects.filter(seals__sealed_at__gte=now - USEFUL_FOR).distinct().select_related("venue")
    return sum(send_seal(edition, now) for edition in sealed)


def send_seal(edition: Edition, now: dt.datetime) -> int:
    today = now.astimezone(edition.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    seal = Seal.objects.filter(edition=edition, sealed_at__lt=today).order_by("number").last()
    if seal is None:
        return 0
    return write_once(f"seal:{seal.pk}", edition, lambda readers: seal_messages(seal, readers))


def seal_messages(seal: Seal, readers: Sequence[Reader]) -> list[Message]:
    """Return the emails to `readers`, in order. Not saved. Where the site has a key for credentials, they are signed by it (JWT, ES256)."""
    values: dict[str, Any] = {
        "seal": seal,
        "digest": bytes(seal.digest).hex(),
        "signature": signed({"iss": did(), "seal": as_json(seal_values(seal))}) if can_sign() else "",
    }
    return [emails.written("seal", to=to, user=user, edition=seal.edition, **values) for to, user in readers]
