from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from programme.actions.city_waiting_lists import serving_waiting_lists
from programme.actions.invitations import invite_coordinators
from programme.admin.lacks import LacksCoordinator
from programme.admin.of_edition import OfEditionAdmin
from programme.models import Delegation
from programme.panels import PageLink
from programme.templatetags.lists import WRITE, write_url
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.bulk_actions import BulkAction, BulkActionAdmin, emails_sentence


def invite_coordinator(*, delegation: Delegation, by: User) -> bool:
    return bool(invite_coordinators(delegations=[delegation], by=by))


def cannot_be_invited(delegation: Delegation) -> bool:
    return not delegation.coordinator_email or delegation.coordinator() is not None


@admin.register(Delegation)
class DelegationAdmin(OfEditionAdmin[Delegation], BulkActionAdmin[Delegation]):
    noun = "delegation"
    change_form_template = "admin/programme/city.html"
    bulk_actions = (
        BulkAction(
            "invite",
            _("Invite coordinator"),
            _(
                "Delegations that already have a coordinator, or no coordinator's email address, are skipped."
                " Earlier links stop working."
            ),
            _("Invited"),
            invite_coordinator,
            cannot_be_invited,
        ),
    )
    list_display = [
        "city",
        "edition",
        "n_registered",
        "quota",
        "n_waiting",
        "n_pending",
        "coordinator_email",
        "domains",
    ]
    list_filter = ["edition", LacksCoordinator, "city__country"]
    list_select_related = ["city", "edition"]
    search_fields = ["city__name", "edition__name", "edition__slug", "coordinator_email"]
    autocomplete_fields = ["edition", "city"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delegation]:
        return self.in_edition(request, Delegation.objects.with_counts())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        city: Delegation | None = kwargs.get("obj")
        if city and request.user.has_perm(WRITE):
            context["page_links"] = [PageLink(_("Write to the team"), write_url(city.edition, "city", city.pk))]
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Delegation | None = None) -> list[str]:
        """Fix the edition and the city once the delegation has participants."""
        return ["edition", "city"] if obj and obj.participants.exists() else []

    def save_model(self, request: HttpRequest, obj: Delegation, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Save the delegation. If its quota has room now, the first on its waiting list move up."""
        with serving_waiting_lists([obj.pk] if change else [], by=signed_in(request)) as promoted:
            super().save_model(request, obj, form, change)
        if promoted:
            text = ngettext(
                "%(n)s person has moved up from the waiting list and gets an email: %(names)s.",
                "%(n)s people have moved up from the waiting list and get an email each: %(names)s.",
                len(promoted),
            )
            messages.success(request, text % {"n": len(promoted), "names": ", ".join(map(str, promoted))})

    @admin.display(description=_("registered"), ordering="n_registered")
    def n_registered(self, delegation: Delegation) -> int:
        return delegation.n_registered

    @admin.display(description=_("on the waiting list"), ordering="n_waiting")
    def n_waiting(self, delegation: Delegation) -> int:
        return delegation.n_waiting

    @admin.display(description=_("waiting for approval"), ordering="n_pending")
    def n_pending(self, delegation: Delegation) -> int:
        return delegation.n_pending

    @admin.display(description=_("email domains"))
    def domains(self, delegation: Delegation) -> str:
        return ", ".join(delegation.email_domains)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if "invite" in actions:
            function, name, _label = actions["invite"]
            actions["invite"] = (function, name, _("Invite coordinators"))
        return actions

    def for_confirmation(self, queryset: QuerySet[Delegation]) -> QuerySet[Delegation]:
        return queryset.select_related("city", "edition").order_by("pk")

    def impact(self, action: BulkAction[Delegation], objects: list[Delegation]) -> str:
        return emails_sentence(sum(not action.is_done(delegation) for delegation in objects))

    def describe(self, delegation: Delegation) -> str:
        return f"{delegation}, {delegation.edition}: {delegation.coordinator_email or _('no email address')}"

    def current_state(self, delegation: Delegation) -> str:
        names = [str(it) for it in delegation.participants.coordinating().select_related("user")]
        if not names:
            return gettext("No coordinator yet")
        text = ngettext("Coordinator: %(names)s", "Coordinators: %(names)s", len(names))
        return text % {"names": ", ".join(names)}
