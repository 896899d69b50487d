"""Tasks of the outbox. Messages are rows: a task that is lost or run twice does no harm."""

from celery import Task, shared_task
from django.utils import timezone

from udtacademy.outbox.delivery import deliver_messages as deliver
from udtacademy.outbox.models import KEPT, Message, ReturnedMail, StoppedAddress
from udtacademy.outbox.returns.collecting import read_mailbox


@shared_task(name="outbox.deliver_messages", base=Task)
def deliver_messages() -> None:
    """Send the messages that are due. The mailer runs it. A plain task: a history context would cost as much as sending."""
    deliver()


@shared_task(name="outbox.read_returned_mail", soft_time_limit=150, time_limit=180)
def read_returned_mail() -> None:
    """Read what came back into the mailbox, if there is one (decision 0054)."""
    read_mailbox()


@shared_task(name="outbox.empty_messages")
def empty_messages() -> None:
    """Remove the text of messages created more than MESSAGES_KEPT_DAYS ago, and what servers said about them.

    Also the addresses that were stopped before that: they are tried again.
    """
    now = timezone.now()
    Message.objects.to_empty(now).update(text="", content=b"")
    ReturnedMail.objects.filter(received_at__lt=now - KEPT).exclude(answer="").update(answer="")
    StoppedAddress.objects.filter(stopped_at__lt=now - KEPT).delete()
