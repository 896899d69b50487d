"""Personal links that end reminders of optional sessions: they work without signing in, and do nothing else."""

from django.core import signing
from django.urls import reverse

from programme.calendars.files import absolute
from programme.models import Participant

SALT = "attendance.mute"


def mute_link(participant: Participant) -> str:
    """Absolute; it names nobody."""
    return absolute(reverse("attendance:mute", args=[signing.dumps(participant.pk, salt=SALT)]))


def read(key: str) -> int | None:
    """The participant's number; None when it is not one of ours."""
    try:
        return int(signing.loads(key, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None
