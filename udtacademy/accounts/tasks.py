"""What the worker does about accounts. The database is the truth: a task that is lost or run twice does no harm."""

from celery import Task, shared_task
from django.core.management import call_command

from udtacademy.accounts import attempts


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Forget sign-ins that have expired, what anonymous visitors had typed with them, and old counts of attempts."""
    call_command("clearsessions")
    attempts.forget_old_counts()


@shared_task(name="accounts.tell_of_guesses", base=Task)
def tell_of_guesses() -> None:
    """Write to those at whose accounts somebody guesses. A plain task: nothing that has a history changes."""
    attempts.tell_of_guesses()
