"""What speakers say and do by their personal link: whether they come, what pages show of them, and their picture (decision 74)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.locks import lock_sessions_of
from programme.actions.speakers import lock_speaker, take_consent_back
from programme.actions.stored_files import SENTENCES, checked_kind
from programme.errors import ProgrammeError
from programme.models import Speaker, SpeakerPicture
from programme.rules.files import Problem
from programme.rules.portraits import KINDS, LARGEST_PORTRAIT, without_metadata
from programme.rules.portraits import Problem as PictureProblem

OF_PICTURES = SENTENCES | {
    Problem.TOO_LARGE: gettext_lazy("This picture is larger than 2 MB. Choose a smaller one."),
    Problem.OTHER: gettext_lazy("This is not a JPEG or PNG picture. Save it as one of these, and choose that."),
}
PICTURE_PROBLEMS = {
    PictureProblem.DAMAGED: gettext_lazy("This picture is damaged. Save it again, and choose that."),
    PictureProblem.SIZE: gettext_lazy("Choose a picture whose sides have 80 to 6,000 pixels."),
}


@dataclass(frozen=True)
class About:
    """What a speaker says about themselves."""

    name: str
    role: str
    organisation: str
    about: str


def lock_by_link(speaker: Speaker) -> Speaker:
    """Lock the speaker whom a personal link led to. Raises ProgrammeError if the link has ended since: the row may be another's."""
    locked = lock_speaker(speaker)
    if locked.link_hash != speaker.link_hash:
        raise ProgrammeError(_("This link no longer works. Ask the organisers for a new one."), code="link_ended")
    return locked


@transaction.atomic
def answer_as_speaker(*, speaker: Speaker, about: About, consents: bool, answers: Mapping[int, bool]) -> Speaker:
    """Save what a speaker answers: to which of their sessions they come (by primary key of `SessionSpeaker`), and whether they
    consent to be shown. Without consent no text and no picture is kept. Sessions that were taken from them meanwhile are left
    out. Raises ProgrammeError if the link has ended meanwhile.
    """
    locked, now = lock_by_link(speaker), timezone.now()
    lock_sessions_of(locked.sessions.all())
    locked.name, locked.role, locked.organisation, locked.about = (
        about.name,
        about.role,
        about.organisation,
        about.about,
    )
    if not consents:
        take_consent_back(locked)
    elif locked.consented_at is None:
        locked.consented_at = now
    locked.save(update_fields=["name", "role", "organisation", "about", "consented_at"])
    for row in locked.sessions.filter(pk__in=answers):
        comes = answers[row.pk]
        if comes and row.confirmed_at is None:
            row.confirmed_at, row.declined_at = now, None
        elif not comes and row.declined_at is None:
            row.confirmed_at, row.declined_at = None, now
        else:
            continue
        row.save(update_fields=["confirmed_at", "declined_at"])
    return locked


@transaction.atomic
def withdraw_consent(*, speaker: Speaker) -> bool:
    """Show a speaker no longer, and delete the picture and the text about them. Return whether they had consented."""
    locked = lock_speaker(speaker)
    had = locked.consented_at is not None
    take_consent_back(locked)
    locked.save(update_fields=["consented_at", "about"])
    return had


@transaction.atomic
def save_picture(*, speaker: Speaker, content: bytes) -> None:
    """Save a speaker's picture, without metadata. Raises ProgrammeError for a file that is none, with what to do."""
    kind = checked_kind(content, kinds=KINDS, largest=LARGEST_PORTRAIT, sentences=OF_PICTURES)
    cleaned = without_metadata(content, kind)
    if isinstance(cleaned, PictureProblem):
        raise ProgrammeError(PICTURE_PROBLEMS[cleaned], code=cleaned.value)
    lock_by_link(speaker)
    digest = hashlib.sha256(cleaned).hexdigest()[:32]
    values = {"digest": digest, "kind": kind.key, "content": cleaned}
    SpeakerPicture.objects.update_or_create(speaker=speaker, defaults=values)


@transaction.atomic
def remove_picture(*, speaker: Speaker) -> None:
    SpeakerPicture.objects.filter(speaker=speaker).delete()
