"""Admin of the outbox: messages and their states; retry and cancel."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Exists, OuterRef, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from udtacademy.admin.bulk_actions import BulkAction, BulkActionAdmin
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.kinds import KINDS, kind_label
from udtacademy.outbox.mime import unsubscribe_url_of
from udtacademy.outbox.models import Message, ReturnedMail
from udtacademy.outbox.queue import cancel_message, has_text, retry_message
from udtacademy.outbox.render import without_links
from udtacademy.outbox.sender_page import sender_page
from udtacademy.outbox.stopped import try_again
from udtacademy.outbox.views import mail_page


def retry(*, message: Message, by: AbstractBaseUser) -> bool:
    """Queue a message again. If its address was stopped, other emails go there again too."""
    is_tried_again = message.state == Message.State.STOPPED and try_again(address=message.to, by=by) is not None
    is_done = retry_message(message=message) if has_text(message) or not is_tried_again else True
    return logged(message, by, _("Queued again"), is_done=is_done or is_tried_again)


def cancel(*, message: Message, by: AbstractBaseUser) -> bool:
    return logged(message, by, _("Cancelled"), is_done=cancel_message(message=message))


def logged(message: Message, by: AbstractBaseUser, text: Any, *, is_done: bool) -> bool:
    """Log what people do in the admin's log: messages have no history, as they change all the time."""
    if is_done:
        LogEntry.objects.log_actions(by.pk, [message], CHANGE, str(text), single_object=True)
    return is_done


BULK_ACTIONS: tuple[BulkAction[Message], ...] = (
    BulkAction(
        "retry",
        _("Try again now"),
        _(
            "Messages that failed, wait for another attempt or for the morning, or were not sent are sent as soon as the mail"
            " server accepts them. If an address was stopped, it gets all emails again."
        ),
        _("Queued again"),
        retry,
        lambda message: message.state == Message.State.SENT,
    ),
    BulkAction(
        "cancel",
        _("Do not send"),
        _("Messages that are still queued are not sent. Messages that were sent cannot be recalled."),
        _("Cancelled"),
        cancel,
        lambda message: message.state != Message.State.QUEUED,
        is_destructive=True,
    ),
)


class KindFilter(admin.AllValuesFieldListFilter):
    """Filters by the kinds that there are, in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            kind = choice["display"]
            yield choice | {"display": kind_label(kind) if kind in KINDS else kind}


class ReturnedFilter(admin.SimpleListFilter):
    """Filters by what came back."""

    title = _("came back")
    parameter_name = "came_back"
    ANY = "any"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(self.ANY, _("any")), *ReturnedMail.Kind.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        value = self.value()
        returned = ReturnedMail.objects.filter(message=OuterRef("pk"))
        if value in ReturnedMail.Kind.values:
            returned = returned.filter(kind=value)
        elif value != self.ANY:
            return queryset
        return queryset.filter(Exists(returned))


@admin.register(Message)
class MessageAdmin(BulkActionAdmin[Message]):
    """Messages, read-only; codes and personal links are hidden."""

    noun = "message"
    bulk_actions = BULK_ACTIONS
    object_history_template = "admin/object_history.html"  # Django's own
    history_view = admin.ModelAdmin.history_view
    list_display = ["__str__", "to", "kind_label", "state", "n_attempts", "last_error", "created_at", "sent_at"]
    list_filter = ["state", ReturnedFilter, ("kind", KindFilter), "context", "created_at"]
    search_fields = ["to", "shown_subject"]
    date_hierarchy = "created_at"
    list_select_related = False

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, message: Message) -> str:
        return kind_label(message.kind)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Defer the content, and search only subjects that are shown."""
        shown_subject = Case(When(is_sensitive=False, then="subject"))
        return super().get_queryset(request).defer("content").annotate(shown_subject=shown_subject)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> list[Any]:
        return ["shown" if name == "text" else name for name in SHOWN if name not in HIDDEN or not hides(obj)]

    def get_readonly_fields(self, request: HttpRequest, obj: Message | None = None) -> list[str]:
        return ["shown", "files", "came_back", *SHOWN]

    @admin.display(description=_("text"))
    def shown(self, message: Message) -> str | SafeString:
        if message.is_sensitive:
            return sensitive_text(message)
        if not message.text:
            return str(_("The text is no longer stored."))
        url = reverse("admin:outbox_message_mail", args=[message.pk])
        link = format_html('<a class="button" href="{}" target="_blank">{}</a>', url, _("View as sent"))
        note = format_html('<p class="quiet">{}</p>', ABOUT_OWN_LINK) if has_own_link(message) else ""
        return format_html('<div class="academy-mail">{}</div><p>{}</p>{}', message.text, link, note)

    @admin.display(description=_("calendar files"))
    def files(self, message: Message) -> str:
        return ", ".join(f"{it['name']} ({it['method']})" for it in calendars_of(message)) or "–"

    @admin.display(description=_("came back"))
    def came_back(self, message: Message) -> str | SafeString:
        rows = [(f"{it.received_at:%Y-%m-%d}: {it.get_kind_display()}", it.answer) for it in message.returned.all()]
        return format_html_join(mark_safe("<br>"), "{} {}", rows) if rows else "–"

    def get_urls(self) -> list[URLPattern]:
        mail, sender = (self.admin_site.admin_view(view) for view in (self.mail, sender_page))
        return [
            path("<int:pk>/mail/", mail, name="outbox_message_mail"),
            path("sender/", sender, name="outbox_sender"),
            *super().get_urls(),
        ]

    def mail(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = get_object_or_404(self.get_queryset(request).defer(None).select_related("user"), pk=pk)
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        if hides(message) or not message.text:
            raise Http404
        return mail_page(message)

    def current_state(self, message: Message) -> str:
        return str(message.get_state_display())

    def impact(self, action: BulkAction[Message], objects: list[Message]) -> str:
        n = len(objects)
        return ngettext("This concerns %(n)s message.", "This concerns %(n)s messages.", n) % {"n": n}


def sensitive_text(message: Message) -> str | SafeString:
    """Return what is shown of an email with a secret: of one about an edition, which has no codes, the text without links.

    The database erases it once the email has left (`models.erases_secrets`).
    """
    if message.context_id is None:
        return str(_("Contains a code or a personal link, so only the recipient can see it."))
    if message.state == Message.State.QUEUED and has_text(message):
        return format_html('<div class="academy-mail">{}</div>', without_links(message.text))
    return str(_("It had a personal link, so its text was erased when it left. “Send again” shows what it says today."))


def has_own_link(message: Message) -> bool:
    """Return whether a message has a link with which whoever follows it acts for its reader, without signing in."""
    return bool(message.unsubscribe_url or unsubscribe_url_of(message))


def hides(message: Message | None) -> bool:
    return message is not None and message.is_sensitive


ABOUT_OWN_LINK = _(
    "As it leaves, this email has a link that turns such emails off for its reader, without signing in. It acts for them, whoever"
    " follows it: leave it out if you forward the email."
)
HIDDEN = {"subject", "files", "unsubscribe_url"}  # of an email with a secret
SHOWN = [
    *("to", "user", "context", "kind_label", "subject", "text", "files", "state", "n_attempts", "last_error"),
    "came_back",
    *("created_at", "leaves_at", "due_at", "sent_at", "sent_by", "expires_at"),
    *("reply_to", "unsubscribe_url", "message_id"),
]
