"""The pages of the footer: privacy notice, accessibility statement, legal notice. In an edition's own words, or in ours."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from programme import access
from programme.forms.privacy_notice import notice_rows
from programme.models import Edition
from programme.queries.published_programme import PublishedProgramme, published_programme
from programme.views.public import VisitorKind, public_page
from udtacademy.personal_data import record_of_processing

TITLES = {
    "privacy": _("Privacy notice"),
    "accessibility": _("Accessibility statement"),
    "legal": _("Legal notice"),
}


@require_safe
def page_text(request: HttpRequest, edition_slug: str, name: str) -> HttpResponse:
    def page(_kind: VisitorKind) -> HttpResponse:
        return text_page(request, name, access.visible_programme(request.user, edition_slug))

    return public_page(request, edition_slug, page)


@require_safe
def page_text_of_site(request: HttpRequest, name: str) -> HttpResponse:
    """Show the text of the current edition, where there is one: for pages that belong to none, such as signing in."""
    edition = Edition.objects.current(timezone.now())
    return text_page(request, name, published_programme(edition.slug) if edition else None)


def text_page(request: HttpRequest, name: str, programme: PublishedProgramme | None) -> HttpResponse:
    edition = programme.edition if programme else None
    context = {
        "edition": edition,
        "title": TITLES[name],
        "text": getattr(edition, f"{name}_text") if edition else "",
        "default": f"programme/_{name}.html",
        "other": other_to_write_to(edition) if edition else None,
        "answers": notice_rows(programme) if name == "privacy" else (),
        "processing": record_of_processing() if name == "privacy" else (),
        "host": settings.SITE_URL,
        "sessions_end_days": settings.SESSION_COOKIE_AGE // (24 * 60 * 60),
        "unmatched_days": settings.UNMATCHED_KEPT_DAYS,
        "messages_days": settings.MESSAGES_KEPT_DAYS,
        "reports_errors": bool(settings.SENTRY_DSN),
    }
    return render(request, "programme/page_text.html", context)


def other_to_write_to(edition: Edition) -> Edition | None:
    """Return the current edition if this one gives no address, and the current one does. One query for such an edition."""
    if edition.contact_email:
        return None
    current = Edition.objects.current(timezone.now())
    return current if current and current.contact_email else None
