"""The page about the sender, for superusers: what the domain name system says, and what came back lately."""

from django.conf import settings
from django.contrib import admin
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from udtacademy.outbox.models import MailboxProgress, ReturnedMail, StoppedAddress
from udtacademy.outbox.models.returned import SHOWN_FOR
from udtacademy.outbox.sender_checks.checking import check_sender, our_domains
from udtacademy.outbox.sender_checks.resolver import DnsResolver

MOST_ADDRESSES = 50


@never_cache
@require_safe
def sender_page(request: HttpRequest) -> HttpResponse:
    """Explain SPF, DKIM and DMARC of the sender. Asks the domain name system, for ten seconds at most."""
    if not request.user.is_superuser:
        raise Http404
    mail, now = settings.MAIL, timezone.now()
    lately = ReturnedMail.objects.filter(received_at__gt=now - SHOWN_FOR).order_by()
    counts = dict(lately.values_list("kind").annotate(Count("pk")))
    stopped = StoppedAddress.objects.active()
    context = admin.site.each_context(request) | {
        "title": _("Sender and returned emails"),
        "sender": settings.DEFAULT_FROM_EMAIL,
        "domains": our_domains(),
        "findings": check_sender(DnsResolver()),
        "bounce_address": mail.bounce_address,
        "mailbox": MailboxProgress.objects.filter(name=mail.mailbox.name).first() if mail.mailbox else None,
        "mailbox_name": mail.mailbox.name if mail.mailbox else "",
        "webhook_url": webhook_url(),
        "counts": [(label, counts.get(kind, 0)) for kind, label in ReturnedMail.Kind.choices],
        "stopped": stopped[:MOST_ADDRESSES],
        "n_stopped": stopped.count(),
    }
    return TemplateResponse(request, "admin/academy/sender.html", context).render()


def webhook_url() -> str:
    """Return the address that the mail provider calls; empty without one."""
    webhook = settings.MAIL.webhook
    return f"{settings.SITE_URL}{reverse('email-webhook', args=[webhook.provider])}" if webhook else ""
