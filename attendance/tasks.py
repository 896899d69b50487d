"""Background tasks. Each may run twice without harm."""

from celery import shared_task

from attendance.actions import chasers, reminders, retention


@shared_task(name="attendance.send_reminders", throws=(reminders.RemindersLockedError,))
def send_reminders() -> None:
    """Send the reminders that are due. A failure while another process does it, so that /readyz warns if that lasts."""
    reminders.send_due_reminders()


@shared_task(name="attendance.send_chasers")
def send_chasers() -> None:
    chasers.send_chasers()


@shared_task(name="attendance.delete_unmatched_people")
def delete_unmatched_people() -> None:
    """Delete unmatched people and files of old meeting reports."""
    retention.delete_unmatched_people()


@shared_task(name="attendance.send_digests")
def send_digests() -> None:
    chasers.send_digests()
