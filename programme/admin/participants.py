from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from programme.actions import registrations
from programme.actions.locks import lock_people
from programme.actions.seats import assign_seat
from programme.admin.bulk_actions import SeatBulkActionAdmin
from programme.admin.of_edition import OfEditionAdmin
from programme.admin.participant_history import ParticipantHistoryAdmin
from programme.errors import ProgrammeError
from programme.forms.participants import MoveForm, OptionalReasonForm, ReasonForm
from programme.forms.seats import SeatForm
from programme.models import Participant, Seat, Session
from programme.panels import PageLink
from programme.queries.seat_effects import SeatEffect
from programme.queries.seat_plans import plan_assignment, plan_leaving
from udtacademy.admin.bulk_actions import BulkAction

State = Participant.State
IN_PERSON = _("In person")


def plan_assigning(participants: Sequence[Participant], *, session: Session, reason: str) -> Sequence[SeatEffect]:
    return plan_assignment([(it, session) for it in participants], may_overbook=bool(reason))


BULK_ACTIONS: tuple[BulkAction[Participant], ...] = (
    BulkAction(
        "approve",
        _("Approve"),
        _("Approved people are registered and count towards the quota of their city."),
        _("Approved"),
        registrations.approve,
        lambda participant: not registrations.can_approve(participant),
    ),
    BulkAction(
        "decline",
        _("Decline"),
        _("Declined people are told the reason. They cannot register again without an invitation."),
        _("Declined"),
        registrations.decline,
        lambda participant: not participant.is_pending,
        ReasonForm,
        is_destructive=True,
    ),
    BulkAction(
        "withdraw",
        _("Withdraw"),
        _("Withdrawn people no longer take part, and their seats become free."),
        _("Withdrawn"),
        registrations.withdraw,
        lambda participant: participant.state in {State.WITHDRAWN, State.DECLINED},
        OptionalReasonForm,
        lambda participants, **_values: plan_leaving(participants),
        is_destructive=True,
    ),
    BulkAction(
        "move",
        _("Move to another city"),
        _("They leave the team of their city and join the team of the other city."),
        _("Moved"),
        registrations.move_to_city,
        lambda participant: participant.state not in {State.REGISTERED, State.PENDING},
        MoveForm,
    ),
    BulkAction(
        "assign",
        _("Give a seat"),
        _("They get a seat in a parallel session. It replaces any seat they have at the same time."),
        _("Seat given"),
        assign_seat,
        lambda participant: not participant.is_registered,
        SeatForm,
        plan_assigning,
    ),
    BulkAction(
        "hand_over",
        _("Make coordinator"),
        _("They replace the current coordinator of their city, and can invite and withdraw colleagues."),
        _("Made coordinator"),
        registrations.hand_over,
        lambda participant: participant.is_coordinator or not participant.is_registered,
    ),
)


@admin.register(Participant)
class ParticipantAdmin(ParticipantHistoryAdmin, OfEditionAdmin[Participant], SeatBulkActionAdmin[Participant]):
    noun = "participant"
    bulk_actions = BULK_ACTIONS
    change_form_template = "admin/programme/person.html"
    list_display = ["user", "email", "delegation", "edition", "state", "is_coordinator", "state_at", "approve_button"]
    list_filter = [
        "edition",
        "state",
        "is_coordinator",
        "expo_pass",
        ("delegation__city", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["user", "delegation__city", "edition"]
    search_fields = ["user__name", "user__email", "delegation__city__name", "job_title", "department"]
    autocomplete_fields = ["user"]
    picks = {"delegation": "edition"}
    only_on_page = frozenset({"approve_button"})
    fieldsets = [
        (None, {"fields": ["user", "delegation", "is_coordinator"]}),
        (
            _("State"),
            {
                "fields": ["state", "state_at", "state_by", "state_reason"],
                "description": _("Use the buttons above to change it. The person is told."),
            },
        ),
        (_("Profile"), {"fields": ["job_title", "department", "hopes"]}),
        (IN_PERSON, {"fields": ["dietary_needs", "accessibility_needs", "photo_consent", "expo_pass"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Participant | None = None) -> list[str]:
        """Fix the state, which actions change and tell the person about; on existing participants also person and city."""
        state = ["state", "state_at", "state_by", "state_reason", "is_coordinator"]
        return [*state, "user", "delegation"] if obj else state

    def get_fieldsets(self, request: HttpRequest, obj: Participant | None = None) -> Any:
        """Show dietary and accessibility needs only to staff who may change participants."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [part for part in self.fieldsets or [] if part[0] != IN_PERSON]

    def has_delete_permission(self, request: HttpRequest, obj: Participant | None = None) -> bool:
        """Allow it only to superusers, for entries made by mistake: other people are withdrawn, which tells them."""
        return request.user.is_superuser and super().has_delete_permission(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Collect as Django does, without asking for permission to delete seats, which nobody has."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing - {Seat._meta.verbose_name}, protected

    def delete_model(self, request: HttpRequest, obj: Participant) -> None:
        """Delete the participant; their seats go to the waiting lists. 404 if somebody else has just deleted or moved them."""
        try:
            registrations.remove_participant(participant=obj, by=request.user)  # type: ignore[arg-type]
        except ProgrammeError as error:
            raise Http404(str(error)) from error

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out deleting in bulk: people are withdrawn, which tells them."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=_("email address"), ordering="user__email")
    def email(self, participant: Participant) -> str:
        return participant.user.email

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = super().get_list_display(request)
        return columns if self.has_change_permission(request) else columns[:-1]  # the last is the button

    @admin.display(description=_("approval"))
    def approve_button(self, participant: Participant) -> str | SafeString:
        """Return a button that approves with one click. It belongs to the list's form, which has the CSRF token."""
        if not participant.is_pending:
            return "–"
        url = reverse("admin:programme_participant_approve", args=[participant.pk])
        return format_html(
            '<button class="button" formaction="{}" formmethod="post" formnovalidate title="{}">{}</button>',
            url,
            _("Registers the person and sends 1 email"),
            _("Approve"),
        )

    def get_urls(self) -> list[URLPattern]:
        approve = self.admin_site.admin_view(require_POST(self.approve_view))
        return [path("<int:pk>/approve/", approve, name="programme_participant_approve"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person: Participant | None = kwargs.get("obj")
        context["page_links"] = list(self.links(request, person)) if person else []
        if person and self.has_change_permission(request, person):
            context["show_save_and_add_another"] = False  # people are added by a form of their own
        return super().render_change_form(request, context, *args, **kwargs)

    def links(self, request: HttpRequest, person: Participant) -> Iterator[PageLink]:
        slug = person.edition.slug
        if self.has_change_permission(request, person):
            correct = reverse("programme-staff:person-correct", args=[slug, person.pk])
            yield PageLink(_("Correct name or address"), correct)
            if person.is_registered and not person.edition.is_over(timezone.now()):
                take_over = reverse("programme-staff:person-take-over", args=[slug, person.pk])
                yield PageLink(_("Hand over to a colleague"), take_over)
        if request.user.has_perm("outbox.view_message"):
            emails = reverse("programme-staff:messages", args=[slug])
            yield PageLink(_("All their emails"), f"{emails}?{urlencode({'q': person.user.email})}")

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        participant = get_object_or_404(
            self.get_queryset(request).select_related("user", "delegation", "edition"), pk=pk
        )
        if not self.has_change_permission(request, participant):
            raise PermissionDenied
        try:
            if registrations.approve(participant=participant, by=request.user):  # type: ignore[arg-type]
                messages.success(request, _("%(name)s is now registered and gets an email.") % {"name": participant})
            else:
                messages.info(request, _("%(name)s was already registered.") % {"name": participant})
        except ProgrammeError as error:
            messages.error(request, _("%(error)s Nothing was changed.") % {"error": error})
        return HttpResponseRedirect(self.back_to_list(request, participant))

    def back_to_list(self, request: HttpRequest, participant: Participant) -> str:
        """Return the URL of the list of their edition, with the filters it had when the button was clicked."""
        query = request.META.get("HTTP_REFERER", "").partition("?")[2]
        return f"{self.list_of(participant)}?{query}" if query else self.list_of(participant)

    def for_confirmation(self, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        return queryset.with_people().order_by("pk")  # type: ignore[attr-defined,no-any-return]

    def impact(self, action: BulkAction[Participant], objects: list[Participant]) -> str:
        n = sum(not action.is_done(participant) for participant in objects)
        if action.form in (MoveForm, SeatForm):  # people who are already in the city or have the seat get none
            return ngettext("Up to %(n)s email will be sent.", "Up to %(n)s emails will be sent.", n) % {"n": n}
        return ngettext("%(n)s email will be sent.", "%(n)s emails will be sent.", n) % {"n": n}

    def describe(self, obj: Participant) -> str:
        return f"{obj} ({obj.user.email}), {obj.delegation}, {obj.edition}: {obj.get_state_display()}"

    def count_label(self, n: int) -> str:
        return ngettext("%(n)s person", "%(n)s people", n) % {"n": n}

    def current_state(self, obj: Participant) -> str:
        return str(obj.get_state_display()).capitalize()

    def lock(self, objects: list[Participant], cleaned: dict[str, Any]) -> None:
        """Lock everything concerned at once, so that two bulk actions cannot deadlock."""
        lock_people(objects, *([cleaned["delegation"]] if "delegation" in cleaned else []))

    def form_for(self, action: BulkAction[Participant], objects: list[Participant], posted: Any) -> forms.Form:
        editions = {participant.edition_id for participant in objects}
        if action.form is MoveForm:
            return MoveForm(posted, editions=editions)
        if action.form is SeatForm:
            offered = Session.objects.parallel().filter(edition__in=editions) if len(editions) == 1 else ()
            return SeatForm(posted, offered=[session.pk for session in offered])
        return super().form_for(action, objects, posted)
