"""Messages into the outbox and out of it: written, tried again, held back, emptied. `delivery` sends them."""

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
    lasts: dt.timedelta | None = None,
) -> Message:
    """Put an e-mail into the outbox, in the caller's transaction; once that is committed a worker is told.

    Once it has waited for as long as it `lasts` it is not sent any more.
    """
    message = message_of(
        to=to,
        kind=kind,
        subject=subject,
        text=text,
        user=user,
        reply_to=reply_to,
        is_sensitive=is_sensitive,
        expires_at=timezone.now() + lasts if lasts else None,
    )
    post([message])
    return message


def message_of(*, subject: str, calendars: Sequence[CalendarFile] = (), **values: Any) -> Message:
    """A message with a subject of one line and the bytes of the whole e-mail; not saved."""
    message = Message(subject=" ".join(subject.split())[:LONGEST_SUBJECT], **values)
    message.content = content_of(message, html_of(message), calendars)
    return message


def post(messages: Sequence[Message], *, is_once: bool = False) -> None:
    """Put messages into the outbox, in the caller's transaction; once that is committed a worker is told.

    `is_once`: those whose `dedupe_key` is there already are left out, without an error.
    """
    Message.objects.bulk_create(messages, batch_size=500, ignore_conflicts=is_once)
    for message in messages:
        for record in message.records:
            record.message = message  # type: ignore[attr-defined]
    save_records([record for message in messages for record in message.records])
    demo.keep(messages)
    if messages and nudge not in [waiting[1] for waiting in connection.run_on_commit]:  # once for a transaction
        transaction.on_commit(nudge, robust=True)


def save_records(records: Sequence[Model]) -> None:
    for model in {type(record) for record in records}:
        model._default_manager.bulk_create([row for row in records if type(row) is model], batch_size=1000)


def nudge() -> None:
    """Tell a worker that there is something to deliver. Beat does so regularly: nothing is lost without it."""
    ask_for(deliver_messages)


def ask_for(task: "Task[..., None]") -> None:
    """Ask a worker for what beat asks for regularly, too: nothing is lost where the broker is away."""
    try:
        task.apply_async(retry=False)
    except (BrokerError, OSError):
        logger.warning("The broker is away; e-mails wait until beat asks for %s", task.name)


@transaction.atomic
def retry_message(*, message: Message) -> bool:
    """Try it again now, also one that failed or was cancelled. Whether that changed something.

    Raises AcademyError where its words are gone.
    """
    locked = Message.objects.select_for_update(of=["self"]).get(pk=message.pk)
    if locked.state == Message.State.SENT or locked.lease:
        return False
    if locked.state == Message.State.OUTDATED:
        raise AcademyError(_("It does not hold any more. What does is told by another e-mail, by itself."))
    if not has_words(locked):
        raise AcademyError(_("Its words are not kept any more. Do again what wrote it."))
    locked.state, locked.due_at, locked.n_attempts = Message.State.QUEUED, timezone.now(), 0
    locked.save(update_fields=["state", "due_at", "n_attempts"])
    transaction.on_commit(nudge, robust=True)
    return True


def has_words(message: Message) -> bool:
    """Whether there is something to send, and it can be read."""
    try:
        return bool(message.text)
    except UnreadableError:
        return False


@transaction.atomic
def cancel_message(*, message: Message) -> bool:
    """Do not send it. Whether that changed something: what is being sent, or went, is not held up any more."""
    locked = Message.objects.select_for_update(of=["self"]).get(pk=message.pk)
    if locked.state != Message.State.QUEUED or locked.lease:
        return False
    locked.state = Message.State.CANCELLED
    locked.save(update_fields=["state"])
    return True
