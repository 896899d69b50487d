"""Links from a session's page in the admin to what happens there."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import access
from attendance.queries.sessions import has_door
from attendance.queries.sign_in_sheets import ticked_from
from programme.models import Session
from programme.panels import PageLink
from udtacademy.accounts.models import User


def session_links(user: User, session: Session) -> Iterator[PageLink]:
    """Yield the pages about a session that people attend, as far as the user may open them."""
    if session.is_break or session.is_cancelled or not session.starts_at:
        return
    slugs = [session.edition.slug, session.slug]
    if user.has_perm(access.SEE):
        yield PageLink(_("Live view"), reverse("attendance-staff:live", args=slugs))
        if session.is_core and session.is_over(timezone.now()):
            yield PageLink(_("Who is missing"), reverse("attendance-staff:missing", args=slugs))
    if has_door(session) and session.is_published:
        yield from door_links(user, session)
    if user.has_perm(access.REPORT):
        yield PageLink(_("Meeting reports"), reverse("attendance-staff:reports", args=slugs[:1]))
    if user.has_perm(access.SEE_REMINDERS):
        yield PageLink(_("Reminders"), reverse("attendance-staff:reminders", args=slugs[:1]))


def door_links(user: User, session: Session) -> Iterator[PageLink]:
    """Yield the pages about a session in person that prepare its day, or are used at its door."""
    slugs = [session.edition.slug, session.slug]
    if user.has_perm(access.CHECK_IN):
        yield PageLink(_("Check-in"), reverse("attendance:check-in-session", args=slugs))
        yield PageLink(_("Sign-in sheet (PDF)"), reverse("attendance-staff:sign-in-sheet", args=slugs))
        if (opens_at := ticked_from(session)) and opens_at <= timezone.now():
            yield PageLink(_("Tick the sign-in sheet"), reverse("attendance-staff:tick-list", args=slugs))
    if user.has_perm(access.SET_ROOM_SCREEN):
        yield PageLink(_("Room screen"), reverse("attendance-staff:room-screen", args=slugs))
    if user.has_perm(access.SET_KIOSKS):
        kiosks = reverse("attendance-staff:kiosks", args=slugs[:1])
        yield PageLink(_("Kiosks"), f"{kiosks}?{urlencode({'door': session.slug})}")
