from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.actions.sessions import (
    cancel_session,
    confirm_session,
    postpone_session,
    publish_session,
    unpublish_session,
)
from programme.admin.history import HistoryAdmin
from programme.errors import ProgrammeError
from programme.formats import local_time
from programme.forms.sessions import PostponeForm, SessionForm
from programme.models import Participant, Session


@dataclass(frozen=True)
class Verb:
    """Something an organiser does to sessions, after being asked once."""

    name: str
    label: Any
    consequence: Any
    done: Any
    apply: Callable[..., bool]
    is_done: Callable[[Session], bool]
    form: type[forms.Form] = forms.Form


VERBS = (
    Verb(
        "publish",
        _("Publish"),
        _("What is published appears on the pages of a published edition, and in everybody's calendar."),
        _("Published"),
        publish_session,
        lambda session: session.is_published,
    ),
    Verb(
        "unpublish",
        _("Take off the pages"),
        _("What is taken off disappears from the public pages and from everybody's calendar."),
        _("Taken off the pages"),
        unpublish_session,
        lambda session: not session.is_published,
    ),
    Verb(
        "confirm",
        _("Confirm"),
        _("What is confirmed is held as planned, also in everybody's calendar; what was cancelled is on again."),
        _("Confirmed"),
        confirm_session,
        lambda session: session.status == Session.Status.CONFIRMED,
    ),
    Verb(
        "postpone",
        _("Postpone"),
        _("What is postponed moves to the new day, and is to be confirmed again."),
        _("Postponed"),
        postpone_session,
        lambda _session: False,
        PostponeForm,
    ),
    Verb(
        "cancel",
        _("Cancel session"),
        _("What is cancelled stays on the pages, struck through, and everybody's calendar says so."),
        _("Cancelled"),
        cancel_session,
        lambda session: session.is_cancelled,
    ),
)


@admin.register(Session)
class SessionAdmin(HistoryAdmin[Session]):
    form = SessionForm
    change_form_template = "admin/programme/session_change_form.html"
    list_display = ["title", "when", "status", "is_published", "is_core", "format", "track", "edition"]
    list_filter = ["edition", "status", "is_published", "is_core", "format", "track"]
    list_select_related = ["edition", "track"]
    list_per_page = 50
    search_fields = ["title", "description", "slug", "edition__name"]
    autocomplete_fields = ["edition", "track", "room"]
    readonly_fields = ["status", "is_published", "calendar_uid", "calendar_sequence", "changed_at"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (None, {"fields": ["edition", "title", "slug", "description"]}),
        (_("What"), {"fields": ["format", "is_core", "track"]}),
        (
            _("When"),
            {
                "fields": ["starts_at", "ends_at", "held_on", "date_hint"],
                "description": _("A start and an end; or only the day; or words. In the edition's own time zone."),
            },
        ),
        (_("Where"), {"fields": ["room", "location"]}),
        (_("State"), {"fields": ["status", "is_published"], "description": _("Changed with the buttons above.")}),
        (
            _("For the record"),
            {"fields": ["calendar_uid", "calendar_sequence", "changed_at"], "classes": ["collapse"]},
        ),
    ]

    def view_on_site(self, session: Session) -> str:
        return session.get_absolute_url()

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, session: Session) -> str:
        if session.held_on:
            return date_format(session.held_on, "D j M Y")
        return local_time(session) or session.date_hint

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = dict(super().get_actions(request))
        if self.has_change_permission(request):
            actions |= {verb.name: (partial(ask_and_apply, verb=verb), verb.name, verb.label) for verb in VERBS}
        return actions

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Session | None:
        """As Django's; while it is saved, nobody else changes it."""
        session = super().get_object(request, object_id, from_field)
        if session and request.method == "POST":
            return (
                Session.objects.select_for_update(of=["self"]).select_related("edition").filter(pk=session.pk).first()
            )
        return session

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        session: Session | None = kwargs.get("obj")
        verbs = [verb for verb in VERBS if session and not verb.is_done(session)]
        context |= {
            "verbs": verbs if self.has_change_permission(request) else [],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return super().render_change_form(request, context, *args, **kwargs)


def ask_and_apply(
    model_admin: SessionAdmin, request: HttpRequest, queryset: QuerySet[Session], *, verb: Verb
) -> HttpResponse | None:
    """Ask once, saying how many people it concerns; then do it to all of the sessions, or to none."""
    sessions = list(queryset.select_related("edition").order_by("pk"))
    if not sessions:
        messages.error(request, _("There is no such session any more. Nothing was changed."))
        return None
    is_asked = "apply" in request.POST
    form = verb.form(request.POST if is_asked else None)
    if is_asked and form.is_valid():
        try:
            n_changed = apply_to_all(verb, sessions, request, form)
        except ProgrammeError as error:
            form.add_error(None, f"{error} {_('Nothing was changed.')}")
            sessions = list(queryset.select_related("edition").order_by("pk"))  # as they are, not as they were tried
        else:
            announce(request, verb, n_changed, len(sessions))
            return HttpResponseRedirect(back_of(request, sessions))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{verb.label}?",
        "verb": verb,
        "form": form,
        "sessions": sessions,
        "n_people": Participant.objects.concerned_by(sessions).n_people(),
        "checkbox": ACTION_CHECKBOX_NAME,
        "is_from_object": "is_from_object" in request.POST,
        "back": back_of(request, sessions),
        "opts": model_admin.opts,
    }
    status = 422 if is_asked else 200
    return TemplateResponse(request, "admin/programme/session_action.html", context, status=status)


@transaction.atomic
def apply_to_all(verb: Verb, sessions: list[Session], request: HttpRequest, form: forms.Form) -> int:
    return sum(verb.apply(session=session, by=request.user, **form.cleaned_data) for session in sessions)


def announce(request: HttpRequest, verb: Verb, n_changed: int, n_all: int) -> None:
    if n_changed:
        text = ngettext("%(done)s: %(n)s session.", "%(done)s: %(n)s sessions.", n_changed)
        messages.success(request, text % {"done": verb.done, "n": n_changed})
    if n_changed < n_all:
        text = ngettext("%(n)s session was so already.", "%(n)s sessions were so already.", n_all - n_changed)
        messages.info(request, text % {"n": n_all - n_changed})


def back_of(request: HttpRequest, sessions: list[Session]) -> str:
    """The page the organiser came from: the session's own, else the list as it was filtered."""
    if "is_from_object" in request.POST and sessions:
        return reverse("admin:programme_session_change", args=[sessions[0].pk])
    return request.get_full_path()
