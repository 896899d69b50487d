from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

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
from programme.formats import local_time
from programme.forms.sessions import CancelForm, PostponeForm, SessionForm
from programme.models import Announcement, Participant, Seat, Session
from programme.models.announcement import facts_of
from programme.models.session_queryset import SessionQuerySet
from programme.queries.announcements import news_to_tell
from programme.queries.seat_effects import SeatEffect
from programme.queries.session_changes import GATHERED_FOR, SessionChange, news_sentences
from programme.queries.session_plans import plan_news, plan_session_change, sessions_after
from udtacademy.admin.bulk_actions import BulkAction
from udtacademy.admin.confirmation import Confirmation

ONLINE = _("Online")

# `apply` returns the change that `change_sessions` makes to all of them at once.
BULK_ACTIONS: tuple[BulkAction[Session], ...] = (
    BulkAction(
        "publish",
        _("Publish"),
        _("What is published appears on the pages of a published edition, and in everybody's calendar."),
        _("Published"),
        published,
        lambda session: session.is_published,
    ),
    BulkAction(
        "unpublish",
        _("Take off the pages"),
        _(
            "What is taken off disappears from the public pages; whoever was told of it is told, and it leaves their calendar."
        ),
        _("Taken off the pages"),
        unpublished,
        lambda session: not session.is_published,
    ),
    BulkAction(
        "confirm",
        _("Confirm"),
        _(
            "What is confirmed is held as planned, also in everybody's calendar; what was cancelled is on again, without the seats that people had."
        ),
        _("Confirmed"),
        confirmed,
        lambda session: session.status == Session.Status.CONFIRMED,
    ),
    BulkAction(
        "postpone",
        _("Postpone"),
        _("What is postponed moves to the new day, and is to be confirmed again."),
        _("Postponed"),
        postponed,
        lambda _session: False,
        PostponeForm,
    ),
    BulkAction(
        "cancel",
        _("Cancel session"),
        _("What is cancelled stays on the pages, struck through, and everybody's calendar says so."),
        _("Cancelled"),
        cancelled,
        lambda session: session.is_cancelled,
        CancelForm,
    ),
)


def warn_of_overfull(request: HttpRequest, sessions: SessionQuerySet) -> None:
    """Fewer places evict nobody; whoever made them fewer is told."""
    for session in sessions.overfull():
        text = _("“%(session)s” has %(n)s people on %(places)s places. Nobody has lost a seat; nobody new gets one.")
        messages.warning(request, text % {"session": session, "n": session.n_held, "places": session.n_seats})


def say_who_will_be_told(request: HttpRequest, sessions: Sequence[Session]) -> None:
    """After a change: how many people will be told, when, and where an organiser can put words before it or drop it."""
    now = timezone.now()
    for edition in {it.edition for it in sessions}:
        news = [it for it in news_to_tell(edition, now) if it.session in sessions]
        if not news:
            continue
        n_people = len({it.participant_id for it in news})
        due_at = max(it.session.changed_at for it in news) + GATHERED_FOR
        if all(SessionChange.of(it).cannot_wait(due_at, now=now) for it in news):
            text = ngettext("%(n)s person is told of it now.", "%(n)s people are told of it now.", n_people)
            link = gettext("See the changes")
        else:
            text = ngettext(
                "%(n)s person will be told of it at %(time)s.", "%(n)s people will be told of it at %(time)s.", n_people
            )
            link = gettext("See what, put words before it, or drop it")
        sentence = text % {"n": n_people, "time": f"{due_at.astimezone(edition.zone):%H:%M}"}
        page = reverse("admin:programme_notice_edition", args=[edition.slug])
        messages.info(request, format_html('{} <a href="{}">{}</a>', sentence, page, link))


def why_it_stays(session: Session) -> str:
    """Return why a session that was announced cannot be deleted, and what to do instead; otherwise empty."""
    n = session.announcements.values("participant").distinct().count()
    if not n:
        return ""
    record = ngettext(
        "“%(session)s” was told to %(n)s person. It stays as a record of that.",
        "“%(session)s” was told to %(n)s people. It stays as a record of that.",
        n,
    ) % {"session": session, "n": n}
    if not session.is_published:
        instead = _("It is off the pages already.")
    elif session.is_cancelled:
        instead = _("It is cancelled. Take it off the pages to have it disappear there.")
    else:
        instead = _("Take it off the pages, which takes it out of their calendars, or cancel it.")
    return f"{record} {instead}"


class ConfirmedSessionForm(ConfirmedForm[Session], SessionForm):
    def plan(self) -> Sequence[SeatEffect]:
        return locked_plan(lambda: plan_session_change([self.instance]))


@admin.register(Session)
class SessionAdmin(AnnouncementsPage, SeatBulkActionAdmin[Session]):
    noun = "session"
    bulk_actions = BULK_ACTIONS
    form = ConfirmedSessionForm
    list_display = ["title", "when", "status", "is_published", "is_core", "format", "track", "edition"]
    list_filter = ["edition", "status", "is_published", "is_core", "format", "track"]
    list_select_related = ["edition", "track"]
    list_per_page = 50
    search_fields = ["title", "description", "slug", "edition__name"]
    autocomplete_fields = ["edition", "track", "room"]
    readonly_fields = ["status", "status_reason", "is_published", "calendar_uid", "calendar_sequence", "changed_at"]
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
        (_("Where"), {"fields": ["room", "capacity", "location"]}),
        (ONLINE, {"fields": ["meeting_url", "recording_url", "make_up_question"]}),
        (_("E-mails"), {"fields": ["reminder_minutes"]}),
        (
            _("State"),
            {
                "fields": ["status", "status_reason", "is_published"],
                "description": _("Changed with the buttons above."),
            },
        ),
        (
            _("For the record"),
            {"fields": ["calendar_uid", "calendar_sequence", "changed_at"], "classes": ["collapse"]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Session | None = None) -> list[str]:
        """A session in which people have seats, or of which they were told, stays in their edition."""
        stays = obj and (obj.seats.exists() or obj.announcements.exists())
        return ["edition", *self.readonly_fields] if stays else [*self.readonly_fields]

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> Any:
        """The meeting's link is for those who take part or arrange it, not for everybody who looks up a session."""
        if self.has_change_permission(request, obj) or (obj is None and self.has_add_permission(request)):
            return self.fieldsets
        return [part for part in self.fieldsets or [] if part[0] != ONLINE]

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """As Django's; what is in the way is the seats, not the right to delete them."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        of_announcements = f"{capfirst(Announcement._meta.verbose_name)}: "
        in_the_way = [it for it in protected if not it.startswith(of_announcements)]
        in_the_way += [sentence for it in objs if (sentence := why_it_stays(it))]
        return deleted, counts, missing - {Seat._meta.verbose_name, Announcement._meta.verbose_name}, in_the_way

    def view_on_site(self, session: Session) -> str:
        return session.get_absolute_url()

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, session: Session) -> str:
        if session.held_on:
            return date_format(session.held_on, "D j M Y")
        return local_time(session) or session.date_hint

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Session | None:
        """As Django's; while it is saved, nobody else changes a session or a seat of the edition."""
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
            messages.warning(request, _("“%s” is in the past now, and over. Is that what you mean?") % obj)
        say_who_will_be_told(request, [obj])

    def announce(
        self, request: HttpRequest, action: BulkAction[Session], n_changed: int, objects: Sequence[Session]
    ) -> None:
        super().announce(request, action, n_changed, objects)
        if n_changed:
            say_who_will_be_told(request, objects)

    def lock(self, objects: list[Session], cleaned: dict[str, Any]) -> None:
        lock_sessions(session.edition_id for session in objects)

    def plan(self, action: BulkAction[Session], objects: list[Session], cleaned: dict[str, Any]) -> Confirmation:
        """What follows for seats, and what will be told to how many."""
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
        """Change all of them as one: seats follow from how they are in the end."""
        change = action.apply(**cleaned)
        return change_sessions(sessions=objects, change=change, by=request.user, effects=effects)  # type: ignore[arg-type]

    def asked_about(self, queryset: QuerySet[Session]) -> QuerySet[Session]:
        return queryset.select_related("edition").order_by("pk")

    def concern(self, action: BulkAction[Session], objects: list[Session]) -> str:
        n = Participant.objects.concerned_by(objects).n_people()
        parts = [ngettext("This concerns %s person.", "This concerns %s people.", n) % n]
        if action.name == "cancel" and Seat.objects.filter(session__in=objects).exists():
            parts.append(
                gettext("Their seats and the waiting list end at once: if it is on again, people choose anew.")
            )
        return " ".join(parts)

    def state_now(self, obj: Session) -> str:
        return f"{obj.get_status_display()}, {_('published') if obj.is_published else _('not published')}"

    def line(self, obj: Session) -> str:
        when = f", {local_time(obj)}" if obj.starts_at else ""
        return f"{obj.title}{when} ({obj.get_status_display()}, {obj.edition})"
