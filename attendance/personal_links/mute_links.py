"""Personal links that switch off reminders of optional sessions. They work without signing in, and do nothing else."""

from django.core import signing
from django.urls import reverse

from programme.calendars.files import absolute
from programme.models import Participant

SALT = "attendance.mute"


def mute_link(participant: Participant) -> str:
    """Return an absolute link without a name."""
    return absolute(reverse("attendance:mute", args=[signing.dumps(participant.pk, salt=SALT)]))


def read(key: str) -> int | None:
    """Return the participant's primary key; None for a key that is not ours."""
    try:
        return int(signing.loads(key, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None
