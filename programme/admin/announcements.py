"""A session's page of announcements: what each person was last told about it, when and by which email, and what is due."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from programme.access import is_allowed
from programme.models import Announcement, Notice, Session
from programme.panels import SESSION_PAGES, PageLink
from programme.queries.announcements import news_to_tell
from programme.queries.session_changes import GATHERED_FOR, SessionChange, counted
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Session]
else:
    Base = object

PEOPLE_PER_PAGE = 100


class AnnouncementsPage(Base):
    """Mixin of SessionAdmin with the page of announcements."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.announcements)
        return [path("<int:pk>/announcements/", page, name="programme_session_announcements"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        session = kwargs.get("obj")
        if session:
            user = signed_in(request)
            context["page_links"] = [
                *links_of(user, session),
                *(link for links in SESSION_PAGES for link in links(user, session)),
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_safe)
    def announcements(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request) or not is_allowed(request.user, "outbox.view_message"):
            raise PermissionDenied
        session = get_object_or_404(self.get_queryset(request).select_related("room__venue", "track"), pk=pk)
        edition = session.edition
        now = timezone.now()
        news = [change for change in news_to_tell(edition, now) if change.session == session]
        notice = Notice.objects.open().filter(edition=edition).first()
        due_at = notice.due_at if notice else session.changed_at + GATHERED_FOR
        announcements = last_told(session)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Announcements of “%(session)s”") % {"session": session},
            "session": session,
            "edition": edition,
            "changes": [(it.in_words(), n, it.cannot_wait(due_at, now=now)) for it, n in counted(news)],
            "due_at": max(due_at, now),
            "is_night": edition.quiet_hours.is_quiet(max(due_at, now), edition.zone),
            "news": {it.participant_id: SessionChange.of(it).in_words() for it in news},
            "people": Paginator(announcements, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
            "can_see_people": is_allowed(request.user, "programme.view_participant"),
            "opts": self.opts,
        }
        with timezone.override(edition.zone):
            return TemplateResponse(request, "admin/programme/session_announcements.html", context).render()


def links_of(user: User, session: Session) -> Iterator[PageLink]:
    """Yield the pages about a session that the user may see."""
    if session.takes_seats and user.has_perm("programme.view_seat"):
        yield PageLink(_("Seats"), reverse("programme-staff:seats", args=[session.edition.slug]))
    if is_allowed(user, "outbox.view_message"):
        yield PageLink(_("Announcements"), reverse("admin:programme_session_announcements", args=[session.pk]))


def last_told(session: Session) -> QuerySet[Announcement]:
    """Return the last announcement to each person, sent or about to be sent, the latest first."""
    last = session.announcements.effective().last_of_each()
    rows = Announcement.objects.filter(pk__in=last.values("pk"))
    return rows.select_related("participant__user", "participant__delegation__city", "message").order_by("-pk")
