from collections.abc import Iterator
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
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from programme.actions import registrations
from programme.actions.locks import lock_people
from programme.admin.address_page import AddressFilter
from programme.admin.answer_columns import AnswerColumnsAdmin
from programme.admin.bulk_actions import SeatBulkActionAdmin
from programme.admin.participant_actions import BULK_ACTIONS, MAKE_ROOM
from programme.admin.participant_history import ParticipantHistoryAdmin
from programme.errors import ProgrammeError
from programme.formats import days_between
from programme.forms.participants import MoveForm, ParticipantForm
from programme.forms.seats import SeatForm
from programme.forms.stays import STAY
from programme.models import ComingAnswer, Participant, Seat, Session
from programme.panels import PageLink
from programme.queries.quotas import n_moving_up, position_of
from udtacademy.admin.bulk_actions import BulkAction, emails_sentence

IN_PERSON = _("In person")


def state_of(participant: Participant) -> str:
    """Return the state, with the number of somebody on the waiting list of their city. Needs `with_position`."""
    label = str(participant.get_state_display())
    if not participant.is_waiting:
        return label
    return _("%(state)s, number %(n)s") % {"state": label, "n": participant.position}


def say_approved(request: HttpRequest, participant: Participant, *, is_approved: bool) -> None:
    if not is_approved:
        text = _("%(name)s was already approved.") if participant.is_waiting else _("%(name)s was already registered.")
        messages.info(request, text % {"name": participant})
    elif participant.is_waiting:
        values = {"name": participant, "city": participant.delegation, "n": position_of(participant)}
        text = _(
            "%(name)s is approved and gets an email. The quota of %(city)s is used up, so they are number %(n)s on its"
            " waiting list."
        )
        messages.success(request, text % values)
    else:
        messages.success(request, _("%(name)s is now registered and gets an email.") % {"name": participant})


@admin.register(Participant)
class ParticipantAdmin(ParticipantHistoryAdmin, AnswerColumnsAdmin, SeatBulkActionAdmin[Participant]):
    noun = "participant"
    form = ParticipantForm
    bulk_actions = BULK_ACTIONS
    change_form_template = "admin/programme/person.html"
    list_display = [
        "user",
        "email",
        "delegation",
        "edition",
        "shown_state",
        "is_coordinator",
        "state_at",
        "approve_button",
    ]
    list_filter = [
        "edition",
        "state",
        "is_coordinator",
        "expo_pass",
        AddressFilter,
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
                "fields": ["state", "turn", "state_at", "state_by", "state_reason"],
                "description": _("Use the buttons above to change it. The person is told."),
            },
        ),
        (_("Profile"), {"fields": ["job_title", "department", "hopes"]}),
        (
            IN_PERSON,
            {"fields": ["dietary_needs", "accessibility_needs", "photo_consent", "expo_pass", *STAY, "coming"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        return self.with_answers(request, self.in_edition(request, Participant.objects.with_position()))

    def get_ordering(self, request: HttpRequest) -> Any:
        """Return the order of the list: of the people on waiting lists, by city, first come first."""
        is_of_waiting = request.GET.get("state__exact") == Participant.State.WAITING
        return ["delegation", "waiting_number", "pk"] if is_of_waiting else super().get_ordering(request)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, participant: Participant) -> str:
        return state_of(participant)

    @admin.display(description=_("waiting list of the city"))
    def turn(self, participant: Participant) -> str:
        if participant.is_waiting:
            number = gettext("Number %(n)s.") % {"n": participant.position}
            then = gettext("When it is their turn, they wait for approval.") if participant.needs_approval else ""
            return f"{number} {then}".strip()
        if participant.is_next:
            return gettext("It is their turn: a part of the quota is theirs until you approve or decline.")
        return gettext("Registered out of turn") if participant.is_out_of_turn else "–"

    @admin.display(description=_("still coming"))
    def coming(self, participant: Participant) -> str:
        """Return the latest answer with the days it was given for."""
        answer: ComingAnswer | None = getattr(participant, "coming_answer", None)
        if answer is None:
            return gettext("Not answered")
        text = gettext("Yes, on %(days)s") if answer.is_coming else gettext("No, not on %(days)s")
        return text % {"days": days_between(answer.first_on, answer.last_on)}

    def get_readonly_fields(self, request: HttpRequest, obj: Participant | None = None) -> list[str]:
        """Fix the state, which actions change and tell the person about; on existing participants also person and city."""
        state = ["state", "turn", "state_at", "state_by", "state_reason", "is_coordinator", "coming"]
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
        may_approve = self.has_change_permission(request)
        columns = columns if may_approve else [it for it in columns if it != "approve_button"]
        return [*columns, *self.answer_columns(request)]

    @admin.display(description=_("approval"))
    def approve_button(self, participant: Participant) -> str | SafeString:
        """Return a button that approves with one click. It belongs to the list's form, which has the CSRF token."""
        if not (participant.is_pending or participant.needs_approval):
            return "–"
        url = reverse("admin:programme_participant_approve", args=[participant.pk])
        return format_html(
            '<button class="button" formaction="{}" formmethod="post" formnovalidate title="{}">{}</button>',
            url,
            _("Approves the person and sends 1 email"),
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
            is_approved = registrations.approve(participant=participant, by=request.user)  # type: ignore[arg-type]
        except ProgrammeError as error:
            messages.error(request, _("%(error)s Nothing was changed.") % {"error": error})
        else:
            say_approved(request, participant, is_approved=is_approved)
        return HttpResponseRedirect(self.back_to_list(request, participant))

    def back_to_list(self, request: HttpRequest, participant: Participant) -> str:
        """Return the URL of the list of their edition, with the filters it had when the button was clicked."""
        query = request.META.get("HTTP_REFERER", "").partition("?")[2]
        return f"{self.list_of(participant)}?{query}" if query else self.list_of(participant)

    def for_confirmation(self, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        """Return those on waiting lists by their number: of two, the first moves up."""
        return queryset.with_people().order_by("waiting_number", "pk")  # type: ignore[attr-defined,no-any-return]

    def impact(self, action: BulkAction[Participant], objects: list[Participant]) -> str:
        n = sum(not action.is_done(participant) for participant in objects)
        moving_up = n_moving_up(objects) if action.name in MAKE_ROOM else 0
        if moving_up:
            text = ngettext(
                "Up to %(n)s email will be sent, also to the next on the waiting lists of cities, who move up.",
                "Up to %(n)s emails will be sent, also to the next on the waiting lists of cities, who move up.",
                n + moving_up,
            )
            return text % {"n": n + moving_up}
        if action.form in (MoveForm, SeatForm):  # people who are already in the city or have the seat get none
            return ngettext("Up to %(n)s email will be sent.", "Up to %(n)s emails will be sent.", n) % {"n": n}
        return emails_sentence(n)

    def describe(self, obj: Participant) -> str:
        return f"{obj} ({obj.user.email}), {obj.delegation}, {obj.edition}: {state_of(obj)}"

    def count_label(self, n: int) -> str:
        return ngettext("%(n)s person", "%(n)s people", n) % {"n": n}

    def current_state(self, obj: Participant) -> str:
        return capfirst(state_of(obj))

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
