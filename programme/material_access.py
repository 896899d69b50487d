"""Access to speakers and materials: as `access`, of which this is a part (decisions 74, 75)."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from programme.access import may_preview, staff_edition, visible_edition
from programme.models import Edition, Material, Session, SessionSpeaker, Speaker, SpeakerPicture
from programme.queries.participants import participation_of
from udtacademy.accounts.models import User, Visitor

SEES_MATERIALS = "programme.view_material"


def speaker_of_link(token: str) -> Speaker:
    """Return the speaker whose personal link it is."""
    return get_object_or_404(Speaker.objects.of_link(token).select_related("edition__venue"))


def own_session(speaker: Speaker, slug: str) -> Session:
    """Return a session that the speaker has confirmed."""
    row = get_object_or_404(speaker.sessions.select_related("session"), session__slug=slug, confirmed_at__isnull=False)
    row.session.edition = speaker.edition
    return row.session


def own_material(speaker: Speaker, token: str) -> Material:
    """Return a material that the speaker has uploaded."""
    return get_object_or_404(speaker.materials.select_related("session"), token=token)


def own_picture(speaker: Speaker) -> SpeakerPicture:
    """Return a speaker's picture, whether it is shown or not."""
    return get_object_or_404(SpeakerPicture, speaker=speaker)


def takes_part(visitor: Visitor, edition: Edition) -> bool:
    """Return whether the visitor is registered in the edition."""
    participant = participation_of(visitor, edition.slug) if isinstance(visitor, User) else None
    return participant is not None and participant.is_registered


def released_material(visitor: Visitor, edition_slug: str, token: str) -> Material:
    """Return a material of a published session that participants see by now; for organisers also another one.

    Whoever is not signed in gets it as well, if it is not for everybody: the view asks them to sign in.
    """
    edition = visible_edition(visitor, edition_slug)
    material = get_object_or_404(Material.objects.filter(edition=edition).select_related("session"), token=token)
    material.session.edition = edition
    if may_preview(visitor, edition.pk, SEES_MATERIALS):
        return material
    sees_all = visitor.is_anonymous or takes_part(visitor, edition)
    if not material.session.is_published or not material.is_visible(timezone.now(), is_participant=sees_all):
        raise Http404
    return material


def shown_picture(visitor: Visitor, edition_slug: str, digest: str) -> tuple[Edition, SpeakerPicture]:
    """Return the picture of a speaker whom a session shows that the visitor sees."""
    edition = visible_edition(visitor, edition_slug)
    shown = SessionSpeaker.objects.shown().filter(edition=edition)
    if not may_preview(visitor, edition.pk, "programme.view_session"):
        shown = shown.filter(session__is_published=True)
    pictures = SpeakerPicture.objects.filter(speaker__in=shown.order_by().values("speaker"), digest=digest)
    picture = pictures.first()
    if picture is None:
        raise Http404
    return edition, picture


def staff_speaker(visitor: Visitor, slug: str, pk: int, permission: str) -> Speaker:
    """Return a speaker of an edition for staff, as `staff_edition`."""
    edition = staff_edition(visitor, slug, permission)
    speaker = get_object_or_404(edition.speakers, pk=pk)
    speaker.edition = edition
    return speaker


def staff_row(visitor: Visitor, slug: str, pk: int) -> SessionSpeaker:
    """Return a speaker of a session of an edition, for staff who may change speakers, as `staff_edition`."""
    edition = staff_edition(visitor, slug, "programme.change_speaker")
    rows = SessionSpeaker.objects.filter(edition=edition).select_related("session", "speaker")
    row = get_object_or_404(rows, pk=pk)
    row.session.edition = row.speaker.edition = edition
    return row


def staff_material(visitor: Visitor, slug: str, pk: int, permission: str) -> Material:
    """Return a material of an edition for staff, as `staff_edition`."""
    edition = staff_edition(visitor, slug, permission)
    material = get_object_or_404(edition.materials.select_related("session", "speaker"), pk=pk)
    material.session.edition = edition
    return material
