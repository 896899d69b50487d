"""Personal links to the questions about a session. They work without signing in, and open nothing else."""

from django.core import signing
from django.urls import reverse

from programme.models import Participant, Session

SALT = "attendance.feedback"


def feedback_path(participant: Participant, session: Session) -> str:
    """Return a path without a name. The form opens while people can answer, to those who were there."""
    return reverse("attendance:feedback", args=[signing.dumps([participant.pk, session.pk], salt=SALT)])


def read(key: str) -> tuple[int, int] | None:
    """Return the primary keys of the participant and the session; None for a key that is not ours."""
    try:
        participant_pk, session_pk = signing.loads(key, salt=SALT)
        return int(participant_pk), int(session_pk)
    except (signing.BadSignature, ValueError, TypeError):
        return None
