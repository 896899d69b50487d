"""What the worker does in the background. The database is the truth: a task that is lost or run twice does no harm."""

from celery import shared_task

from programme.actions import session_changes, waiting_lists


@shared_task(name="programme.serve_waiting_lists")
def serve_waiting_lists() -> None:
    """Seats that became free by somebody's hand in the database; everything else serves those who wait by itself."""
    waiting_lists.serve_waiting_lists()


@shared_task(name="programme.follow_changes")
def follow_changes() -> None:
    """Gather what was changed in the programme, and tell people of it."""
    session_changes.follow_changes()
