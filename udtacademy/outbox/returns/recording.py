"""Record what came back about an email of ours, and stop an address that does not work or whose reader complained.

What matches no email of ours changes nothing: reports are easily forged. Where each email has a signed return path, a mail must have been
sent to it; a Message-ID is enough only without one, as it is also in replies and in forwarded copies, and for a provider, who has
shown a key. The address stopped is the one it was sent to, whatever a report names.
"""

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from udtacademy.db.addresses import normalised_address
from udtacademy.outbox.models import Message, ReturnedMail, StoppedAddress
from udtacademy.outbox.returns.reading import Kind, Reading, storable
from udtacademy.outbox.returns.return_paths import has_return_paths, number_in
from udtacademy.outbox.returns.verdicts import STATUS, Failure, Severity, kind_of_failure

OUR_ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
MOST_OF_ONE_EMAIL = 10  # reports; more come from a loop
LATEST = dt.timedelta(days=60)  # after an email left; servers give up within a week, readers complain within a month
LONGEST_STATUS, LONGEST_ANSWER = 11, 500

Source = ReturnedMail.Source


@dataclass(frozen=True)
class Recorded:
    """What became of a report. `returned`: None if it is about no email of ours, or was recorded before."""

    returned: ReturnedMail | None = None
    is_stopped: bool = False


@transaction.atomic
def record(reading: Reading, *, source: Source, report: str, now: dt.datetime | None = None) -> Recorded:
    """Record what a mail or an event says about an email of ours, once. `report`: identifies it, at most 64 characters."""
    now = now or timezone.now()
    if (
        reading.kind not in {Kind.HARD, Kind.SOFT, Kind.COMPLAINT}
        or (message := message_of(reading, source, now)) is None
    ):
        return Recorded()
    if message.returned.count() >= MOST_OF_ONE_EMAIL:
        return Recorded()
    address = normalised_address(message.to)
    kind = kind_for(reading, address)
    returned, is_new = ReturnedMail.objects.get_or_create(
        message=message,
        report=report,
        defaults={
            "address": address,
            "kind": kind,
            "status": reading.status[:LONGEST_STATUS],
            "answer": reading.answer,
            "source": source,
            "received_at": now,
        },
    )
    if not is_new:
        return Recorded()
    return Recorded(
        returned, is_stopped=kind != Kind.SOFT and stop_address(returned, message.sent_at or message.created_at)
    )


@transaction.atomic
def record_refusal(message: Message, answer: str) -> None:
    """Record that the mail server refused an address at once, and stop it, if its answer says that there is no such address."""
    status = STATUS.search(answer)
    failure = Failure(status=status[1] if status else "", answer=answer)
    if kind_of_failure(failure) is not Severity.HARD:
        return
    returned = ReturnedMail.objects.create(
        message=message,
        report=f"refused {uuid.uuid4()}",
        address=normalised_address(message.to),
        kind=ReturnedMail.Kind.HARD,
        status=failure.status[:LONGEST_STATUS],
        answer=storable(answer)[:LONGEST_ANSWER],
        source=Source.REFUSAL,
    )
    stop_address(returned, returned.received_at)


def message_of(reading: Reading, source: Source, now: dt.datetime) -> Message | None:
    """Return the email that a report is about, locked; None if there is none that left within the last two months."""
    number = number_in(reading.sent_to)
    ids = [] if source == Source.MAILBOX and has_return_paths() else our_ids(reading.message_ids)
    if number is None and not ids:
        return None
    left = Message.objects.filter(Q(sent_at__isnull=False) | Q(may_have_arrived=True), created_at__gt=now - LATEST)
    chosen = left.filter(pk=number) if number is not None else left.filter(message_id__in=ids)
    return chosen.select_for_update(no_key=True).defer("text", "content").order_by("pk").first()


def our_ids(message_ids: Iterable[str]) -> list[uuid.UUID]:
    return [uuid.UUID(match[1]) for it in message_ids if (match := OUR_ID.match(it))]


def kind_for(reading: Reading, address: str) -> Kind:
    """Return what it means for our address: of somebody else's, behind a forwarding or a list, it did not arrive for now."""
    if reading.kind == Kind.HARD and reading.addresses and address not in reading.addresses:
        return Kind.SOFT
    return reading.kind


def stop_address(returned: ReturnedMail, left_at: dt.datetime) -> bool:
    """Stop the address of an email that left then and came back or was complained about. Return whether that changed anything.

    An email that left before the address was tried again stops nothing, but for the first complaint. A complaint that stands is
    never made a bounce.
    """
    is_complaint = returned.kind == ReturnedMail.Kind.COMPLAINT
    cause = StoppedAddress.Cause.COMPLAINT if is_complaint else StoppedAddress.Cause.BOUNCE
    values = {
        "cause": cause,
        "status": returned.status,
        "answer": returned.answer,
        "stopped_at": returned.received_at,
        "tried_again_at": None,
        "tried_again_by": None,
    }
    stopped, is_new = StoppedAddress.objects.select_for_update(of=["self"]).get_or_create(
        address=returned.address, defaults=values
    )
    if is_new:
        return True
    is_first_complaint = is_complaint and not stopped.is_complaint
    is_news = is_first_complaint or (stopped.tried_again_at is not None and left_at > stopped.tried_again_at)
    if is_news:
        StoppedAddress.objects.filter(pk=stopped.pk).update(**values)
    return is_news
