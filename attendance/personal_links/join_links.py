"""Personal links to a session's join page. They work without signing in, and open nothing else."""

from django.core import signing
from django.urls import reverse

from programme.calendars.files import absolute
from programme.models import Participant, Session

SALT = "attendance.join"


def join_link(participant: Participant, session: Session) -> str:
    """Return an absolute link without a name. It works while joining is open and the person is registered."""
    key = signing.dumps([participant.pk, session.pk], salt=SALT)
    return absolute(f"{reverse('attendance:join', args=[session.edition.slug, session.slug])}?key={key}")


def read(key: str) -> tuple[int, int] | None:
    """Return the primary keys of the participant and the session; None for a key that is not ours."""
    try:
        participant_pk, session_pk = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return participant_pk, session_pk
