"""What the worker does in the background. Each task may run twice without harm."""

from celery import shared_task

from attendance.actions import chasers, reminders, retention


@shared_task(name="attendance.send_reminders")
def send_reminders() -> None:
    reminders.send_due_reminders()


@shared_task(name="attendance.send_chasers")
def send_chasers() -> None:
    chasers.send_chasers()


@shared_task(name="attendance.forget_strangers")
def forget_strangers() -> None:
    """Delete unmatched people of old meeting reports, and the files."""
    retention.forget_strangers()


@shared_task(name="attendance.send_digests")
def send_digests() -> None:
    chasers.send_digests()
