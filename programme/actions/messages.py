"""Delivering what lies in the outbox.

A worker claims a batch (a lease, which ends by itself), sends it over one connection, and notes what came of each e-mail as
soon as the server has answered. Whoever dies in between loses nothing: when the lease ends others send the rest, with
the same Message-ID. docs/decisions/0012 says why it is this way.
"""

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Sequence
from contextlib import suppress
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from time import monotonic

from django.conf import settings
from django.core.mail import DNS_NAME, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.calendars import CalendarFile
from programme.emails import html_of, nudge
from programme.errors import ProgrammeError
from programme.models import Message

logger = logging.getLogger(__name__)

State = Message.State

BATCH = 50
LEASE = dt.timedelta(seconds=settings.MESSAGE_LEASE)
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
CLOSING = 421  # the server ends the connection (RFC 5321, 3.8)


class ServerAwayError(Exception):
    """The mail server is away or does not let us in: no message is at fault."""


def deliver_messages() -> int:
    """Send what is due, over one connection; the number sent. Several workers share the work.

    What fails is tried again later. A server that is away, or does not let us in, costs no message an attempt. Nothing
    is raised.
    """
    batch = claim()
    if not batch:
        return 0
    connection = get_connection()
    n_sent = 0
    try:
        connection.open()
        while batch:
            n_sent += send_batch(batch, connection)
            batch = claim()
    except (ServerAwayError, OSError) as error:  # smtplib's are OSErrors
        logger.warning("The mail server does not take e-mails (%s); they wait", as_answer(error))
        release(batch, as_answer(error))
    finally:
        with suppress(OSError):
            connection.close()
    return n_sent


@transaction.atomic
def claim() -> list[Message]:
    """The next messages that are due and that nobody else is sending, leased to the caller."""
    now = timezone.now()
    batch = list(Message.objects.due(now).select_for_update(skip_locked=True, of=["self"])[:BATCH])
    lease = uuid.uuid4()
    Message.objects.filter(pk__in=[it.pk for it in batch]).update(lease=lease, due_at=now + LEASE)
    for message in batch:
        message.lease = lease
    return batch


def send_batch(batch: list[Message], connection: BaseEmailBackend) -> int:
    """Send leased messages, taking each out of the batch when it is done with; how many went.

    Raises ServerAwayError when the rest of the batch is to wait.
    """
    n_sent = 0
    leased_at = monotonic()
    while batch:
        if monotonic() - leased_at > LEASE.total_seconds() / 3:
            leased_at = monotonic()
            renew(batch)
            if not batch:
                break
        message = batch.pop(0)
        now = timezone.now()
        if message.expires_at and message.expires_at <= now:
            settle(message, state=State.FAILED, due_at=now, last_error=USELESS)
        else:
            n_sent += send(message, connection, batch)
    return n_sent


def renew(batch: list[Message]) -> None:
    """Prolong the lease of what is left; what others have taken meanwhile, as it had ended, leaves the batch."""
    own = Message.objects.filter(pk__in=[it.pk for it in batch], lease=batch[0].lease, state=State.QUEUED)
    own.update(due_at=timezone.now() + LEASE)
    kept = set(own.values_list("pk", flat=True))
    batch[:] = [it for it in batch if it.pk in kept]


def send(message: Message, connection: BaseEmailBackend, batch: list[Message]) -> bool:
    """Send it and note what came of it: whether it went. Raises ServerAwayError when others need not be tried now."""
    try:
        as_email(message, connection).send()
    except ABOUT_THE_MESSAGE as error:
        note_failure(message, error)
        if code_of(error) == CLOSING:
            raise ServerAwayError(as_answer(error)) from error
    except smtplib.SMTPSenderRefused as error:  # it has something against us
        batch.insert(0, message)
        raise ServerAwayError(as_answer(error)) from error
    except OSError as error:  # the connection broke; whether the server has the message nobody knows
        note_failure(message, error)
        raise ServerAwayError(as_answer(error)) from error
    except Exception as error:
        logger.exception("Message %s cannot be written as an e-mail", message.pk)
        note_failure(message, error)
    else:
        settle(message, state=State.SENT, sent_at=timezone.now(), last_error="")
        return True
    return False


def note_failure(message: Message, error: Exception) -> None:
    """Try again later, or never."""
    wait = message.n_attempts + FIRST_WAIT.get(code_of(error), 0)
    if is_permanent(error) or wait >= len(WAITS):
        settle(message, state=State.FAILED, due_at=timezone.now(), last_error=as_answer(error))
    else:
        settle(message, state=State.QUEUED, due_at=timezone.now() + WAITS[wait], last_error=as_answer(error))


def settle(message: Message, *, state: str, **values: object) -> None:
    """Write down what came of a leased message, at once, and end the lease; nothing where the lease was lost.

    That it is sent is seen by others the moment this returns. Whether it is on the disk by then is not waited for: a
    crash of the database within its next second would send it once more, with the same Message-ID.
    """
    if message.is_sensitive and state != State.QUEUED and not settings.DEMO:
        values |= {"text": "", "html": "", "calendars": []}
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
        Message.objects.filter(pk=message.pk, lease=message.lease).update(
            state=state, lease=None, n_attempts=message.n_attempts + 1, **values
        )


def release(batch: Sequence[Message], answer: str) -> None:
    """Give back what was not tried; what the server said stands beside it."""
    if batch:
        Message.objects.filter(pk__in=[it.pk for it in batch], lease=batch[0].lease).update(
            lease=None, due_at=timezone.now(), last_error=answer
        )


def code_of(error: Exception) -> int:
    """The SMTP reply code; 0 where there was no reply. Of several recipients (we have one) the first's."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _reason in error.recipients.values()), 0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def is_permanent(error: Exception) -> bool:
    """Whether the server will never take this message."""
    code = code_of(error)
    return code in PERMANENT and code != MAILBOX_IS_FULL


def as_answer(error: Exception) -> str:
    """What the server said, or what kept us from asking it, in one line: "550 5.1.1 unknown"."""
    if isinstance(error, ServerAwayError):
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


def as_email(message: Message, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The e-mail as it goes out. The first calendar file is also a part of its own, by which programs know an invitation."""
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{message.message_id}@{DNS_NAME}>"}
    if message.unsubscribe_url:  # RFC 8058: one click, and it is a POST
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    email = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=headers,
        connection=connection,
    )
    email.attach_alternative(message.html or html_of(message), "text/html")
    for number, file in enumerate(message.calendars):
        if not number:
            email.attach_alternative(file["text"], f"text/calendar; method={file['method']}")
        email.attach(as_attachment(file))
    return email


def as_attachment(file: CalendarFile) -> MIMEBase:
    part = MIMEBase("text", "calendar", method=file["method"], charset="utf-8", name=file["name"])
    part.set_payload(file["text"].encode())
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file["name"])
    return part


@transaction.atomic
def retry_message(*, message: Message) -> bool:
    """Try it again now, also one that failed or was cancelled. Whether that changed something.

    Raises ProgrammeError where its words are gone.
    """
    locked = Message.objects.select_for_update(of=["self"]).get(pk=message.pk)
    if locked.state == State.SENT or locked.lease:
        return False
    if not locked.text:
        raise ProgrammeError(_("Its words are not kept any more. Do again what wrote it."))
    locked.state, locked.due_at, locked.n_attempts = State.QUEUED, timezone.now(), 0
    locked.save(update_fields=["state", "due_at", "n_attempts"])
    transaction.on_commit(nudge, robust=True)
    return True


@transaction.atomic
def cancel_message(*, message: Message) -> bool:
    """Do not send it. Whether that changed something: what is being sent, or went, is not held up any more."""
    locked = Message.objects.select_for_update(of=["self"]).get(pk=message.pk)
    if locked.state != State.QUEUED or locked.lease:
        return False
    locked.state = State.CANCELLED
    locked.save(update_fields=["state"])
    return True


def empty_messages() -> int:
    """Remove the words of what was written long ago; that it was written, and whether it went, is kept. How many."""
    return Message.objects.to_empty(timezone.now()).update(text="", html="", calendars=[])
