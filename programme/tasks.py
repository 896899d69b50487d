"""What the worker does in the background. The database is the truth: a task that is lost or run twice does no harm."""

from celery import Task, shared_task
from django.core.management import call_command

from programme.actions import attempts, secrets, session_changes, waiting_lists


@shared_task(name="programme.serve_lines")
def serve_lines() -> None:
    """Seats that became free by somebody's hand in the database; everything else serves those who wait by itself."""
    waiting_lists.serve_lines()


@shared_task(name="programme.clear_sessions")
def clear_sessions() -> None:
    """Forget sign-ins that have expired, what anonymous visitors had typed with them, and old counts of attempts."""
    call_command("clearsessions")
    attempts.forget_old_counts()


@shared_task(name="programme.tell_of_guesses", base=Task)
def tell_of_guesses() -> None:
    """Write to those at whose accounts somebody guesses. A plain task: nothing that has a history changes."""
    attempts.tell_of_guesses()


@shared_task(name="programme.follow_changes")
def follow_changes() -> None:
    """Gather what was changed in the programme, and tell people of it."""
    session_changes.follow_changes()


@shared_task(name="programme.encrypt_secrets")
def encrypt_secrets() -> None:
    """Encrypt what lies in the clear, or under an older SECRET_KEY."""
    secrets.encrypt_secrets()
