from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from udtacademy.http.parameters import whole_number

# Functions by which apps add to the context of the first page.
INDEX_CONTEXT: list[Callable[[HttpRequest], dict[str, Any]]] = []


class PickerView(AutocompleteJsonView):
    """Django's view, restricted to the pickers of our forms. Django's own answers about any relation of any model."""

    admin_site: admin.AdminSite

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        term, model_admin, field, to_field = super().process_request(request)
        if not self.admin_site.is_registered(field.model):
            raise PermissionDenied
        form = self.admin_site.get_model_admin(field.model)
        can_edit = form.has_add_permission(request) or form.has_change_permission(request)
        if not can_edit or field.name not in form.get_autocomplete_fields(request):
            raise PermissionDenied
        return term, model_admin, field, to_field

    def get_queryset(self) -> QuerySet[Any]:
        """Return the matches in a fixed order, so that pages do not overlap: querysets with counts lose the model's order."""
        return super().get_queryset().order_by(*(self.model_admin.opts.ordering or ()), "pk")


class AcademyAdminSite(admin.AdminSite):
    """The admin site. People sign in with the site's own sign-in."""

    site_header = _("UDT Academy for organisers")
    site_title = _("UDT Academy")
    index_title = _("Editions")
    enable_nav_sidebar = False  # an edition's areas are above its pages

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the site's sign-in, which has codes, second factors and limits. Raises PermissionDenied if signed in."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        on_site = self.admin_view(self.view_on_site)
        return [
            path("outbox/", self.admin_view(self.outbox), name="outbox"),
            path("records/", self.admin_view(self.records), name="records"),
            path("r/<path:content_type_id>/<path:object_id>/", on_site, name="view_on_site"),
            *(url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"),
        ]

    def view_on_site(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
        """Redirect as Django does, but only for models that are registered here: others may have no table."""
        number = whole_number(content_type_id)
        content_type = ContentType.objects.filter(pk=number).first() if number is not None else None
        model = content_type.model_class() if content_type else None
        if model is None or not self.is_registered(model):
            raise Http404
        if self.get_model_admin(model).get_object(request, object_id) is None:  # of an edition one does not work in
            raise Http404
        return shortcut(request, content_type_id, object_id)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return PickerView.as_view(admin_site=self)(request)  # type: ignore[return-value]

    def outbox(self, request: HttpRequest) -> HttpResponse:
        """Redirect from a short URL to the list of emails."""
        if not request.user.has_perm("outbox.view_message"):
            raise PermissionDenied
        return redirect("admin:outbox_message_changelist")

    def records(self, request: HttpRequest) -> HttpResponse:
        """Show the lists of all models, to superusers."""
        if not request.user.is_superuser:
            raise Http404
        context = self.each_context(request) | {"title": _("Records"), "app_list": self.get_app_list(request)}
        return TemplateResponse(request, "admin/records.html", context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the list of models when a page shows it: Django makes it for each page, and for the first one twice."""
        make = super().get_app_list
        return SimpleLazyObject(lambda: make(request, app_label))

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the models of an application, to superusers."""
        if not request.user.is_superuser:
            raise Http404
        return super().app_index(request, app_label, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = dict(extra_context or {})
        for add in INDEX_CONTEXT:
            context |= add(request)
        return super().index(request, context)
