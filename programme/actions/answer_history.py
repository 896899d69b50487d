"""Delete what the history says of answers: of a question, or of a person who was removed.

The history's triggers keep what a row had before it was deleted, so this comes after the deletion, in its transaction.
"""

from django.apps import apps

from programme.models import Participant, Question

EMPTY = {  # what somebody answered, in columns of the participant that are in the history
    **dict.fromkeys(("job_title", "department", "hopes", "state_reason"), ""),
    "expo_pass": Participant.ExpoPass.NOT_ASKED,
    **dict.fromkeys(("photo_consent", "arrives_at", "leaves_at")),
}


def erase_history(question: Question) -> None:
    """Delete what the history says of the answers to a question."""
    for model in ("AnswerEvent", "ApplicationAnswerEvent"):
        apps.get_model("programme", model).objects.filter(question=question.pk, value__isnull=False).delete()


def erase_answers_in_history(participant: int) -> None:
    """Delete what the history says of the answers of a participant (primary key) who was removed, and whether they come.

    When they were registered, and by whom, stays.
    """
    for model in ("AnswerEvent", "ComingAnswerEvent"):
        apps.get_model("programme", model).objects.filter(participant=participant).delete()
    apps.get_model("programme", "ParticipantEvent").objects.filter(pgh_obj=participant).update(**EMPTY)
