import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.actions.locks import lock_sessions
from programme.actions.sessions import (
    cancelled,
    change_sessions,
    confirmed,
    postponed,
    published,
    save_session,
    unpublished,
)
from programme.actions.waiting_lists import locked_plan
from programme.admin.announcements import AnnouncementsPage
from programme.admin.bulk_actions import SeatBulkActionAdmin
from programme.admin.confirmation import ConfirmedForm, confirmation_of
from programme.admin.lacks import LacksOfSession
from programme.admin.of_edition import OfEditionAdmin
from programme.admin.session_messages import announce_notices, reason_to_keep, warn_of_overfull
from programme.formats import local_time
from programme.forms.sessions import CancelForm, PostponeForm, SessionForm
from programme.models import Announcement, Participant, Seat, Session
from programme.models.announcement import facts_of
from programme.queries.seat_effects import SeatEffect
from programme.queries.session_changes import news_sentences
from programme.queries.session_plans import plan_news, plan_session_change, sessions_after
from udtacademy.admin.bulk_actions import BulkAction
from udtacademy.admin.confirmation import Confirmation

ONLINE = _("Online")
# Fields that a session of the format has no use for: shown only if they are filled in.
UNUSED = {
    Session.Format.ONLINE: {"room", "location"},
    Session.Format.IN_PERSON: {"meeting_url"},
    Session.Format.EXTERNAL: {"room", "meeting_url", "recording_url", "make_up_question"},
    Session.Format.BREAK: {
        "is_core",
        "track",
        "capacity",
        "meeting_url",
        "recording_url",
        "make_up_question",
        "reminder_minutes",
    },
}

# `apply` returns the change that `change_sessions` makes to all of them at once.
BULK_ACTIONS: tuple[BulkAction[Session], ...] = (
    BulkAction(
        "publish",
        _("Publish"),
        _("Published sessions appear on the pages of a published edition, and in everybody's calendar."),
        _("Published"),
        published,
        lambda session: session.is_published,
    ),
    BulkAction(
        "unpublish",
        _("Unpublish"),
        _("Unpublished sessions disappear from the pages and from calendars. People who knew about them are told."),
        _("Unpublished"),
        unpublished,
        lambda session: not session.is_published,
        is_destructive=True,
    ),
    BulkAction(
        "confirm",
        _("Confirm"),
        _(
            "Confirmed sessions take place as planned, also in everybody's calendar. Sessions that were cancelled are on"
            " again, without the seats that people had."
        ),
        _("Confirmed"),
        confirmed,
        lambda session: session.status == Session.Status.CONFIRMED,
    ),
    BulkAction(
        "postpone",
        _("Postpone"),
        _("Postponed sessions move to the new day, and have to be confirmed again."),
        _("Postponed"),
        postponed,
        lambda _session: False,
        PostponeForm,
    ),
    BulkAction(
        "cancel",
        _("Cancel session"),
        _("Cancelled sessions stay on the pages, struck through, and are marked as cancelled in everybody's calendar."),
        _("Cancelled"),
        cancelled,
        lambda session: session.is_cancelled,
        CancelForm,
        is_destructive=True,
    ),
)


class ConfirmedSessionForm(ConfirmedForm[Session], SessionForm):
    def plan(self) -> Sequence[SeatEffect]:
        return locked_plan(lambda: plan_session_change([self.instance]))


@admin.register(Session)
class SessionAdmin(OfEditionAdmin[Session], AnnouncementsPage, SeatBulkActionAdmin[Session]):
    noun = "session"
    bulk_actions = BULK_ACTIONS
    form = ConfirmedSessionForm
    list_display = ["title", "when", "status", "is_published", "is_core", "format", "track", "edition"]
    list_filter = [
        "edition",
        "status",
        "is_published",
        "is_core",
        "format",
        ("track", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["edition", "track"]
    list_per_page = 50
    search_fields = ["title", "description", "slug", "edition__name"]
    autocomplete_fields = ["edition"]
    picks = {"track": "edition", "room": "venue__editions"}
    readonly_fields = ["status", "status_reason", "is_published", "calendar_uid", "calendar_sequence", "changed_at"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (None, {"fields": ["edition", "title", "slug", "description"]}),
        (_("What"), {"fields": ["format", "is_core", "track"]}),
        (
            _("When"),
            {
                "fields": ["starts_at", "ends_at", "held_on", "date_hint"],
                "description": _(
                    "Enter a start and an end, only a day, or the date in words. Local time of the edition."
                ),
            },
        ),
        (_("Where"), {"fields": ["room", "capacity", "location"]}),
        (ONLINE, {"fields": ["meeting_url", "recording_url", "make_up_question"]}),
        (_("Emails"), {"fields": ["reminder_minutes"]}),
        (
            _("State"),
            {
                "fields": ["status", "status_reason", "is_published"],
                "description": _("Use the buttons above to change it."),
            },
        ),
        (
            _("Technical details"),
            {"fields": ["calendar_uid", "calendar_sequence", "changed_at"], "classes": ["collapse"]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Session | None = None) -> list[str]:
        """Fix the edition of a session that has seats or was announced."""
        stays = obj and (obj.seats.exists() or obj.announcements.exists())
        return ["edition", *self.readonly_fields] if stays else [*self.readonly_fields]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Let only staff who may see the meeting links filter by them."""
        filters = super().get_list_filter(request)
        return [*filters, LacksOfSession] if self.has_change_permission(request) else filters

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> Any:
        """Show what the session's format uses or somebody filled in; the meeting link only to staff who may change it."""
        may_change = self.has_change_permission(request, obj) or (obj is None and self.has_add_permission(request))
        unused = UNUSED[Session.Format(obj.format)] if obj else set()
        hidden = {name for name in unused if not getattr(obj, name) and not request.POST.get(name)}
        return [
            (label, options | {"fields": fields})
            for label, options in self.fieldsets or []
            if (fields := [it for it in options["fields"] if it not in hidden]) and (may_change or label != ONLINE)
        ]

    def withheld(self, request: HttpRequest, obj: Session | None = None) -> set[str]:
        """Return what the reader may not see: not what the format has no use for."""
        may_change = self.has_change_permission(request, obj)
        parts = [part for part in self.fieldsets or [] if part[0] == ONLINE]
        return set() if may_change else set(flatten_fieldsets(parts))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Collect as Django does, and give reasons to keep announced sessions instead of missing permissions."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        of_announcements = f"{capfirst(Announcement._meta.verbose_name)}: "
        in_the_way = [text for text in protected if not text.startswith(of_announcements)]
        in_the_way += [reason for session in objs if (reason := reason_to_keep(session))]
        return deleted, counts, missing - {Seat._meta.verbose_name, Announcement._meta.verbose_name}, in_the_way

    def view_on_site(self, session: Session) -> str:
        return session.get_absolute_url()

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, session: Session) -> dt.date | str:
        return session.starts_at or session.held_on or session.date_hint

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Session | None:
        """Get as Django does; in the transaction that saves it, lock the edition's sessions and seats first."""
        session = super().get_object(request, object_id, from_field)
        if session and request.method == "POST" and connection.in_atomic_block:
            lock_sessions([session.edition_id])
            return Session.objects.select_related("edition").filter(pk=session.pk).first()
        return session

    def save_model(self, request: HttpRequest, obj: Session, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        save_session(session=obj, by=request.user, effects=form.effects)  # type: ignore[arg-type]
        warn_of_overfull(request, Session.objects.filter(pk=obj.pk))
        if {"starts_at", "ends_at", "held_on"} & set(form.changed_data) and not facts_of(obj).may_come(
            timezone.now(), obj.edition.zone
        ):
            messages.warning(request, _("“%(session)s” is now in the past. Check the date.") % {"session": obj})
        announce_notices(request, [obj])

    def show_result(
        self, request: HttpRequest, action: BulkAction[Session], n_changed: int, objects: Sequence[Session]
    ) -> None:
        super().show_result(request, action, n_changed, objects)
        if n_changed:
            announce_notices(request, objects)

    def lock(self, objects: list[Session], cleaned: dict[str, Any]) -> None:
        lock_sessions(session.edition_id for session in objects)

    def plan(self, action: BulkAction[Session], objects: list[Session], cleaned: dict[str, Any]) -> Confirmation:
        """Return the effects on seats, and the news that people will be told."""
        after, changed = sessions_after(objects, action.apply(**cleaned))
        effects = locked_plan(lambda: plan_session_change(changed))
        return confirmation_of(effects, news=news_sentences(plan_news(after, effects, timezone.now())))

    def carry_out(
        self,
        action: BulkAction[Session],
        objects: list[Session],
        request: HttpRequest,
        cleaned: dict[str, Any],
        effects: Sequence[SeatEffect],
    ) -> int:
        """Change all sessions at once: the effects on seats depend on all of them."""
        change = action.apply(**cleaned)
        return change_sessions(sessions=objects, change=change, by=request.user, effects=effects)  # type: ignore[arg-type]

    def for_confirmation(self, queryset: QuerySet[Session]) -> QuerySet[Session]:
        return queryset.select_related("edition").order_by("pk")

    def impact(self, action: BulkAction[Session], objects: list[Session]) -> str:
        n = Participant.objects.concerned_by(objects).n_people()
        if action.name == "cancel" and Seat.objects.filter(session__in=objects).exists():
            text = ngettext(
                "This affects %(n)s person. All seats and waiting lists end at once. If a session is on again, people have"
                " to choose again.",
                "This affects %(n)s people. All seats and waiting lists end at once. If a session is on again, people have"
                " to choose again.",
                n,
            )
        else:
            text = ngettext("This affects %(n)s person.", "This affects %(n)s people.", n)
        return text % {"n": n}

    def current_state(self, obj: Session) -> str:
        text = _("%(status)s, published") if obj.is_published else _("%(status)s, not published")
        return text % {"status": obj.get_status_display()}

    def describe(self, obj: Session) -> str:
        when = f", {local_time(obj)}" if obj.starts_at else ""
        return f"{obj.title}{when} ({obj.get_status_display()}, {obj.edition})"
