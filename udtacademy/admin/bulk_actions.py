"""Bulk actions: organisers confirm the consequences, then the action changes all selected objects or none."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from udtacademy.admin.confirmation import Confirmation
from udtacademy.admin.history import HistoryAdmin
from udtacademy.errors import AcademyError

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class BulkAction(Generic[M]):
    """An action on one or several objects. Its question has no button if it would change none of them.

    `label`: a verb; `consequence`: a sentence; `done`: a participle for the result. `apply` takes the object under the
    admin's `noun`, `by`, and the form's values, and returns whether it changed something; `is_done` returns beforehand
    whether it would not. `plan` takes all objects and the form's values and returns the effects, for
    `BulkActionAdmin.plan`. `is_destructive`: it takes something away from people; its buttons are apart, and red.
    """

    name: str
    label: Any
    consequence: Any
    done: Any
    apply: Callable[..., Any]
    is_done: Callable[[M], bool]
    form: type[forms.Form] = forms.Form
    plan: Callable[..., Sequence[Any]] | None = None
    is_destructive: bool = False


def emails_sentence(n: int) -> str:
    """Return how many emails an action sends, as a sentence."""
    if not n:
        return _("Nobody would get an email.")
    return ngettext("%(n)s email will be sent.", "%(n)s emails will be sent.", n) % {"n": n}


class BulkActionAdmin(HistoryAdmin[M]):
    """A ModelAdmin with confirmed bulk actions, which are also buttons on the change page."""

    noun: ClassVar[str]
    bulk_actions: ClassVar[Sequence[BulkAction[Any]]] = ()
    change_form_template = "admin/academy/bulk_actions_change_form.html"
    question_template = "admin/academy/question.html"

    def for_confirmation(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """Return the objects with everything that the confirmation page shows about them."""
        return queryset.order_by("pk")

    def impact(self, action: BulkAction[M], objects: list[M]) -> str:
        """Return how many people or emails it concerns, as a sentence."""
        return _("No email will be sent.")

    def describe(self, obj: M) -> str:
        """Return a line about one object for the confirmation page."""
        return str(obj)

    def describe_for(self, action: BulkAction[M], obj: M) -> str:
        """Return the line about one object before this action."""
        return self.describe(obj)

    def current_state(self, obj: M) -> str:
        """Return the state to show in front of the buttons on the change page; empty for none."""
        return ""

    def count_label(self, n: int) -> str:
        """Return a number of objects, such as "3 sessions"."""
        return f"{n} {model_ngettext(self.opts, n)}"

    def form_for(self, action: BulkAction[M], objects: list[M], posted: Any) -> forms.Form:
        return action.form(posted)

    def lock(self, objects: list[M], cleaned: dict[str, Any]) -> None:
        """Lock what the action changes, in a fixed order, before it is planned and until the transaction ends."""

    def plan(self, action: BulkAction[M], objects: list[M], cleaned: dict[str, Any]) -> Confirmation:
        """Return the consequences to confirm. Raises AcademyError if the action is not possible."""
        return Confirmation()

    def carry_out(
        self,
        action: BulkAction[M],
        objects: list[M],
        request: HttpRequest,
        cleaned: dict[str, Any],
        effects: Sequence[Any],
    ) -> int:
        """Apply the action to all objects, with the confirmed effects. Return how many objects changed."""
        return sum(action.apply(**{self.noun: obj}, by=request.user, **cleaned) for obj in objects)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = dict(super().get_actions(request))
        if self.has_change_permission(request):
            actions |= {
                it.name: (partial(confirm_then_apply, action=it), it.name, it.label) for it in self.bulk_actions
            }
        return actions

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj: M | None = kwargs.get("obj")
        applicable = [action for action in self.bulk_actions if obj and not action.is_done(obj)]
        applicable.sort(key=lambda action: action.is_destructive)
        context |= {
            "bulk_actions": applicable if self.has_change_permission(request) else [],
            "checkbox": ACTION_CHECKBOX_NAME,
            "current_state": self.current_state(obj) if obj else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def show_result(self, request: HttpRequest, action: BulkAction[M], n_changed: int, objects: Sequence[M]) -> None:
        if n_changed:
            result = {"done": action.done, "objects": self.count_label(n_changed)}
            messages.success(request, _("%(done)s: %(objects)s.") % result)
        if n_changed < len(objects):
            unchanged = self.count_label(len(objects) - n_changed)
            messages.info(request, _("Nothing to change: %(objects)s.") % {"objects": unchanged})

    def return_url(self, request: HttpRequest, objects: list[M]) -> str:
        """Return the page the organiser came from: as posted, else the object's page, else the list with its filters."""
        back = request.POST.get("back", "")
        if back.startswith(reverse("admin:index")) and url_has_allowed_host_and_scheme(back, None):
            return back
        if "is_from_object" in request.POST and objects:
            return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[objects[0].pk])
        return request.get_full_path()


def confirm_then_apply(
    model_admin: BulkActionAdmin[M], request: HttpRequest, queryset: QuerySet[M], *, action: BulkAction[M]
) -> HttpResponse | None:
    """Show the confirmation page; once confirmed, apply the action to all objects or none."""
    objects = list(model_admin.for_confirmation(queryset))
    if not objects:
        messages.error(request, _("What you selected no longer exists. Nothing was changed."))
        return None
    is_submitted = "apply" in request.POST
    form = model_admin.form_for(action, objects, request.POST if is_submitted else None)
    confirmation = Confirmation()
    try:
        confirmation, n_changed = plan_or_apply(model_admin, request, queryset, action, form)
    except AcademyError as error:
        text = _("%(error)s Nothing was changed.") % {"error": error}
        form.add_error(None, ValidationError(text, code=error.code))
    else:
        if n_changed is not None:
            model_admin.show_result(request, action, n_changed, objects)
            return HttpResponseRedirect(model_admin.return_url(request, objects))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("%(action)s: %(objects)s?")
        % {
            "action": action.label,
            "objects": objects[0] if len(objects) == 1 else model_admin.count_label(len(objects)),
        },
        "action": action,
        "form": form,
        "objects": [(obj.pk, model_admin.describe_for(action, obj)) for obj in objects],
        "impact": model_admin.impact(action, objects),
        "is_idle": all(action.is_done(obj) for obj in objects),
        "confirmation": confirmation,
        "checkbox": ACTION_CHECKBOX_NAME,
        "is_from_object": "is_from_object" in request.POST,
        "is_submitted": is_submitted,
        "back": model_admin.return_url(request, objects),
        "opts": model_admin.opts,
    }
    return TemplateResponse(request, model_admin.question_template, context, status=422 if is_submitted else 200)


@transaction.atomic
def plan_or_apply(
    model_admin: BulkActionAdmin[M],
    request: HttpRequest,
    queryset: QuerySet[M],
    action: BulkAction[M],
    form: forms.Form,
) -> tuple[Confirmation, int | None]:
    """Return the confirmation, and how many objects were changed (None: not applied yet).

    A form without questions is planned at once, others when they are valid. Once the plan is agreed to, it is carried out
    under the locks under which it was made. Raises AcademyError if the action is not possible; there is then no plan to
    confirm, and applying it raises the error.
    """
    filled_in = form if form.is_bound else model_admin.form_for(action, list(queryset), {})
    if not filled_in.is_valid():
        return Confirmation(), None
    model_admin.lock(list(model_admin.for_confirmation(queryset)), filled_in.cleaned_data)
    objects = list(model_admin.for_confirmation(queryset))  # read again under the lock
    confirmation = Confirmation()
    with suppress(AcademyError):
        confirmation = model_admin.plan(action, objects, filled_in.cleaned_data)
    if not form.is_bound or not confirmation.is_agreed_to(request.POST):
        return confirmation, None
    effects = confirmation.effects
    return confirmation, model_admin.carry_out(action, objects, request, form.cleaned_data, effects)
