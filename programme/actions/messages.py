"""Delivering what lies in the outbox."""

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from programme.emails import html_of
from programme.models import Message

logger = logging.getLogger(__name__)

WAITS = [dt.timedelta(minutes=n) for n in (1, 5, 15, 60, 240, 720)]  # after each attempt that failed
PERMANENT = range(500, 600)  # SMTP: the server will not take it, ever (RFC 5321, 4.2.1)


def deliver_messages() -> int:
    """Send what is due, one message after the other over one connection; the number sent.

    A message is locked while it is sent, so that several workers share the work. What fails is tried again later;
    nothing is raised.
    """
    connection = get_connection()
    n_sent = 0
    try:
        while (is_sent := deliver_next(connection)) is not None:
            n_sent += is_sent
    finally:
        connection.close()
    return n_sent


@transaction.atomic
def deliver_next(connection: BaseEmailBackend) -> bool | None:
    """Send the oldest message that is due and that nobody else is sending: whether it went; None when there is none."""
    now = timezone.now()
    message = Message.objects.due(now).select_for_update(skip_locked=True, of=["self"]).first()
    if message is None:
        return None
    message.n_attempts += 1
    try:
        as_email(message, connection).send()
    except Exception as error:
        logger.exception("Message %s was not sent", message.pk)
        connection.close()
        note_failure(message, error, now)
    else:
        message.state, message.sent_at, message.last_error = Message.State.SENT, now, ""
        if message.is_sensitive and not settings.DEMO:
            message.text = ""
    message.save()
    return message.state == Message.State.SENT


def note_failure(message: Message, error: Exception, now: dt.datetime) -> None:
    message.last_error = f"{type(error).__name__}: {error}".replace("\0", "")[:300]
    if is_permanent(error) or message.n_attempts > len(WAITS):
        message.state = Message.State.FAILED
    else:
        message.due_at = now + WAITS[message.n_attempts - 1]


def is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _reason in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in PERMANENT


def as_email(message: Message, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    email = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={"Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    email.attach_alternative(html_of(message), "text/html")
    return email
