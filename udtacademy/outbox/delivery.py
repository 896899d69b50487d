"""Deliver the messages in the outbox (docs/decisions/0012).

A worker claims a batch under a lease, sends it over one connection, and records the result of each message as soon as the
server has replied. If the worker dies, the lease expires and others send the rest with the same Message-ID.
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
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from udtacademy.db.encryption import UnreadableError
from udtacademy.outbox.contents import FileMaker, file_maker
from udtacademy.outbox.mime import HeaderError, as_it_leaves, content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of
from udtacademy.outbox.returns.reading import storable
from udtacademy.outbox.returns.recording import record_refusal
from udtacademy.outbox.returns.return_paths import return_path
from udtacademy.outbox.signatures import signed
from udtacademy.outbox.smtp import CLOSING, SmtpConnection, UndeliverableError

logger = logging.getLogger(__name__)

State = Message.State

BATCH = 50
BATCH_SECONDS = 1  # then the rest of a batch waits again, behind codes that were added meanwhile
LEASE = dt.timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
BEGIN_WITHIN = LEASE / 3  # of leasing it an email has to be begun: the rest is for a server that takes its time
WAITS = [dt.timedelta(minutes=n) for n in (1, 5, 15, 60, 240, 720)]  # after each failed attempt
FIRST_WAIT = {
    450: 1,
    451: 1,
    452: 3,
    552: 3,
}  # index in WAITS by reply code: greylisting 5 minutes, full mailbox 1 hour
ABOUT_THE_MESSAGE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
PERMANENT = range(500, 600)  # reply codes of permanent failures (RFC 5321, 4.2.1)
MAILBOX_IS_FULL = 552  # to be taken as temporary (RFC 5321, 4.5.3.1.10)
EXPIRED = "It expired before it could be sent."
STOPPED = "Emails to this address came back, or its reader complained."

# Checks added by apps: each returns the messages of a leased batch that still hold, and marks the others as outdated.
STILL_TRUE: list[Callable[[Sequence[Message]], list[Message]]] = []


class ServerAwayError(Exception):
    """The mail server is unreachable or refuses us: not the fault of a message."""


class ExpiredError(Exception):
    """A message expired before it could be sent."""


# What no later attempt can mend. Any other error, such as one of our own code, waits for the next attempt.
ABOUT_WHAT_IS_STORED = (ExpiredError, HeaderError, UnreadableError, UndeliverableError)


def deliver_messages() -> int:
    """Send the messages that are due over one connection. Return the number sent. Several workers can run at once.

    Failed messages are tried again later. An unreachable server does not count as an attempt. Raises nothing for errors
    of the mail server.
    """
    leased_at, batch = monotonic(), claim()
    if not batch:
        return 0
    backend = get_connection()
    delivery = Delivery(SmtpConnection(backend))
    try:
        backend.open()
        with without_waiting_for_the_disk():
            while batch:
                delivery.send_batch(batch, leased_at)
                release(batch)
                leased_at, batch = monotonic(), claim()
    except (ServerAwayError, OSError) as error:  # smtplib's are OSErrors
        logger.warning("The mail server does not accept emails (%s); they wait", as_answer(error))
        release(batch, answer=as_answer(error))
    finally:
        with suppress(OSError):
            backend.close()
    return delivery.n_sent


def without_stopped(batch: list[Message]) -> list[Message]:
    """Return the messages of a leased batch whose address is not stopped, and settle the others."""
    stopped = [it.pk for it in batch if it.is_to_stopped]
    if stopped:
        leased = Message.objects.queued().filter(pk__in=stopped, lease=batch[0].lease)
        leased.update(state=State.STOPPED, lease=None, last_error=STOPPED)
    return [it for it in batch if not it.is_to_stopped]


def still_true(batch: list[Message]) -> list[Message]:
    """Return the messages of a leased batch that may be sent."""
    for check in STILL_TRUE:
        batch = check(batch)
    return batch


@transaction.atomic
def claim() -> list[Message]:
    """Lease and return the next due messages that no other worker is sending.

    A message whose lease expired may have been sent: its worker died or is slow.
    """
    with database.cursor() as cursor:
        # While thousands of messages are being written, statistics of the queue are old, and PostgreSQL would read and sort
        # them all: 600 ms of 100,000 instead of 16 ms.
        cursor.execute("SET LOCAL enable_sort TO off")
    due = Message.objects.due().with_stopped().select_related("user")
    batch = list(due.select_for_update(skip_locked=True, of=["self"])[:BATCH])
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
    """Commit without waiting for the disk for each message.

    If the database crashes within the next second, some emails are sent again with the same Message-ID.
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
    """A run of sending over one connection."""

    line: SmtpConnection
    n_sent: int = 0

    def send_batch(self, batch: list[Message], leased_at: float) -> None:
        """Send leased messages for BATCH_SECONDS, removing each from the batch once it is settled.

        `leased_at`: by `monotonic`, just before they were leased. Those that no longer hold are not sent. Raises
        ServerAwayError if the rest of the batch has to wait.
        """
        make_files = file_maker(batch)  # before the check, so that a file says what its text says
        batch[:] = still_true(without_stopped(batch))
        if monotonic() - leased_at > BEGIN_WITHIN.total_seconds() / 2:  # spent on connecting, or on the check
            leased_at = monotonic()
            renew(batch)
        ends_at = min(monotonic() + BATCH_SECONDS, leased_at + BEGIN_WITHIN.total_seconds())
        while batch and monotonic() < ends_at:
            self.n_sent += self.send(batch.pop(0), batch, make_files)

    def send(self, message: Message, batch: list[Message], make_files: FileMaker) -> bool:
        """Send one message and record the result. Return whether it was sent. Raises ServerAwayError if others must wait."""
        is_begun = False
        try:
            if message.expires_at and message.expires_at <= timezone.now():
                raise ExpiredError(EXPIRED)  # noqa: TRY301 - handled like other failures
            stored = bytes(message.content)
            files = [] if stored else make_files(message)
            leaving = as_it_leaves(message)
            content = stored or content_of(leaving, html_of(leaving), files)
            mail = signed(content)
            self.line.begin(message.to, mail, return_path(message.pk))
            is_begun = True
            self.line.hand_over(message.to, mail)
        except DatabaseError:
            raise  # not about this message, which was not sent: its lease expires
        except Exception as error:  # noqa: BLE001 - recorded with the message
            message.may_have_arrived |= is_begun and is_broken_line(error)
            self.take_note(message, error, batch)
            return False
        sent = {"content": content} if files else {}  # so that staff can see what was sent
        settle(message, state=State.SENT, sent_at=timezone.now(), last_error="", **sent)
        return True

    def take_note(self, message: Message, error: Exception, batch: list[Message]) -> None:
        """Record why a message was not sent. Raises ServerAwayError if others cannot be sent either."""
        if isinstance(error, smtplib.SMTPSenderRefused):  # about us, not about the message
            batch.insert(0, message)
            raise ServerAwayError(as_answer(error)) from error
        if not isinstance(error, (OSError, *ABOUT_WHAT_IS_STORED)):
            logger.error("Message %s cannot be sent as an email", message.pk, exc_info=error)
        note_failure(message, error)
        if is_broken_line(error):
            raise ServerAwayError(as_answer(error)) from error


def is_broken_line(error: Exception) -> bool:
    """Return whether the connection broke, so that a message handed over may have arrived."""
    return isinstance(error, OSError) and (not isinstance(error, ABOUT_THE_MESSAGE) or code_of(error) == CLOSING)


def renew(batch: list[Message]) -> None:
    """Extend the lease of the batch, and drop messages that other workers claimed after it expired."""
    if not batch:
        return
    leased = Message.objects.filter(pk__in=[it.pk for it in batch], lease=batch[0].lease, state=State.QUEUED)
    leased.update(due_at=Now() + LEASE)
    numbers = set(leased.values_list("pk", flat=True))
    batch[:] = [it for it in batch if it.pk in numbers]


def note_failure(message: Message, error: Exception) -> None:
    """Schedule the next attempt, or mark the message as failed."""
    wait = message.n_attempts + FIRST_WAIT.get(code_of(error), 0)
    is_over = is_permanent(error) or wait >= len(WAITS)
    due_at = Now() + (dt.timedelta() if is_over else WAITS[wait])
    settle(message, state=State.FAILED if is_over else State.QUEUED, due_at=due_at, last_error=as_answer(error))
    if is_over and isinstance(error, smtplib.SMTPRecipientsRefused):
        record_refusal(message, as_answer(error))


def settle(message: Message, *, state: str, **values: object) -> None:
    """Record the result of a leased message and end the lease; do nothing if the lease was lost."""
    Message.objects.filter(pk=message.pk, lease=message.lease).update(
        state=state,
        lease=None,
        n_attempts=message.n_attempts + 1,
        may_have_arrived=message.may_have_arrived,
        **values,
    )


def release(batch: Sequence[Message], *, answer: str = "") -> None:
    """End the lease of messages not tried. Those never tried get the answer of a server that takes no emails, or lose it."""
    if batch:
        Message.objects.filter(pk__in=[it.pk for it in batch], lease=batch[0].lease).update(
            lease=None,
            due_at=Now(),
            last_error=Case(When(n_attempts=0, then=Value(answer)), default=F("last_error")),
        )


def code_of(error: Exception) -> int:
    """Return the SMTP reply code, of the first recipient; 0 without a reply."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _reason in error.recipients.values()), 0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def is_permanent(error: Exception) -> bool:
    """Return whether no later attempt can succeed."""
    code = code_of(error)
    return isinstance(error, ABOUT_WHAT_IS_STORED) or (code in PERMANENT and code != MAILBOX_IS_FULL)


def as_answer(error: Exception) -> str:
    """Return the server's reply or the error in one line, at most 300 characters: "550 5.1.1 unknown"."""
    if isinstance(error, (ServerAwayError, *ABOUT_WHAT_IS_STORED)):
        answer = str(error)
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        answer = "; ".join(f"{code} {as_text(reason)}" for code, reason in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answer = f"{error.smtp_code} {as_text(error.smtp_error)}"
    else:
        answer = f"{type(error).__name__}: {error}"
    return " ".join(storable(answer).split())[:300]


def as_text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason
