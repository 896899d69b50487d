from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AcademyAdminSite(admin.AdminSite):
    """The admin; its index tells an organiser what the next thing is."""

    site_header = _("UDT Academy for organisers")
    site_title = _("UDT Academy")
    index_title = _("Overview")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002 - Django gives it
        """The site has one way in, with codes, second factors and limits; whoever is no staff may not go on."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("outbox/", self.admin_view(self.outbox), name="outbox"), *super().get_urls()]

    def outbox(self, request: HttpRequest) -> HttpResponse:
        """A short address for the list of e-mails."""
        if not request.user.has_perm("programme.view_message"):
            raise PermissionDenied
        return redirect("admin:programme_message_changelist")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from programme.models import Edition  # noqa: PLC0415 - the site exists before the models do

        editions = Edition.objects.none()
        if request.user.has_perm("programme.view_session"):
            editions = Edition.objects.not_over(timezone.now()).with_counts().order_by("first_on")
        overview = [(edition, edition.sessions.with_place().to_come(timezone.now()).first()) for edition in editions]
        return super().index(request, (extra_context or {}) | {"overview": overview})
