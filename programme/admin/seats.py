"""Seats for organisers: who has one, who is on a waiting list, who has none; and how to change that."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.actions.locks import lock_people
from programme.actions.seats import assign_seat, remove_seat
from programme.admin.bulk_actions import SeatBulkActionAdmin
from programme.admin.of_edition import OfEditionAdmin
from programme.forms.participants import OptionalReasonForm
from programme.forms.seats import OverbookForm, SeatForm
from programme.models import Seat, Session
from programme.queries.seat_choices import standing_of_slots
from programme.queries.seat_effects import SeatEffect
from programme.queries.seat_plans import plan_assignment, plan_removal
from programme.templatetags.lists import WRITE
from udtacademy.accounts.models import User
from udtacademy.admin.bulk_actions import BulkAction


def give(*, seat: Seat, by: User, reason: str) -> bool:
    return assign_seat(participant=seat.participant, session=seat.session, by=by, reason=reason)


def move(*, seat: Seat, session: Session, by: User, reason: str) -> bool:
    return assign_seat(participant=seat.participant, session=session, by=by, reason=reason)


def plan_giving(seats: Sequence[Seat], *, reason: str) -> Sequence[SeatEffect]:
    return plan_assignment([(it.participant, it.session) for it in seats], may_overbook=bool(reason))


def plan_moving(seats: Sequence[Seat], *, session: Session, reason: str) -> Sequence[SeatEffect]:
    return plan_assignment([(it.participant, session) for it in seats], may_overbook=bool(reason))


BULK_ACTIONS: tuple[BulkAction[Seat], ...] = (
    BulkAction(
        "give",
        _("Give a seat now"),
        _("People on the waiting list get a seat before their turn. It replaces any seat they have at the same time."),
        _("Seat given"),
        give,
        lambda seat: seat.is_held,
        OverbookForm,
        plan_giving,
    ),
    BulkAction(
        "move",
        _("Move to another session"),
        _("They get a seat in another session at the same time and lose this one."),
        _("Moved"),
        move,
        lambda seat: not seat.session.takes_seats,
        SeatForm,
        plan_moving,
    ),
    BulkAction(
        "remove",
        _("Release seat"),
        _(
            "They lose the seat, or leave the waiting list. A free seat goes to the next person on the waiting list, or is"
            " offered to them."
        ),
        _("Released"),
        remove_seat,
        lambda _seat: False,
        OptionalReasonForm,
        lambda seats, **_values: plan_removal(seats),
        is_destructive=True,
    ),
)


@admin.register(Seat)
class SeatAdmin(OfEditionAdmin[Seat], SeatBulkActionAdmin[Seat]):
    noun = "seat"
    bulk_actions = BULK_ACTIONS
    list_display = ["participant", "city", "title", "when", "state", "position", "how"]
    list_filter = ["edition", "state", "is_overbooked", ("session", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["participant__user__name", "participant__user__email", "session__title"]
    list_per_page = 50
    readonly_fields = [
        *("participant", "session", "state", "chosen_at", "held_at", "is_promoted", "moved_from"),
        *("assigned_by", "is_overbooked", "reason"),
    ]
    fields = (*readonly_fields,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: organisers give seats on a participant's page or in the list of participants."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Seat | None = None) -> bool:
        """Return False: organisers release seats, which tells the person and settles the waiting list."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seat]:
        return self.in_edition(request, Seat.objects.with_people().with_position())

    @admin.display(description=_("city"), ordering="participant__delegation__city__name")
    def city(self, seat: Seat) -> str:
        return str(seat.participant.delegation)

    @admin.display(description=_("session"), ordering="session__title")
    def title(self, seat: Seat) -> str:
        return f"{seat.session} ({seat.session.track})"

    @admin.display(description=_("when"), ordering="session__starts_at")
    def when(self, seat: Seat) -> dt.datetime | None:
        return seat.session.starts_at

    @admin.display(description=_("position"))
    def position(self, seat: Seat) -> int | None:
        return seat.position

    @admin.display(description=_("how"))
    def how(self, seat: Seat) -> str:
        """Return how the person got the seat, if not by choosing it."""
        if seat.assigned_by:
            values = {"name": seat.assigned_by, "reason": seat.reason}
            if seat.is_overbooked:  # always with a reason
                return _("given by %(name)s, beyond capacity: %(reason)s") % values
            return (_("given by %(name)s: %(reason)s") if seat.reason else _("given by %(name)s")) % values
        if seat.offered_at:
            return str(_("free seat offered"))
        return str(_("from the waiting list")) if seat.is_promoted else ""

    def for_confirmation(self, queryset: QuerySet[Seat]) -> QuerySet[Seat]:
        return queryset.order_by("pk")

    def describe(self, obj: Seat) -> str:
        return f"{obj.participant}, {obj.participant.delegation}: {obj.session} ({obj.get_state_display()})"

    def impact(self, action: BulkAction[Seat], objects: list[Seat]) -> str:
        n = len({seat.participant_id for seat in objects if not action.is_done(seat)})
        return ngettext("%(n)s person will get an email.", "%(n)s people will get an email.", n) % {"n": n}

    def return_url(self, request: HttpRequest, objects: list[Seat]) -> str:
        """Return the list of the session's seats instead of the seat's page: the seat may be gone."""
        if "is_from_object" in request.POST and objects:
            return f"{self.list_of(objects[0])}?session__id__exact={objects[0].session_id}"
        return super().return_url(request, objects)

    def current_state(self, obj: Seat) -> str:
        return str(obj.get_state_display()).capitalize()

    def form_for(self, action: BulkAction[Seat], objects: list[Seat], posted: Any) -> forms.Form:
        if action.form is not SeatForm:
            return super().form_for(action, objects, posted)
        offered = [
            {one.pk, *Session.objects.parallel_to(one).filter(edition=one.edition).values_list("pk", flat=True)}
            for one in {seat.session for seat in objects}
        ]
        return SeatForm(posted, offered=set.intersection(*offered))

    def lock(self, objects: list[Seat], cleaned: dict[str, Any]) -> None:
        lock_people(seat.participant for seat in objects)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@require_safe
def seat_overview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the seats by time, session and track, and the people without a seat by city."""
    edition = staff_edition(request.user, edition_slug, "programme.view_seat")
    slots, cities = standing_of_slots(edition)
    context = {
        **admin.site.each_context(request),
        "title": _("Seats"),
        "edition": edition,
        "slots": slots,
        "cities": cities,
        "n_missing": sum(len(people) for _city, people in cities),
        "window": edition.choice_window(timezone.now()).value,
        "can_assign": request.user.has_perm("programme.change_participant"),
        "can_write": request.user.has_perm(WRITE),
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/seat_overview.html", context).render()
