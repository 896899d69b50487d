"""Query strings that make no sense: Django's admin takes most of them calmly, these it does not."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from udtacademy import parameters

M = TypeVar("M", bound=models.Model)
UTC = ZoneInfo("UTC")


class CalmAdmin(admin.ModelAdmin[M]):
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """As Django's, which looks for a field without a name where an address says `_to_field=`."""
        return super().get_object(request, object_id, from_field or None)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What an address suggests for a new object, without the values that its fields cannot take, and moments as such."""
        suggested = super().get_changeform_initial_data(request)
        return {name: self.taken(name, value) for name, value in suggested.items() if self.takes(name, value)}

    def taken(self, name: str, value: Any) -> Any:
        is_moment = isinstance(self.opts.get_field(name), models.DateTimeField)
        return parameters.moment(value, UTC) if is_moment else value

    def takes(self, name: str, value: Any) -> bool:
        try:
            field = self.opts.get_field(name)
            if isinstance(field, models.Field):  # others lead back here from other models
                field.run_validators(field.to_python(value))
        except (FieldDoesNotExist, ValidationError, ValueError, TypeError):
            return False
        return isinstance(field, models.Field)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; what only the database can see, at the end of the transaction, is said and nothing is saved.

        A form that is shown again with what no search select can hold is a bad request.
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
                _("Nothing was saved: something else depends on what you changed, or somebody saved the same first."),
            )
            return HttpResponseRedirect(request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's; a filter that the database cannot make sense of is a bad request."""
        try:
            return super().changelist_view(request, extra_context)
        except (DataError, OverflowError, ValueError) as error:
            if request.GET or ACTION_CHECKBOX_NAME in request.POST:
                raise BadRequest(str(error)) from error
            raise
