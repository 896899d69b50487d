"""Who may see what. The only place that decides it: returns the object, or answers 404."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from programme.models import Edition, Session, User

if TYPE_CHECKING:
    from programme.models.edition import EditionQuerySet
    from programme.models.session import SessionQuerySet

Visitor = User | AnonymousUser


def visible_edition(visitor: Visitor, slug: str, editions: "EditionQuerySet | None" = None) -> Edition:
    """A published edition; an unpublished one for organisers only. From `editions`, where a query has more to say."""
    if editions is None:
        editions = Edition.objects.all()
    edition = get_object_or_404(editions.select_related("venue"), slug=slug)
    if not edition.is_published and not is_allowed(visitor, "programme.view_edition"):
        raise Http404
    return edition


def visible_sessions(visitor: Visitor, edition: Edition) -> "SessionQuerySet":
    """The edition's published sessions; for organisers all of them."""
    sessions = Session.objects.filter(edition=edition)
    return sessions if is_allowed(visitor, "programme.view_session") else sessions.published()


def is_allowed(visitor: Visitor, permission: str) -> bool:
    """Whether somebody of the staff has the permission. Others have none, and cost no query to find out."""
    return visitor.is_staff and visitor.has_perm(permission)


def visible_session(visitor: Visitor, edition: Edition, slug: str) -> Session:
    session = get_object_or_404(visible_sessions(visitor, edition).with_place(), slug=slug)
    session.edition = edition
    return session
