"""Identities by which meeting platforms know participants: a number and a signature, no name. They let nobody in here."""

from django.core import signing

from programme.models import Participant

PREFIX = "udt-"
SALT = "attendance.platform"


def own_id(participant: Participant) -> str:
    """Return what a platform is told instead of an account: the same at every session."""
    return PREFIX + signing.Signer(salt=SALT, sep=".").sign(str(participant.pk))


def read(text: str) -> int | None:
    """Return the participant's primary key; None for an identity that is not ours."""
    try:
        return int(signing.Signer(salt=SALT, sep=".").unsign(text.removeprefix(PREFIX)))
    except (signing.BadSignature, ValueError):
        return None
