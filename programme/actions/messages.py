"""Delivering what lies in the outbox."""

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core.mail import DNS_NAME, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from programme.emails import html_of
from programme.models import Message

logger = logging.getLogger(__name__)

WAITS = [dt.timedelta(minutes=n) for n in (1, 5, 15, 60, 240, 720)]  # after each attempt that failed
ABOUT_THE_MESSAGE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused)
PERMANENT = range(500, 600)  # SMTP: the server will not take it, ever (RFC 5321, 4.2.1)


def deliver_messages() -> int:
    """Send what is due, one message after the other over one connection; the number sent.

    A message is locked while it is sent, so that several workers share the work. What fails is tried again later. A
    server that is away, or does not let us in, costs no message an attempt. Nothing is raised.
    """
    if not Message.objects.due(timezone.now()).exists():
        return 0
    connection = get_connection()
    n_sent = 0
    try:
        connection.open()
        while (is_sent := deliver_next(connection)) is not None:
            n_sent += is_sent
    except OSError as error:  # smtplib's are
        logger.warning("The mail server is away (%s); messages wait", type(error).__name__)
    finally:
        connection.close()
    return n_sent


@transaction.atomic
def deliver_next(connection: BaseEmailBackend) -> bool | None:
    """Send the oldest message that is due and that nobody else is sending: whether it went.

    None when there is none, or when the connection is lost.
    """
    now = timezone.now()
    message = Message.objects.due(now).select_for_update(skip_locked=True, of=["self"]).first()
    if message is None:
        return None
    is_lost = False
    if message.expires_at and message.expires_at <= now:
        message.state, message.last_error = Message.State.FAILED, "it was useless by the time it could be sent"
    else:
        is_lost = send(message, connection, now)
    if message.is_sensitive and message.state != Message.State.QUEUED and not settings.DEMO:
        message.text = ""
    message.save()
    return None if is_lost else message.state == Message.State.SENT


def send(message: Message, connection: BaseEmailBackend, now: dt.datetime) -> bool:
    """Send it and note what came of it; whether the connection is lost."""
    message.n_attempts += 1
    try:
        as_email(message, connection).send()
    except Exception as error:
        logger.exception("Message %s was not sent", message.pk)
        connection.close()
        note_failure(message, error, now)
        return isinstance(error, OSError) and not isinstance(error, ABOUT_THE_MESSAGE)
    message.state, message.sent_at, message.last_error = Message.State.SENT, now, ""
    return False


def note_failure(message: Message, error: Exception, now: dt.datetime) -> None:
    message.last_error = f"{type(error).__name__}: {error}".replace("\0", "")[:300]
    if is_permanent(error) or message.n_attempts > len(WAITS):
        message.state = Message.State.FAILED
    else:
        message.due_at = now + WAITS[message.n_attempts - 1]


def is_permanent(error: Exception) -> bool:
    """Whether the server will never take this message; what it has against us, or our password, may pass."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _reason in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code in PERMANENT


def as_email(message: Message, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    email = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={"Auto-Submitted": "auto-generated", "Message-ID": f"<{message.message_id}@{DNS_NAME}>"},
        connection=connection,
    )
    email.attach_alternative(html_of(message), "text/html")
    return email
