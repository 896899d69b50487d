"""Personal links to a session's join page: they work without signing in, and lead nowhere else."""

from django.core import signing
from django.urls import reverse

from programme.calendars.files import absolute
from programme.models import Participant, Session

SALT = "attendance.join"


def join_link(participant: Participant, session: Session) -> str:
    """Absolute. Of use while joining is open and the person registered; it names nobody."""
    key = signing.dumps([participant.pk, session.pk], salt=SALT)
    return absolute(f"{reverse('attendance:join', args=[session.edition.slug, session.slug])}?key={key}")


def read(key: str) -> tuple[int, int] | None:
    """The numbers of the participant and the session that a link was made for; None when it is not one of ours."""
    try:
        participant_pk, session_pk = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return participant_pk, session_pk
