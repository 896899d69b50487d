"""Tasks about accounts. The database is the truth: a task that is lost or run twice does no harm."""

from celery import Task, shared_task
from django.core.management import call_command

from udtacademy.accounts import attempts


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete expired sessions, with the answers anonymous visitors had typed, and old counts of attempts."""
    call_command("clearsessions")
    attempts.forget_old_counts()


@shared_task(name="accounts.tell_of_guesses", base=Task)
def tell_of_guesses() -> None:
    """Warn the owners of accounts at which somebody guesses. A plain task: nothing with a history changes."""
    attempts.tell_of_guesses()
