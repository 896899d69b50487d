"""The outbox by edition, and the page that sends an email again."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import staff_edition
from programme.actions.emails_again import SENDABLE, rehearse_again, send_again, why_never
from programme.admin.of_edition import OfEditionAdmin
from programme.errors import ProgrammeError
from programme.models import Edition, Participant
from programme.panels import PageLink
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation
from udtacademy.outbox.admin import KindFilter, MessageAdmin, ReturnedFilter, logged
from udtacademy.outbox.models import Message

admin.site.unregister(Message)

CHANGE = "outbox.change_message"
INVITATIONS = {"coordinator_invited", "colleague_invited", "link_to_forward"}  # of which only the last link works


@admin.register(Message)
class EditionMessageAdmin(OfEditionAdmin[Message], MessageAdmin):
    """Messages, whose edition is their context; some, such as sign-in codes, have none."""

    edition_path = "context"
    has_rows_of_none = True
    list_filter = [
        "state",
        ReturnedFilter,
        ("kind", KindFilter),
        ("context", admin.RelatedOnlyFieldListFilter),
        "created_at",
    ]

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> list[Any]:
        fields = super().get_fields(request, obj)
        return [*fields, "why_not_again"] if obj and obj.state in SENDABLE and why_never(obj) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Message | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "why_not_again"]

    @admin.display(description=gettext_lazy("is not sent again"))
    def why_not_again(self, message: Message) -> str:
        return why_never(message)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        message: Message | None = kwargs.get("obj")
        edition = message.context if message else None
        if message and edition and can_be_sent_again(message) and self.has_change_permission(request, message):
            context["page_links"] = [PageLink(_("Send again …"), again_url(message, edition))]
        return super().render_change_form(request, context, *args, **kwargs)


def can_be_sent_again(message: Message) -> bool:
    """Return whether there is a page that sends it again; it may say that there is nothing to say today."""
    return message.state in SENDABLE and not why_never(message)


def again_url(message: Message, edition: Edition) -> str:
    return reverse("programme-staff:message-again", args=[edition.slug, message.pk])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def message_again(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show an email as it would be composed now; send it once that is agreed to."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    message = get_object_or_404(Message.objects.defer("content"), context=edition, pk=pk)
    by, refusal = signed_in(request), ""
    person = Participant.objects.filter(edition=edition, user=message.user_id or 0).first()
    composed = rehearse_again(message=message, by=by)
    confirmation = Confirmation(effects=(composed,))
    if request.method == "POST" and not composed.refusal:
        if confirmation.is_agreed_to(request.POST):
            refusal = sent_again(request, message, by)
            if not refusal:
                return redirect(page_of(person or message))
        else:
            refusal = _("Something has changed since you opened this page. Read the email again.")
    context = admin.site.each_context(request) | {
        "title": _("Send again: %(message)s") % {"message": message},
        "edition": edition,
        "composed": composed,
        "confirmation": confirmation,
        "refusal": refusal or composed.refusal,
        "is_sensitive": message.is_sensitive,
        "is_invitation": message.kind in INVITATIONS,
        "back_url": page_of(person or message),
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "admin/programme/message_again.html", context, status=status).render()


def page_of(obj: Participant | Message) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def sent_again(request: HttpRequest, message: Message, by: User) -> str:
    """Send it again, logged on both messages. Return why it cannot be; empty if it is sent, or was just sent."""
    try:
        with transaction.atomic():
            new = send_again(message=message, by=by)
            if new:
                logged(message, by, _("Sent again to %(to)s") % {"to": new.to}, is_done=True)
                logged(new, by, _("Sent again instead of message %(n)s") % {"n": message.pk}, is_done=True)
    except ProgrammeError as error:
        return str(error)
    if new:
        messages.success(request, _("The email is sent again, to %(to)s.") % {"to": new.to})
    else:
        messages.info(request, _("It was sent again less than a minute ago."))
    return ""
