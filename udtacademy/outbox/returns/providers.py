"""Mail providers that report by webhook: which class of django-anymail reads them, and what tells them which email of ours it was."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

MESSAGE = "message"  # the key under which a provider keeps the Message-ID of an email


@dataclass(frozen=True)
class Provider:
    """`view`: dotted name of the class that reads its events; `key`: what the class calls the key; `header`: the email's header that it
    returns with each event, as `value` makes it of the Message-ID; `is_hard`: whether an event says that the address does not work.
    """

    view: str
    key: str
    header: str
    is_hard: Callable[[Any], bool]
    value: Callable[[str], str] = lambda message_id: json.dumps({MESSAGE: message_id})


def is_hard_at_sparkpost(event: Any) -> bool:
    details = next(iter((event.get("msys") or {}).values()), event)
    return details.get("bounce_class") in {"10", "30"}  # no such recipient


PROVIDERS = {
    "brevo": Provider(
        "anymail.webhooks.brevo.BrevoTrackingWebhookView",
        "webhook_secret",
        "X-Mailin-custom",
        lambda event: event.get("event") in {"hard_bounce", "invalid_email"},
    ),
    "mailgun": Provider(
        "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        "webhook_signing_key",
        "X-Mailgun-Variables",
        lambda event: event.get("event-data", {}).get("reason") == "suppress-bounce",  # of others, the words decide
    ),
    "mailjet": Provider(
        "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
        "webhook_secret",
        "X-MJ-EventPayload",
        lambda event: event.get("hard_bounce") is True,
    ),
    "mandrill": Provider(
        "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
        "webhook_key",
        "X-MC-Metadata",
        lambda event: event.get("event") == "hard_bounce",
    ),
    "postmark": Provider(
        "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        "webhook_secret",
        f"X-PM-Metadata-{MESSAGE}",
        lambda event: event.get("Type") in {"HardBounce", "BadEmailAddress"},
        lambda message_id: message_id,
    ),
    "sparkpost": Provider(
        "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
        "webhook_secret",
        "X-MSYS-API",
        is_hard_at_sparkpost,
        lambda message_id: json.dumps({"metadata": {MESSAGE: message_id}}),
    ),
}


def headers_for_provider(message_id: object) -> dict[str, str]:
    """Return the header of an email that its provider returns with each event; empty without a provider."""
    webhook = settings.MAIL.webhook
    if webhook is None:
        return {}
    provider = PROVIDERS[webhook.provider]
    return {provider.header: provider.value(str(message_id))}
