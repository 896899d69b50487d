"""What organisers do to several objects at once: they confirm what follows, then it is done to all or to none."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_ngettext
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from udtacademy.admin.confirmation import Confirmation
from udtacademy.admin.history import HistoryAdmin
from udtacademy.errors import AcademyError

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class BulkAction(Generic[M]):
    """Something an organiser does. `apply` takes the object under the admin's noun, `by`, and what the form asks for.

    It returns whether it changed something; `is_done` says beforehand that it would not. `plan` takes all the objects, and what the
    form asks for, and returns what follows, for `BulkActionAdmin.plan`.
    """

    name: str
    label: Any
    consequence: Any
    done: Any
    apply: Callable[..., Any]
    is_done: Callable[[M], bool]
    form: type[forms.Form] = forms.Form
    plan: Callable[..., Sequence[Any]] | None = None


class BulkActionAdmin(HistoryAdmin[M]):
    """A ModelAdmin with bulk actions; the change page has them as buttons."""

    noun: ClassVar[str]
    bulk_actions: ClassVar[Sequence[BulkAction[Any]]] = ()
    change_form_template = "admin/academy/bulk_actions_change_form.html"
    question_template = "admin/academy/question.html"

    def asked_about(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """The objects with all that the question says of them."""
        return queryset.order_by("pk")

    def concern(self, action: BulkAction[M], objects: list[M]) -> str:
        """Whom it concerns, in a sentence."""
        return _("No e-mail will be sent.")

    def line(self, obj: M) -> str:
        """One object, in the question."""
        return str(obj)

    def state_now(self, obj: M) -> str:
        """How it stands, before the buttons on its page; empty: nothing is said."""
        return ""

    def counted(self, n: int) -> str:
        """ "3 sessions"."""
        return f"{n} {model_ngettext(self.opts, n)}"

    def form_for(self, action: BulkAction[M], objects: list[M], posted: Any) -> forms.Form:
        return action.form(posted)

    def lock(self, objects: list[M], cleaned: dict[str, Any]) -> None:
        """Lock what must be locked in one order, before anything is planned, and until it is done."""

    def plan(self, action: BulkAction[M], objects: list[M], cleaned: dict[str, Any]) -> Confirmation:
        """Return what follows, to be confirmed first. Raises AcademyError where something is in the way."""
        return Confirmation()

    def carry_out(
        self,
        action: BulkAction[M],
        objects: list[M],
        request: HttpRequest,
        cleaned: dict[str, Any],
        effects: Sequence[Any],
    ) -> int:
        """Do it to all, and what was confirmed to follow. Return how many that changed."""
        return sum(action.apply(**{self.noun: obj}, by=request.user, **cleaned) for obj in objects)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = dict(super().get_actions(request))
        if self.has_change_permission(request):
            actions |= {it.name: (partial(ask_and_apply, action=it), it.name, it.label) for it in self.bulk_actions}
        return actions

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj: M | None = kwargs.get("obj")
        sensible = [action for action in self.bulk_actions if obj and not action.is_done(obj)]
        context |= {
            "bulk_actions": sensible if self.has_change_permission(request) else [],
            "checkbox": ACTION_CHECKBOX_NAME,
            "list_url": self.list_url(),
            "state_now": self.state_now(obj) if obj else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def announce(self, request: HttpRequest, action: BulkAction[M], n_changed: int, objects: Sequence[M]) -> None:
        if n_changed:
            messages.success(request, f"{action.done}: {self.counted(n_changed)}.")
        if n_changed < len(objects):
            messages.info(request, _("Nothing to change: %s.") % self.counted(len(objects) - n_changed))

    def back_of(self, request: HttpRequest, objects: list[M]) -> str:
        """The page the organiser came from: the one it names, else the object's own, else the list as it was filtered."""
        named = request.POST.get("back", "")
        if named.startswith(reverse("admin:index")) and url_has_allowed_host_and_scheme(named, None):
            return named
        if "is_from_object" in request.POST and objects:
            return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[objects[0].pk])
        return request.get_full_path()


def ask_and_apply(
    model_admin: BulkActionAdmin[M], request: HttpRequest, queryset: QuerySet[M], *, action: BulkAction[M]
) -> HttpResponse | None:
    """Ask once; then do it to all of the objects, or to none."""
    objects = list(model_admin.asked_about(queryset))
    if not objects:
        messages.error(request, _("There is nothing like that any more. Nothing was changed."))
        return None
    is_asked = "apply" in request.POST
    form = model_admin.form_for(action, objects, request.POST if is_asked else None)
    confirmation = Confirmation()
    try:
        confirmation, n_changed = confirm_and_apply(model_admin, request, queryset, action, form)
    except AcademyError as error:
        form.add_error(None, f"{error} {_('Nothing was changed.')}")
    else:
        if n_changed is not None:
            model_admin.announce(request, action, n_changed, objects)
            return HttpResponseRedirect(model_admin.back_of(request, objects))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{action.label}: {objects[0] if len(objects) == 1 else model_admin.counted(len(objects))}?",
        "action": action,
        "form": form,
        "objects": [(obj.pk, model_admin.line(obj)) for obj in objects],
        "concern": model_admin.concern(action, objects),
        "confirmation": confirmation,
        "checkbox": ACTION_CHECKBOX_NAME,
        "is_from_object": "is_from_object" in request.POST,
        "is_asked": is_asked,
        "back": model_admin.back_of(request, objects),
        "opts": model_admin.opts,
    }
    return TemplateResponse(request, model_admin.question_template, context, status=422 if is_asked else 200)


@transaction.atomic
def confirm_and_apply(
    model_admin: BulkActionAdmin[M],
    request: HttpRequest,
    queryset: QuerySet[M],
    action: BulkAction[M],
    form: forms.Form,
) -> tuple[Confirmation, int | None]:
    """Return what follows, as soon as it is known what is asked for: at once where the form has nothing to ask.

    When that has been agreed to it is carried out, under the locks under which it was planned; then also how many changed.
    Where something is in the way nothing is to be confirmed: it is tried, and the AcademyError says what is.
    """
    asked = form if form.is_bound else model_admin.form_for(action, list(queryset), {})
    if not asked.is_valid():
        return Confirmation(), None
    model_admin.lock(list(model_admin.asked_about(queryset)), asked.cleaned_data)
    objects = list(model_admin.asked_about(queryset))  # as they are now that nobody else changes them
    confirmation = Confirmation()
    with suppress(AcademyError):
        confirmation = model_admin.plan(action, objects, asked.cleaned_data)
    if not form.is_bound or not confirmation.is_agreed_to(request.POST):
        return confirmation, None
    effects = confirmation.effects
    return confirmation, model_admin.carry_out(action, objects, request, form.cleaned_data, effects)
