"""Materials of sessions: adding, changing and removing them, and asking speakers for them (decision 75)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.speakers import lock_speaker, send_link
from programme.actions.stored_files import delete_lost_files, discard_file, kind_of_any, known_files, put_file
from programme.errors import ProgrammeError
from programme.models import Material, Session, SessionSpeaker
from programme.models.material import MATERIAL_FOLDER
from udtacademy.accounts.models import User

MOST_MATERIALS = 30  # of a session
SECOND_CLICK = dt.timedelta(seconds=30)  # so long the same material is one
ASKED_ONCE_WITHIN = dt.timedelta(hours=1)


def add_material(*, material: Material, content: bytes | None, name: str) -> Material:
    """Save a new material with its file, or without one if it is a link.

    Raises ProgrammeError for a file that is not taken, with what to do; if it cannot be stored; and if the session has
    MOST_MATERIALS. Nothing stays stored then. The same sent twice in a row is one.
    """
    if content is None:
        return save_material(material)
    put_file(material, content, name, kind_of_any(content))
    try:
        present = save_material(material)
    except ProgrammeError:
        discard_file(material)
        raise
    if present != material:
        discard_file(material)
    return present


@transaction.atomic
def save_material(material: Material) -> Material:
    """Save the row of a new material. Return it, or the same that has just been sent."""
    Session.objects.select_for_update(of=["self"], no_key=True).get(pk=material.session_id)
    present = Material.objects.filter(session=material.session_id)
    same = {it: getattr(material, it) for it in ("title", "url", "name", "size", "kind", "speaker_id", "added_by_id")}
    if just_sent := present.filter(**same, added_at__gt=timezone.now() - SECOND_CLICK).first():
        return just_sent
    if present.count() >= MOST_MATERIALS:
        sentence = _("This session has %(n)s materials already. Remove one first, or put several into one file.")
        raise ProgrammeError(sentence % {"n": MOST_MATERIALS}, code="too_many_materials")
    material.save()
    return material


@transaction.atomic
def change_material(*, material: Material) -> None:
    """Save what was changed of a material. Its file stays: another file is another material."""
    material.save(update_fields=["title", "what", "url", "licence", "audience", "release", "released_on"])


@transaction.atomic
def remove_material(*, material: Material) -> bool:
    """Delete a material with its file. Return whether it was still there."""
    deleted = Material.objects.filter(pk=material.pk).delete()[0]
    return bool(deleted)


@transaction.atomic
def ask_for_materials(*, session: Session, by: User) -> int:
    """Email the speakers who came to a session that is over, and ask for its materials. Return how many were asked.

    Those asked within the last hour are left out. Raises ProgrammeError if there is nobody to ask, or if there are materials.
    """
    if session.materials.exists():
        raise ProgrammeError(_("This session has materials by now."), code="has_materials")
    rows = list(session.speakers.filter(confirmed_at__isnull=False).select_related("speaker").order_by("speaker"))
    if not rows:
        raise ProgrammeError(
            _("Nobody has confirmed to speak at this session, so add its materials yourself."), code="no_speakers"
        )
    return sum(ask_one(row, session, by) for row in rows)


def ask_one(row: SessionSpeaker, session: Session, by: User) -> bool:
    speaker, now = lock_speaker(row.speaker), timezone.now()
    if speaker.asked_for_materials_at and speaker.asked_for_materials_at > now - ASKED_ONCE_WITHIN:
        return False
    row.session, row.speaker = session, speaker
    send_link(speaker, "materials_wanted", [row], by)
    speaker.asked_for_materials_at = now
    speaker.save(update_fields=["asked_for_materials_at", "message"])
    return True


def delete_lost_materials() -> int:
    """Delete what the storage has of materials and no row refers to. Return how many. Idempotent."""
    return delete_lost_files(MATERIAL_FOLDER, known_files(Material))
