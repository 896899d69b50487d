"""Restrict what a URL can ask of the admin: a list answers only about fields that its reader may see (decision 0022).

Query strings that make no sense are answered with 400.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.filters import FieldListFilter, ListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten_fieldsets, get_fields_from_path
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from udtacademy.admin.lists import rows_of
from udtacademy.db.addresses import ACE, normalised_address, normalised_domain
from udtacademy.http import parameters
from udtacademy.tables.writing import Row

M = TypeVar("M", bound=models.Model)
UTC = ZoneInfo("UTC")


class BaseModelAdmin(admin.ModelAdmin[M]):
    """The base of every ModelAdmin: no list can be filtered or searched by a field that its reader may not see.

    `only_on_page`: columns with buttons, which spreadsheets of the list leave out.
    """

    empty_value_display = "–"
    only_on_page: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lookups: dict[tuple[Any, ...], frozenset[str]] = {}

    def list_of(self, _obj: M) -> str:
        """Return the URL of the list with an object."""
        return self.list_url()

    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow only the lookups of the list's filters and its date hierarchy.

        Django allows every field of the model, and fields behind a relation that has a filter. The rows that match would
        reveal, letter by letter, a value that no page shows.
        """
        return request is not None and lookup in self.lookups(request)

    def lookups(self, request: HttpRequest) -> frozenset[str]:
        """Return the query parameters that the list accepts, such as "edition__id__exact"."""
        filters = tuple(self.get_list_filter(request))
        if filters not in self._lookups:
            names = {str(name) for it in filters for name in self.filter_of(it, request).expected_parameters()}
            if self.date_hierarchy:
                names |= {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
            self._lookups[filters] = frozenset(names)
        return self._lookups[filters]

    def filter_of(self, item: Any, request: HttpRequest) -> ListFilter:
        """Return the filter that Django creates for an item of `list_filter`, with nothing chosen."""
        if callable(item):
            return item(request, {}, self.model, self)  # type: ignore[no-any-return]
        path, create = item if isinstance(item, (tuple, list)) else (item, FieldListFilter.create)
        field = get_fields_from_path(self.model, path)[-1]
        return create(field, request, {}, self.model, self, field_path=path)  # type: ignore[no-any-return]

    def withheld(self, request: HttpRequest, obj: M | None = None) -> set[str]:
        """Return the fields that an object's page shows to others, but not to this reader."""
        if not self.fieldsets:
            return set()
        shown = self.get_fieldsets(request, obj or self.model())
        return set(flatten_fieldsets(self.fieldsets)) - set(flatten_fieldsets(shown))

    def not_withheld(self, items: Any, request: HttpRequest) -> list[Any]:
        withheld = self.withheld(request)
        return [it for it in items if first_field(it) not in withheld]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.not_withheld(super().get_list_display(request), request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return self.not_withheld(super().get_list_filter(request), request)

    def get_search_fields(self, request: HttpRequest) -> list[Any]:
        return self.not_withheld(super().get_search_fields(request), request)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search as Django does, with email addresses and domains in the form in which they are stored."""
        terms = [as_stored(term) for term in search_term.split(" ")]
        return super().get_search_results(request, queryset, " ".join(terms))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """Get as Django does, but ignore an empty `_to_field=` in the URL, for which Django would look up a nameless field."""
        return super().get_object(request, object_id, from_field or None)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the initial values from the URL that the fields accept, with datetimes parsed (UTC unless they have an offset)."""
        suggested = super().get_changeform_initial_data(request)
        return {name: self.initial_value(name, value) for name, value in suggested.items() if self.accepts(name, value)}

    def initial_value(self, name: str, value: Any) -> Any:
        is_moment = isinstance(self.opts.get_field(name), models.DateTimeField)
        return parameters.parse_moment(value, UTC) if is_moment else value

    def accepts(self, name: str, value: Any) -> bool:
        try:
            field = self.opts.get_field(name)
            if isinstance(field, models.Field):  # others lead back here from other models
                field.run_validators(field.to_python(value))
        except (FieldDoesNotExist, ValidationError, ValueError, TypeError):
            return False
        return isinstance(field, models.Field)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Render the form as Django does, with the URL of the list that its buttons act in and its links lead back to."""
        obj: M | None = kwargs.get("obj")
        context["list_url"] = self.list_of(obj) if obj else self.list_url()
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save as Django does; if the database refuses it at the end of the transaction, show a message and save nothing.

        Raises BadRequest for a POST whose form cannot be shown again, because a search select has an impossible value.
        """
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
            return response.render() if isinstance(response, TemplateResponse) else response
        except ValueError as error:
            if request.method == "POST":
                raise BadRequest(str(error)) from error
            raise
        except IntegrityError:
            messages.error(
                request,
                _(
                    "Your changes were not saved. Something else depends on what you changed, or somebody else has just"
                    " saved the same. Check it, then try again."
                ),
            )
            return HttpResponseRedirect(request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list as Django does. Raises BadRequest if the database cannot interpret a filter."""
        try:
            return super().changelist_view(request, extra_context)
        except (DataError, OverflowError, ValueError) as error:
            if request.GET or ACTION_CHECKBOX_NAME in request.POST:
                raise BadRequest(str(error)) from error
            raise

    def spreadsheet_rows(self, request: HttpRequest) -> Iterator[Row]:
        """Return the headings and all rows of the list that the URL asks for. Raises BadRequest for filters that make no sense."""
        try:
            return rows_of(self.get_changelist_instance(request))
        except (DataError, OverflowError, ValueError, IncorrectLookupParameters) as error:
            raise BadRequest(str(error)) from error

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Collect as Django does, without rows that mean nothing to people: those of models with `is_technical`."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        technical = [it._meta for it in apps.get_models() if getattr(it, "is_technical", False)]
        starts = tuple(f"{capfirst(it.verbose_name)}: " for it in technical)
        names = {it.verbose_name_plural for it in technical}
        return without(deleted, starts), {k: n for k, n in counts.items() if k not in names}, missing, protected


def without(nested: list[Any], starts: tuple[str, ...]) -> list[Any]:
    """Return nested lists of texts, where a list belongs to the text before it, without texts that start so and their lists."""
    remaining: list[Any] = []
    is_left_out = False
    for node in nested:
        if isinstance(node, list):
            inner = [] if is_left_out else without(node, starts)
            remaining += [inner] if inner else []
        else:
            is_left_out = str(node).startswith(starts) if starts else False
            remaining += [] if is_left_out else [node]
    return remaining


def as_stored(word: str) -> str:
    """Return a search term; an email address or a domain in the form in which it is stored."""
    if "@" in word:
        return normalised_address(word)
    return normalised_domain(word) if ACE in word.lower() else word


def first_field(item: Any) -> str:
    """Return the model field that an item of `list_display`, `list_filter` or `search_fields` starts with."""
    path = item[0] if isinstance(item, (tuple, list)) else getattr(item, "parameter_name", item)
    return str(path).lstrip("^=@").partition(LOOKUP_SEP)[0]
