"""Add messages to the outbox, retry and cancel them. `delivery` sends them."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from udtacademy.db.encryption import UnreadableError
from udtacademy.errors import AcademyError
from udtacademy.outbox import demo
from udtacademy.outbox.mime import CalendarFile, content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of
from udtacademy.outbox.tasks import deliver_messages

if TYPE_CHECKING:
    from celery import Task

logger = logging.getLogger(__name__)

LONGEST_SUBJECT = 200


def queue_text(
    *,
    to: str,
    kind: str,
    subject: str,
    text: str,
    user: AbstractBaseUser | None = None,
    reply_to: str = "",
    is_sensitive: bool,
    is_urgent: bool = False,
    lasts: dt.timedelta | None = None,
) -> Message:
    """Compose an email and queue it in the caller's transaction. A worker is asked to send it after the commit.

    `is_urgent`: somebody waits for it, so it is sent before others. `lasts`: how long after now it may still be sent.
    """
    message = message_of(
        to=to,
        kind=kind,
        subject=subject,
        text=text,
        user=user,
        reply_to=reply_to,
        is_sensitive=is_sensitive,
        is_urgent=is_urgent,
        expires_at=timezone.now() + lasts if lasts else None,
    )
    post([message])
    return message


def message_of(*, subject: str, calendars: Sequence[CalendarFile] = (), **values: Any) -> Message:
    """Return a message, not saved, with a subject of one line; with calendar files also with the complete email as bytes."""
    message = Message(subject=" ".join(subject.split())[:LONGEST_SUBJECT], **values)
    if calendars:  # otherwise it is built from the text when it is sent
        message.content = content_of(message, html_of(message), calendars)
    return message


def post(messages: Sequence[Message], *, is_once: bool = False, by: AbstractBaseUser | None = None) -> None:
    """Queue messages in the caller's transaction. A worker is asked to send them after the commit.

    `is_once`: leave out messages whose `dedupe_key` exists already, without an error. `by`: who sends them by hand, so that they do not wait for the morning.
    """
    for message in messages:
        message.sent_by_id = by.pk if by else None
        if by:
            message.leaves_at = None
    Message.objects.bulk_create(messages, batch_size=500, ignore_conflicts=is_once)
    for message in messages:
        for record in message.records:
            record.message = message  # type: ignore[attr-defined]
    save_records([record for message in messages for record in message.records])
    demo.keep(messages)
    if messages and ask_for_delivery not in [waiting[1] for waiting in connection.run_on_commit]:  # once a transaction
        transaction.on_commit(ask_for_delivery, robust=True)


def save_records(records: Sequence[Model]) -> None:
    for model in {type(record) for record in records}:
        model._default_manager.bulk_create([row for row in records if type(row) is model], batch_size=1000)


def ask_for_delivery() -> None:
    """Ask a worker to deliver messages."""
    ask_for(deliver_messages)


def ask_for(task: "Task[..., None]", *, after: float = 0) -> None:
    """Start a task that beat also starts regularly, so that nothing is lost if the broker is unreachable. `after`: in so many seconds."""
    try:
        task.apply_async(retry=False, countdown=after)
    except (BrokerError, OSError):
        logger.warning("The broker is unreachable: %s waits until beat starts it", task.name)


@transaction.atomic
def retry_message(*, message: Message) -> bool:
    """Queue a message to be sent now, even if it failed or was cancelled. Return whether that changed anything.

    Raises AcademyError if it is out of date or its text is no longer stored.
    """
    locked = Message.objects.select_for_update(of=["self"]).get(pk=message.pk)
    if locked.state == Message.State.SENT or locked.lease:
        return False
    if locked.state == Message.State.OUTDATED:
        raise AcademyError(
            _(
                "This message is out of date. Anything that still has to be said is sent automatically in another message."
            ),
            code="message_outdated",
        )
    if not has_text(locked):
        raise AcademyError(
            _("The text of this message is no longer stored. Repeat the action that created it."), code="text_erased"
        )
    locked.state, locked.due_at, locked.n_attempts = Message.State.QUEUED, timezone.now(), 0
    locked.leaves_at = None
    locked.save(update_fields=["state", "due_at", "n_attempts", "leaves_at"])
    transaction.on_commit(ask_for_delivery, robust=True)
    return True


def has_text(message: Message) -> bool:
    """Return whether the text is stored and can be decrypted."""
    try:
        return bool(message.text)
    except UnreadableError:
        return False


@transaction.atomic
def cancel_message(*, message: Message) -> bool:
    """Cancel a queued message. Return whether that changed anything: one being sent, or sent, cannot be cancelled."""
    locked = Message.objects.select_for_update(of=["self"]).get(pk=message.pk)
    if locked.state != Message.State.QUEUED or locked.lease:
        return False
    locked.state = Message.State.CANCELLED
    locked.save(update_fields=["state"])
    return True
