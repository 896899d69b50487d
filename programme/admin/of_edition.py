"""Models whose rows belong to an edition: their list is a page of the edition (`programme/areas.py`)."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.admin.downloads import download
from programme.areas import page_of_model
from programme.models import Edition
from programme.queries.staff import is_limited
from programme.templatetags.areas import REMEMBERED
from programme.views.form_recovery import TypedAnswers, login_required_saving_answers
from udtacademy.admin.base import BaseModelAdmin

M = TypeVar("M", bound=models.Model)


class OfEditionAdmin(BaseModelAdmin[M]):
    """A ModelAdmin whose list and form for adding are pages of an edition, which know only what belongs to it.

    `edition_path`: the lookup from a row to its edition. `picks`: fields that pick something of the same edition, with the
    lookup from there to the edition. `has_rows_of_none`: some rows belong to no edition, so the list of all is for all staff.
    """

    edition_path: ClassVar[str] = "edition"
    has_rows_of_none: ClassVar[bool] = False
    picks: ClassVar[dict[str, str]] = {}

    @property
    def label(self) -> str:
        return f"{self.opts.app_label}.{self.opts.model_name}"

    def edition_of(self, obj: M) -> Edition | None:
        edition: Edition | None = attrgetter(self.edition_path.replace(LOOKUP_SEP, "."))(obj)
        return edition

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return self.in_edition(request, super().get_queryset(request))

    def in_edition(self, request: HttpRequest, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the rows of the edition in the URL; on pages outside an edition all that the visitor works in."""
        if is_limited(request.user):
            rows = rows.filter(**{f"{self.edition_path}__in": Edition.objects.open_to(request.user)})
        slug = slug_in(request)
        return rows.filter(**{f"{self.edition_path}__slug": slug}) if slug else rows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.without_edition(request, super().get_list_display(request))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return self.without_edition(request, super().get_list_filter(request))

    def without_edition(self, request: HttpRequest, items: list[Any]) -> list[Any]:
        """Leave out columns and filters that say the edition, where there is only one."""
        names = {self.edition_path, "edition"}
        others = [it for it in items if (it[0] if isinstance(it, tuple) else it) not in names]
        return others if slug_in(request) else items

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Return Django's form; it offers only what belongs to the object's edition, or to that in the URL."""
        form = super().get_form(request, obj, change, **kwargs)
        if "edition" in form.base_fields:
            of_edition: Any = form.base_fields["edition"]
            of_edition.queryset = Edition.objects.open_to(request.user)
        for name in self.picks.keys() & form.base_fields.keys():  # added inside an edition, by a page of its own
            form.base_fields[name].widget.can_add_related = False
        edition = self.edition_of(obj) if obj else edition_in(request)
        if edition is None:
            return form
        for name, lookup in self.picks.items():
            field: Any = form.base_fields.get(name)
            if field:
                field.queryset = field.queryset.filter(**{lookup: edition.pk})
                field.error_messages["invalid_choice"] = gettext("Choose one that belongs to this edition.")
        if obj is None and "edition" in form.base_fields:
            form.base_fields["edition"] = forms.ModelChoiceField(
                Edition.objects.filter(pk=edition.pk), initial=edition.pk, widget=forms.HiddenInput
            )
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Render the form as Django does, with the times of its edition, whose zone the bar above names."""
        obj: M | None = kwargs.get("obj")
        edition = self.edition_of(obj) if obj else edition_in(request)
        with timezone.override(edition.zone if edition else None):
            return rendered(super().render_change_form(request, context, *args, **kwargs))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the initial values from the URL, without an edition where the page has one."""
        initial = super().get_changeform_initial_data(request)
        return {name: value for name, value in initial.items() if name != "edition"} if slug_in(request) else initial

    def response_post_save_add(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.list_of(obj))

    def response_post_save_change(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.list_of(obj))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Return to the list of the edition looked at last. A deleted object has no edition to return to."""
        response = super().response_delete(request, obj_display, obj_id)
        page, slug = page_of_model(self.label), request.COOKIES.get(REMEMBERED, "")
        edition = Edition.objects.filter(slug=slug).first() if slug else None
        return HttpResponseRedirect(page.url(edition)) if page and edition else response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form as Django does, inside an edition. Raises Http404 outside, where it offers all, but for superusers."""
        if not slug_in(request) and not request.user.is_superuser and self.has_add_permission(request):
            raise Http404
        return super().add_view(request, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list as Django does, inside an edition. Raises Http404 outside, where all rows are, but for superusers."""
        if not slug_in(request) and not request.user.is_superuser and not self.has_rows_of_none:
            raise Http404
        return super().changelist_view(request, extra_context)

    def list_of(self, obj: M) -> str:
        """Return the URL of the list of the object's edition, or of all objects if it belongs to none."""
        page, edition = page_of_model(self.label), self.edition_of(obj)
        return page.url(edition) if page and edition else self.list_url()


def slug_in(request: HttpRequest) -> str:
    """Return the slug of the edition in the URL; empty on pages outside an edition."""
    match = request.resolver_match
    return str(match.kwargs.get("edition_slug", "")) if match else ""


def edition_in(request: HttpRequest) -> Edition | None:
    return Edition.objects.filter(slug=slug_in(request)).first()


def edition_page(
    route: str,
    view: Callable[..., HttpResponseBase],
    name: str,
    *,
    may_be_kept: bool = False,
    typed: TypedAnswers | None = None,
) -> URLPattern:
    """Return the pattern of a page of an edition, for staff. It is remembered as the edition looked at last.

    `may_be_kept`: browsers keep it, to ask whether it has changed. `typed`: what is kept of a form whose session has ended.
    """

    @wraps(view)
    def remembering(request: HttpRequest, edition_slug: str, **kwargs: Any) -> HttpResponseBase:
        response = view(request, edition_slug=edition_slug, **kwargs)
        if response.status_code < HTTPStatus.BAD_REQUEST and request.COOKIES.get(REMEMBERED) != edition_slug:
            response.set_cookie(
                REMEMBERED,
                edition_slug,
                path=reverse("admin:index"),
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
        return response

    page: Any = admin.site.admin_view(remembering, cacheable=may_be_kept)
    return path(route, login_required_saving_answers(typed)(page) if typed else page, name=name)


def list_page(model: type[models.Model]) -> Any:
    """Return the view of a model's list inside an edition."""

    def edition_list(request: HttpRequest, edition_slug: str) -> HttpResponse:
        model_admin = admin.site.get_model_admin(model)
        edition = staff_edition(request.user, edition_slug, f"{model._meta.app_label}.view_{model._meta.model_name}")
        with timezone.override(edition.zone):
            page = page_of_model(model._meta.label_lower)
            context = {"edition": edition, "title": page.label if page else model._meta.verbose_name_plural}
            return rendered(model_admin.changelist_view(request, context))

    return edition_list


def list_export(model: type[models.Model]) -> Any:
    """Return the view of a model's list inside an edition as a spreadsheet: what the page shows, with all its rows."""

    @require_safe
    def edition_export(request: HttpRequest, edition_slug: str, extension: str) -> HttpResponseBase:
        edition = staff_edition(request.user, edition_slug, f"{model._meta.app_label}.view_{model._meta.model_name}")
        page = page_of_model(model._meta.label_lower)
        label = str(page.label if page else model._meta.verbose_name_plural)
        with timezone.override(edition.zone):
            rows = admin.site.get_model_admin(model).spreadsheet_rows(request)  # type: ignore[attr-defined]
        name = page.name.rpartition(":")[2] if page else str(model._meta.model_name)
        return download(request, edition, rows, name=name, label=label, extension=extension)

    return edition_export


def list_urls(route: str, model: type[models.Model], name: str) -> list[URLPattern]:
    """Return the URLs of a model's list inside an edition: the page, and its spreadsheets."""
    return [
        edition_page(route, list_page(model), name),
        edition_page(f"{route}export.<spreadsheet:extension>", list_export(model), f"{name}-export"),
    ]


def add_page(model: type[models.Model]) -> Any:
    """Return the view that adds an object to an edition."""

    def edition_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
        model_admin = admin.site.get_model_admin(model)
        edition = staff_edition(request.user, edition_slug, f"{model._meta.app_label}.add_{model._meta.model_name}")
        return rendered(model_admin.add_view(request, extra_context={"edition": edition}))

    return edition_add


def rendered(response: HttpResponse) -> HttpResponse:
    """Render a response now, in the active time zone."""
    return response.render() if isinstance(response, TemplateResponse) else response
