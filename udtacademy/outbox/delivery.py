"""Delivering what lies in the outbox.

A worker claims a batch (a lease, which ends by itself), sends it over one connection, and notes what came of each e-mail as
soon as the server has answered. Whoever dies in between loses nothing: when the lease ends others send the rest, with
the same Message-ID. docs/decisions/0012 says why it is this way.
"""

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils import timezone

from udtacademy.db.encryption import UnreadableError
from udtacademy.outbox.mime import content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of
from udtacademy.outbox.smtp import CLOSING, Line, UndeliverableError

logger = logging.getLogger(__name__)

State = Message.State

BATCH = 50
LEASE = dt.timedelta(seconds=settings.MESSAGE_LEASE)
CHECKED_FOR = min(
    dt.timedelta(seconds=15), LEASE / 3
)  # what was compared with the facts is handed over within that time
WAITS = [dt.timedelta(minutes=n) for n in (1, 5, 15, 60, 240, 720)]  # after each attempt that failed
FIRST_WAIT = {
    450: 1,
    451: 1,
    452: 3,
    552: 3,
}  # where in WAITS to begin: grey lists want minutes, full mailboxes an hour
ABOUT_THE_MESSAGE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
PERMANENT = range(500, 600)  # SMTP: the server will not take it, ever (RFC 5321, 4.2.1)
MAILBOX_IS_FULL = 552  # to be taken as temporary (RFC 5321, 4.5.3.1.10)
USELESS = "it was useless by the time it could be sent"

# From each application: which messages of a batch, leased to the caller, still hold; it marks the others as outdated itself.
STILL_TRUE: list[Callable[[Sequence[Message]], list[Message]]] = []


class ServerAwayError(Exception):
    """The mail server is away or does not let us in: no message is at fault."""


class UselessError(Exception):
    """What a message says is of no use any more."""


def deliver_messages() -> int:
    """Send what is due, over one connection; the number sent. Several workers share the work.

    What fails is tried again later. A server that is away, or does not let us in, costs no message an attempt. Nothing
    is raised.
    """
    batch = claim()
    if not batch:
        return 0
    backend = get_connection()
    delivery = Delivery(Line(backend))
    try:
        backend.open()
        with without_waiting_for_the_disk():
            while batch:
                delivery.send_batch(batch)
                batch = claim()
    except (ServerAwayError, OSError) as error:  # smtplib's are OSErrors
        logger.warning("The mail server does not take e-mails (%s); they wait", as_answer(error))
        release(batch, as_answer(error))
    finally:
        with suppress(OSError):
            backend.close()
    return delivery.n_sent


def still_true(batch: list[Message]) -> list[Message]:
    """Return the messages of a leased batch that may be sent."""
    for check in STILL_TRUE:
        batch = check(batch)
    return batch


@transaction.atomic
def claim() -> list[Message]:
    """Return the next due messages that nobody else is sending, leased to the caller.

    A message whose lease has ended may have been sent: its worker died, or is slow.
    """
    batch = list(Message.objects.due().select_for_update(skip_locked=True, of=["self"])[:BATCH])
    lease = uuid.uuid4()
    Message.objects.filter(pk__in=[it.pk for it in batch]).update(
        lease=lease,
        due_at=Now() + LEASE,
        may_have_arrived=Case(When(lease__isnull=False, then=True), default=F("may_have_arrived")),
    )
    for message in batch:
        message.lease = lease
    return batch


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """What is written inside is seen by others at once, but the disk is not waited for, message by message.

    A crash of the database itself within the next second would send some e-mails once more, with the same Message-ID.
    """
    with database.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with database.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO DEFAULT")


@dataclass
class Delivery:
    """Sending over one line."""

    line: Line
    n_sent: int = 0

    def send_batch(self, batch: list[Message]) -> None:
        """Send leased messages, removing each from the batch once it is settled. Untrue ones are taken back, not sent.

        Raises ServerAwayError when the rest of the batch is to wait.
        """
        checked_at = monotonic()  # before it is checked: the lease runs meanwhile
        batch[:] = still_true(batch)
        while batch:
            if monotonic() - checked_at > CHECKED_FOR.total_seconds():
                checked_at = monotonic()
                renew(batch)
                batch[:] = still_true(batch)
                if not batch:
                    break
            self.n_sent += self.send(batch.pop(0), batch)

    def send(self, message: Message, batch: list[Message]) -> bool:
        """Send it and note what came of it: whether it went. Raises ServerAwayError when others need not be tried now."""
        is_begun = False
        try:
            if message.expires_at and message.expires_at <= timezone.now():
                raise UselessError(USELESS)  # noqa: TRY301 - one of several ways in which it does not go
            content = bytes(message.content) or content_of(message, html_of(message))
            self.line.begin(message.to, content)
            is_begun = True
            self.line.hand_over(message.to, content)
        except DatabaseError:
            raise  # it is not about this message: it was not handed over, and its lease ends by itself
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes of this message
            message.may_have_arrived |= is_begun and is_broken_line(error)
            self.take_note(message, error, batch)
            return False
        settle(message, state=State.SENT, sent_at=timezone.now(), last_error="")
        return True

    def take_note(self, message: Message, error: Exception, batch: list[Message]) -> None:
        """Of why it was not sent. Raises ServerAwayError when that holds for others, too."""
        if isinstance(error, smtplib.SMTPSenderRefused):  # it has something against us, not against the message
            batch.insert(0, message)
            raise ServerAwayError(as_answer(error)) from error
        if not isinstance(error, (OSError, UselessError, UnreadableError, UndeliverableError)):
            logger.error("Message %s cannot be sent as an e-mail", message.pk, exc_info=error)
        note_failure(message, error)
        if is_broken_line(error):
            raise ServerAwayError(as_answer(error)) from error


def is_broken_line(error: Exception) -> bool:
    """Whether the server may have the message all the same, once handed over. The next attempt has the same Message-ID."""
    return isinstance(error, OSError) and (not isinstance(error, ABOUT_THE_MESSAGE) or code_of(error) == CLOSING)


def renew(batch: list[Message]) -> None:
    """Prolong the lease of what is left; what others have taken meanwhile, as it had ended, leaves the batch."""
    own = Message.objects.filter(pk__in=[it.pk for it in batch], lease=batch[0].lease, state=State.QUEUED)
    own.update(due_at=Now() + LEASE)
    kept = set(own.values_list("pk", flat=True))
    batch[:] = [it for it in batch if it.pk in kept]


def note_failure(message: Message, error: Exception) -> None:
    """Try again later, or never."""
    wait = message.n_attempts + FIRST_WAIT.get(code_of(error), 0)
    is_over = is_permanent(error) or wait >= len(WAITS)
    due_at = Now() + (dt.timedelta() if is_over else WAITS[wait])
    settle(message, state=State.FAILED if is_over else State.QUEUED, due_at=due_at, last_error=as_answer(error))


def settle(message: Message, *, state: str, **values: object) -> None:
    """Write down what came of a leased message, at once, and end the lease; nothing where the lease was lost."""
    Message.objects.filter(pk=message.pk, lease=message.lease).update(
        state=state,
        lease=None,
        n_attempts=message.n_attempts + 1,
        may_have_arrived=message.may_have_arrived,
        **values,
    )


def release(batch: Sequence[Message], answer: str) -> None:
    """Give back what was not tried; what the server said stands beside it."""
    if batch:
        Message.objects.filter(pk__in=[it.pk for it in batch], lease=batch[0].lease).update(
            lease=None, due_at=Now(), last_error=answer
        )


def code_of(error: Exception) -> int:
    """The SMTP reply code; 0 where there was no reply. Of several recipients (we have one) the first's."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _reason in error.recipients.values()), 0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def is_permanent(error: Exception) -> bool:
    """Whether the server will never take this message, or there is none that it could take."""
    code = code_of(error)
    return not isinstance(error, OSError) or (code in PERMANENT and code != MAILBOX_IS_FULL)


def as_answer(error: Exception) -> str:
    """What the server said, or what kept us from asking it, in one line: "550 5.1.1 unknown"."""
    if isinstance(error, (ServerAwayError, UselessError, UnreadableError, UndeliverableError)):
        return str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {as_text(reason)}" for code, reason in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"{error.smtp_code} {as_text(error.smtp_error)}"
    else:
        said = f"{type(error).__name__}: {error}"
    return " ".join(said.replace("\0", "").split())[:300]


def as_text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason
