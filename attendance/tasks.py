"""Background tasks. Each may run twice without harm."""

from celery import shared_task

from attendance.actions import (
    certificate_files,
    certificate_runs,
    chasers,
    platform_events,
    platform_polls,
    reminders,
    report_pulls,
    retention,
    seal_emails,
    seals,
    ways_in,
)


@shared_task(name="attendance.send_reminders", throws=(reminders.RemindersLockedError,))
def send_reminders() -> None:
    """Send the reminders that are due. A failure while another process does it, so that /readyz warns if that lasts."""
    reminders.send_due_reminders()


@shared_task(name="attendance.send_chasers")
def send_chasers() -> None:
    chasers.send_chasers()


@shared_task(name="attendance.delete_unmatched_people")
def delete_unmatched_people() -> None:
    """Delete unmatched people, files of old meeting reports, texts of platforms' events, and people's own links."""
    retention.delete_unmatched_people()
    retention.delete_unmatched_in_meetings()
    retention.forget_ways_in()


@shared_task(name="attendance.read_events")
def read_events() -> None:
    """Make attendance of what meeting platforms reported. Webhooks ask for it, and beat."""
    platform_events.read_events()


@shared_task(name="attendance.poll_meetings")
def poll_meetings() -> None:
    """Ask platforms without webhooks who is in the meetings of running sessions."""
    platform_polls.poll_meetings()


@shared_task(name="attendance.make_ways_in")
def make_ways_in() -> None:
    """Register participants of sessions that begin soon, so that each has a link of their own."""
    ways_in.make_ways_in()


@shared_task(name="attendance.pull_reports")
def pull_reports() -> None:
    """Fetch the reports of sessions that are over, where a platform gives them."""
    report_pulls.pull_reports()


@shared_task(name="attendance.send_digests")
def send_digests() -> None:
    """Email organisers how the cities stand, on Mondays, and each day's seal."""
    chasers.send_digests()
    seal_emails.send_seals()


@shared_task(name="attendance.seal_records")
def seal_records() -> None:
    """Seal what was recorded about attendance since the last time."""
    seals.seal_records()


@shared_task(name="attendance.make_certificates")
def make_certificates() -> None:
    """Issue the certificates that organisers asked for together. Their files are another task: neither holds up the other."""
    certificate_runs.continue_runs()


@shared_task(name="attendance.make_certificate_files")
def make_certificate_files() -> None:
    """Make the files of certificates that have none."""
    certificate_files.make_files()
