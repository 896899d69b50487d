"""Celery tasks. What has to be done is in the database, so that a task lost or run twice does no harm."""

import logging
from collections.abc import Callable

from celery import shared_task

from programme.actions import (
    action_plan_files,
    answer_files,
    answer_retention,
    application_decisions,
    application_retention,
    campaign_sending,
    city_waiting_lists,
    coming_emails,
    invitation_reminders,
    materials,
    plan_mails,
    question_reminders,
    registration_drafts,
    session_changes,
    speakers,
    waiting_lists,
)

logger = logging.getLogger(__name__)


def run_all(*steps: Callable[[], object]) -> None:
    """Run each step, also if one before it failed. Raises an ExceptionGroup of what failed."""
    errors = []
    for step in steps:
        try:
            step()
        except Exception as error:
            logger.exception("A step of a task failed: %s", step.__name__)
            errors.append(error)
    if errors:
        msg = "Some steps failed"
        raise ExceptionGroup(msg, errors)


@shared_task(name="programme.serve_waiting_lists")
def serve_waiting_lists() -> None:
    """Serve the waiting lists of cities and of sessions, in case room was made by hand in the database."""
    city_waiting_lists.serve_all_cities()
    waiting_lists.serve_waiting_lists()


@shared_task(name="programme.follow_changes")
def follow_changes() -> None:
    """Gather changes of the programme, and send the notices that are due."""
    session_changes.follow_changes()


@shared_task(name="programme.remind_invited")
def remind_invited() -> None:
    """Remind people who have not used their invitation for a week, and speakers who have not answered theirs."""
    run_all(invitation_reminders.send_due_reminders, speakers.remind_speakers)


@shared_task(name="programme.ask_who_comes")
def ask_who_comes() -> None:
    """Ask people whether they still come to the days in person."""
    coming_emails.ask_who_comes()


@shared_task(name="programme.remind_of_questions")
def remind_of_questions() -> None:
    """Remind people of questions that were added after they registered, and tell cities of steps whose due dates have moved."""
    run_all(question_reminders.remind_of_questions, plan_mails.tell_moved_dues)


@shared_task(name="programme.delete_due_answers")
def delete_due_answers() -> None:
    """Delete personal and sensitive answers whose time has come, and protect those that became sensitive.

    Also delete what is personal in applications of cities that came to nothing, old drafts, files that are no answer, and
    speakers without a session.
    """
    run_all(
        answer_retention.delete_due_answers,
        application_retention.empty_applications,
        registration_drafts.delete_old_drafts,
        answer_files.delete_unused_files,
        action_plan_files.delete_lost_plan_files,
        materials.delete_lost_materials,
        speakers.delete_speakers_without_session,
    )


@shared_task(name="programme.tell_applicants")
def tell_applicants() -> None:
    """Tell those who applied for their city what was decided, once it can no longer be undone."""
    application_decisions.tell_decisions()


@shared_task(name="programme.send_campaigns")
def send_campaigns() -> None:
    """Send the campaigns that are due, and go on with those that were interrupted."""
    campaign_sending.send_due_campaigns()
