"""Tasks of the outbox. Messages are rows: a task that is lost or run twice does no harm."""

from celery import Task, shared_task
from django.utils import timezone

from udtacademy.outbox.delivery import deliver_messages as deliver
from udtacademy.outbox.models import Message


@shared_task(name="outbox.deliver_messages", base=Task)
def deliver_messages() -> None:
    """Send the messages that are due. The mailer runs it. A plain task: a history context would cost as much as sending."""
    deliver()


@shared_task(name="outbox.empty_messages")
def empty_messages() -> None:
    """Remove the text of messages created more than MESSAGES_KEPT_DAYS ago."""
    Message.objects.to_empty(timezone.now()).update(text="", content=b"")
