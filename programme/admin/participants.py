from collections.abc import Iterator, Sequence
from typing import Any

import pghistory.models
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from programme.actions import registrations
from programme.actions.locks import lock_people
from programme.actions.seats import assign_seat
from programme.admin.bulk_actions import SeatBulkActionAdmin
from programme.errors import ProgrammeError
from programme.forms.participants import MoveForm, OptionalReasonForm, ReasonForm
from programme.forms.seats import SeatForm
from programme.models import Participant, Seat, Session
from programme.queries.seat_effects import SeatEffect
from programme.queries.seat_plans import plan_assignment, plan_leaving
from udtacademy.admin.bulk_actions import BulkAction
from udtacademy.admin.history import FieldChange

State = Participant.State
IN_PERSON = _("In person")


def plan_assigning(participants: Sequence[Participant], *, session: Session, reason: str) -> Sequence[SeatEffect]:
    return plan_assignment([(it, session) for it in participants], may_overbook=bool(reason))


BULK_ACTIONS: tuple[BulkAction[Participant], ...] = (
    BulkAction(
        "approve",
        _("Approve"),
        _("Whoever is approved is registered and takes a seat of their city."),
        _("Approved"),
        registrations.approve,
        lambda participant: not registrations.can_approve(participant),
    ),
    BulkAction(
        "decline",
        _("Decline"),
        _("Whoever is declined is told the reason, and cannot register again without an invitation."),
        _("Declined"),
        registrations.decline,
        lambda participant: not participant.is_pending,
        ReasonForm,
    ),
    BulkAction(
        "withdraw",
        _("Withdraw"),
        _("Whoever is withdrawn no longer takes part; their seat is free."),
        _("Withdrawn"),
        registrations.withdraw,
        lambda participant: participant.state in {State.WITHDRAWN, State.DECLINED},
        OptionalReasonForm,
        lambda participants, **_values: plan_leaving(participants),
    ),
    BulkAction(
        "move",
        _("Move to another city"),
        _("Whoever is moved leaves their city's team for that of the other."),
        _("Moved"),
        registrations.move_to_city,
        lambda participant: participant.state not in {State.REGISTERED, State.PENDING},
        MoveForm,
    ),
    BulkAction(
        "assign",
        _("Give a seat"),
        _("They get a seat in a parallel session, in place of what they have at the same time."),
        _("Given a seat"),
        assign_seat,
        lambda participant: not participant.is_registered,
        SeatForm,
        plan_assigning,
    ),
    BulkAction(
        "hand_over",
        _("Make coordinator"),
        _("They coordinate their city in place of whoever did, and can invite and withdraw colleagues."),
        _("Coordinates now"),
        registrations.hand_over,
        lambda participant: participant.is_coordinator or not participant.is_registered,
    ),
)


SEAT_EVENT = "programme.SeatEvent"
WORDS_FOR_SEATS = {
    ("insert", "held"): _("Seat in “%(session)s”"),
    ("insert", "waiting"): _("Waits for “%(session)s”"),
    ("update", "held"): _("Seat in “%(session)s”, from the waiting list"),
    ("update", "waiting"): _("Waits for “%(session)s”"),
    ("delete", "held"): _("No seat in “%(session)s” any more"),
    ("delete", "waiting"): _("No longer waits for “%(session)s”"),
}


@admin.register(Participant)
class ParticipantAdmin(SeatBulkActionAdmin[Participant]):
    noun = "participant"
    bulk_actions = BULK_ACTIONS
    list_display = ["user", "email", "delegation", "edition", "state", "is_coordinator", "state_at", "approve_button"]
    list_filter = ["edition", "state", "is_coordinator", "expo_pass", "delegation__city"]
    list_select_related = ["user", "delegation__city", "edition"]
    search_fields = ["user__name", "user__email", "delegation__city__name", "job_title", "department"]
    autocomplete_fields = ["user", "delegation"]
    fieldsets = [
        (None, {"fields": ["user", "delegation", "is_coordinator"]}),
        (
            _("State"),
            {
                "fields": ["state", "state_at", "state_by", "state_reason"],
                "description": _("Changed with the buttons above; the person is told."),
            },
        ),
        (_("Seats"), {"fields": ["seats_in_words"], "description": _("Changed with “Give a seat” above.")}),
        (_("Profile"), {"fields": ["job_title", "department", "hopes"]}),
        (IN_PERSON, {"fields": ["dietary_needs", "accessibility_needs", "photo_consent", "expo_pass"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Participant | None = None) -> list[str]:
        """The state is changed by actions, which tell the person; whom it is about and the city stay, too."""
        state = ["state", "state_at", "state_by", "state_reason", "is_coordinator", "seats_in_words"]
        return [*state, "user", "delegation"] if obj else state

    def get_fieldsets(self, request: HttpRequest, obj: Participant | None = None) -> Any:
        """What people need is for those who arrange it; who looks up a name does not read it."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [part for part in self.fieldsets or [] if part[0] != IN_PERSON]

    def has_delete_permission(self, request: HttpRequest, obj: Participant | None = None) -> bool:
        """People are withdrawn, and told; deleting is for what should never have been."""
        return request.user.is_superuser and super().has_delete_permission(request, obj)

    def events_of(self, participant: Participant) -> Any:
        """Also what became of their seats, which are gone from everywhere else once they are given up."""
        return pghistory.models.Events.objects.references(participant).across("programme.ParticipantEvent", SEAT_EVENT)

    def what(self, event: Any) -> str:
        if event.pgh_model != SEAT_EVENT:
            return super().what(event)
        session = Session.objects.filter(pk=event.pgh_data["session_id"]).first()
        return str(WORDS_FOR_SEATS[event.pgh_label, event.pgh_data["state"]]) % {
            "session": session or _("since deleted")
        }

    def changes(self, event: Any, withheld: set[str]) -> Iterator[FieldChange]:
        return iter(()) if event.pgh_model == SEAT_EVENT else super().changes(event, withheld)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """As Django's; the seats, which nobody deletes by themselves, go along."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing - {Seat._meta.verbose_name}, protected

    def delete_model(self, request: HttpRequest, obj: Participant) -> None:
        """Their seats go to those who wait."""
        registrations.remove_participant(participant=obj, by=request.user)  # type: ignore[arg-type]

    @admin.display(description=_("parallel sessions"))
    def seats_in_words(self, participant: Participant) -> str:
        seats = participant.seats.select_related("session").order_by("session__starts_at")
        return "; ".join(f"{seat.session} ({seat.get_state_display()})" for seat in seats) or "–"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting in bulk: people are withdrawn, and told."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=_("e-mail address"), ordering="user__email")
    def email(self, participant: Participant) -> str:
        return participant.user.email

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = super().get_list_display(request)
        return columns if self.has_change_permission(request) else columns[:-1]  # the last is the button

    @admin.display(description=_("decide"))
    def approve_button(self, participant: Participant) -> str | SafeString:
        """One click; the button belongs to the list's form, which brings the token along."""
        if not participant.is_pending:
            return "–"
        url = reverse("admin:programme_participant_approve", args=[participant.pk])
        return format_html(
            '<button class="button" formaction="{}" formmethod="post" formnovalidate title="{}">{}</button>',
            url,
            _("Registers and sends 1 e-mail"),
            _("Approve"),
        )

    def get_urls(self) -> list[URLPattern]:
        approve = self.admin_site.admin_view(require_POST(self.approve_view))
        return [path("<int:pk>/approve/", approve, name="programme_participant_approve"), *super().get_urls()]

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        participant = get_object_or_404(self.get_queryset(request).select_related("user", "delegation"), pk=pk)
        if not self.has_change_permission(request, participant):
            raise PermissionDenied
        try:
            if registrations.approve(participant=participant, by=request.user):  # type: ignore[arg-type]
                messages.success(request, _("%s is registered; an e-mail is on its way.") % participant)
            else:
                messages.info(request, _("%s was registered already.") % participant)
        except ProgrammeError as error:
            messages.error(request, f"{error} {_('Nothing was changed.')}")
        return HttpResponseRedirect(self.back_to_list(request))

    def back_to_list(self, request: HttpRequest) -> str:
        """The list as it was filtered when the button was clicked."""
        query = request.META.get("HTTP_REFERER", "").partition("?")[2]
        return f"{self.list_url()}?{query}" if query else self.list_url()

    def asked_about(self, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        return queryset.with_people().order_by("pk")  # type: ignore[attr-defined,no-any-return]

    def concern(self, action: BulkAction[Participant], objects: list[Participant]) -> str:
        n = sum(not action.is_done(participant) for participant in objects)
        if action.form in (MoveForm, SeatForm):  # those who are in the city, or have the seat, already are not told
            return ngettext("Up to %s e-mail will be sent.", "Up to %s e-mails will be sent.", n) % n
        return ngettext("%s e-mail will be sent.", "%s e-mails will be sent.", n) % n

    def line(self, obj: Participant) -> str:
        return f"{obj} ({obj.user.email}), {obj.delegation}, {obj.edition}: {obj.get_state_display()}"

    def counted(self, n: int) -> str:
        return ngettext("%s person", "%s people", n) % n

    def state_now(self, obj: Participant) -> str:
        return str(obj.get_state_display()).capitalize()

    def lock(self, objects: list[Participant], cleaned: dict[str, Any]) -> None:
        """All that is concerned at once, so that two bulk actions never wait for each other in a circle."""
        lock_people(objects, *([cleaned["delegation"]] if "delegation" in cleaned else []))

    def form_for(self, action: BulkAction[Participant], objects: list[Participant], posted: Any) -> forms.Form:
        editions = {participant.edition_id for participant in objects}
        if action.form is MoveForm:
            return MoveForm(posted, editions=editions)
        if action.form is SeatForm:
            offered = Session.objects.parallel().filter(edition__in=editions) if len(editions) == 1 else ()
            return SeatForm(posted, offered=[session.pk for session in offered])
        return super().form_for(action, objects, posted)
