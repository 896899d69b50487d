"""What organisers do to several objects at once: asked once, told whom it concerns, then done to all or to none."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
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

from programme.actions.waiting_lists import serving_at_the_end
from programme.admin.history import HistoryAdmin
from programme.errors import ProgrammeError
from programme.forms.confirmation import Foretold
from udtacademy.errors import AcademyError
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Verb(Generic[M]):
    """Something an organiser does. `apply` takes the object under the admin's noun, `by`, and what the form asks for.

    It returns whether it changed something; `is_done` says beforehand that it would not.
    """

    name: str
    label: Any
    consequence: Any
    done: Any
    apply: Callable[..., bool]
    is_done: Callable[[M], bool]
    form: type[forms.Form] = forms.Form


class VerbAdmin(HistoryAdmin[M]):
    """A ModelAdmin whose actions are verbs; the change page has them as buttons."""

    noun: ClassVar[str]
    verbs: ClassVar[Sequence[Verb[Any]]] = ()
    change_form_template = "admin/programme/verbs_change_form.html"
    question_template = "admin/programme/question.html"

    def asked_about(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """The objects with all that the question says of them."""
        return queryset.order_by("pk")

    def concern(self, verb: Verb[M], objects: list[M]) -> str:
        """Whom it concerns, in a sentence."""
        return _("No e-mail will be sent.")

    def line(self, found: M) -> str:
        """One object, in the question."""
        return str(found)

    def state_now(self, found: M) -> str:
        """How it stands, before the buttons on its page; empty: nothing is said."""
        return ""

    def counted(self, n: int) -> str:
        """ "3 sessions"."""
        return f"{n} {model_ngettext(self.opts, n)}"

    def form_for(self, verb: Verb[M], objects: list[M], posted: Any) -> forms.Form:
        return verb.form(posted)

    def foretell(self, verb: Verb[M], queryset: QuerySet[M], request: HttpRequest, form: forms.Form) -> Foretold:
        """What would follow for whom, line by line; shown before it is done."""
        return Foretold(())

    def lock(self, objects: list[M], cleaned: dict[str, Any]) -> None:
        """Lock what must be locked in one order, before the objects are acted upon one by one."""

    def around(self, objects: list[M], request: HttpRequest) -> AbstractContextManager[None]:
        """What is done once around all of them."""
        return nullcontext()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = dict(super().get_actions(request))
        if self.has_change_permission(request):
            actions |= {verb.name: (partial(ask_and_apply, verb=verb), verb.name, verb.label) for verb in self.verbs}
        return actions

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        found: M | None = kwargs.get("obj")
        verbs = [verb for verb in self.verbs if found and not verb.is_done(found)]
        context |= {
            "verbs": verbs if self.has_change_permission(request) else [],
            "checkbox": ACTION_CHECKBOX_NAME,
            "list_url": self.list_url(),
            "state_now": self.state_now(found) if found else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def announce(self, request: HttpRequest, verb: Verb[M], n_changed: int, objects: Sequence[M]) -> None:
        if n_changed:
            messages.success(request, f"{verb.done}: {self.counted(n_changed)}.")
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
    model_admin: VerbAdmin[M], request: HttpRequest, queryset: QuerySet[M], *, verb: Verb[M]
) -> HttpResponse | None:
    """Ask once; then do it to all of the objects, or to none."""
    objects = list(model_admin.asked_about(queryset))
    if not objects:
        messages.error(request, _("There is nothing like that any more. Nothing was changed."))
        return None
    is_asked = "apply" in request.POST
    form = model_admin.form_for(verb, objects, request.POST if is_asked else None)
    told = Foretold(())
    try:
        told, n_changed = foretell_and_apply(model_admin, request, queryset, verb, form)
    except AcademyError as error:
        form.add_error(None, f"{error} {_('Nothing was changed.')}")
    else:
        if n_changed is not None:
            model_admin.announce(request, verb, n_changed, objects)
            return HttpResponseRedirect(model_admin.back_of(request, objects))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{verb.label}: {objects[0] if len(objects) == 1 else model_admin.counted(len(objects))}?",
        "verb": verb,
        "form": form,
        "lines": [(found.pk, model_admin.line(found)) for found in objects],
        "concern": model_admin.concern(verb, objects),
        "told": told,
        "checkbox": ACTION_CHECKBOX_NAME,
        "is_from_object": "is_from_object" in request.POST,
        "is_asked": is_asked,
        "back": model_admin.back_of(request, objects),
        "opts": model_admin.opts,
    }
    return TemplateResponse(request, model_admin.question_template, context, status=422 if is_asked else 200)


@transaction.atomic
def foretell_and_apply(
    model_admin: VerbAdmin[M], request: HttpRequest, queryset: QuerySet[M], verb: Verb[M], form: forms.Form
) -> tuple[Foretold, int | None]:
    """What would follow, as soon as it is known what is asked for: at once where the form has nothing to ask.

    When that has been agreed to it is done, under the locks under which it was foretold; then also how many changed.
    """
    asked = form if form.is_bound else model_admin.form_for(verb, list(queryset), {})
    if not asked.is_valid():
        return Foretold(()), None
    model_admin.lock(list(model_admin.asked_about(queryset)), asked.cleaned_data)
    told = model_admin.foretell(verb, queryset, request, asked)
    if not form.is_bound or not told.is_agreed_to(request.POST):
        return told, None
    objects = list(model_admin.asked_about(queryset))  # as they are now that nobody else changes them
    return told, apply_to_all(model_admin, verb, objects, request, form)


def rehearse(
    model_admin: VerbAdmin[M], verb: Verb[M], queryset: QuerySet[M], request: HttpRequest, form: forms.Form
) -> list[Message]:
    """The e-mails it would send, found out by doing it and taking it back; none when something is in the way."""
    with suppress(ProgrammeError), queue.rehearsed() as written:
        apply_to_all(model_admin, verb, list(model_admin.asked_about(queryset)), request, form)
        return written
    return []


@transaction.atomic
def apply_to_all(
    model_admin: VerbAdmin[M], verb: Verb[M], objects: list[M], request: HttpRequest, form: forms.Form
) -> int:
    model_admin.lock(objects, form.cleaned_data)
    with model_admin.around(objects, request), serving_at_the_end():
        return sum(verb.apply(**{model_admin.noun: found}, by=request.user, **form.cleaned_data) for found in objects)
