"""The webhook by which a mail provider reports what came back. django-anymail checks who calls, and reads what it says."""

import hashlib
import logging
from http import HTTPStatus
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from udtacademy.outbox.models import ReturnedMail
from udtacademy.outbox.returns.providers import MESSAGE, PROVIDERS
from udtacademy.outbox.returns.reading import LONGEST_ANSWER, Kind, Reading
from udtacademy.outbox.returns.recording import record
from udtacademy.outbox.returns.reports import addresses_in
from udtacademy.outbox.returns.verdicts import STATUS, Failure, Severity, is_refusal, kind_of_failure

logger = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
UNREADABLE = (
    *(AnymailError, ValueError, LookupError, TypeError, AttributeError, AssertionError),
    *(RecursionError, OverflowError, OSError),  # nested without end, or at a time that there is not
)


@csrf_exempt
@never_cache
@require_http_methods(["HEAD", "POST"])
def email_webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Record the events of the configured provider. Answers 403 to whoever lacks its signature or password, and changes nothing."""
    webhook = settings.MAIL.webhook
    if webhook is None or webhook.provider != provider:
        raise Http404
    if request.method == "HEAD":  # some ask so whether the address exists
        return HttpResponse()
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or not 0 < int(length) <= MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    reader = reader_of(provider, webhook.key, request)
    try:
        reader.run_validators(request)
    except (AnymailWebhookValidationFailure, SuspiciousOperation, *UNREADABLE):
        logger.warning("Somebody without the key of %s called the webhook for returned mail", provider)
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    try:
        readings = [
            (reading_of(event, provider), identity_of(event, provider)) for event in reader.parse_events(request)
        ]
    except UNREADABLE as error:
        logger.warning("What %s reports by the webhook cannot be read: %s", provider, type(error).__name__)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    for reading, identity in readings:
        record(reading, source=ReturnedMail.Source.WEBHOOK, report=identity)
    return HttpResponse()


def reader_of(provider: str, key: str, request: HttpRequest) -> Any:
    """Return django-anymail's view for a provider. Mandrill also signs the address that it calls."""
    values = {PROVIDERS[provider].key: key}
    if provider == "mandrill":
        values["webhook_url"] = f"{settings.SITE_URL}{request.path}"
    return import_string(PROVIDERS[provider].view)(**values)


def reading_of(event: AnymailTrackingEvent, provider: str) -> Reading:
    """Return what an event says. Events that are no failures, and failures that the provider still tries, are of kind NONE."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    ids = (str(event.message_id or "").strip("<>"), f"{metadata.get(MESSAGE, '')}@{provider}")
    answer = " ".join(str(event.mta_response or event.description or event.reject_reason or "").split())[
        :LONGEST_ANSWER
    ]
    addresses = addresses_in(str(event.recipient or ""))
    if event.event_type == EventType.COMPLAINED:
        return Reading(Kind.COMPLAINT, addresses, ids, answer=answer)
    if event.event_type not in {EventType.BOUNCED, EventType.REJECTED}:
        return Reading(Kind.NONE)
    status = STATUS.search(answer)
    failure = Failure(addresses, status[1] if status else "", answer)
    is_hard = kind_of_failure(failure) is Severity.HARD or (
        PROVIDERS[provider].is_hard(event.esp_event) and not is_refusal(answer)
    )
    return Reading(Kind.HARD if is_hard else Kind.SOFT, addresses, ids, status=failure.status, answer=answer)


def identity_of(event: AnymailTrackingEvent, provider: str) -> str:
    """Return what is the same when a provider reports an event again: its own numbers may be new each time."""
    parts = (provider, event.event_type, event.timestamp, event.recipient)
    return hashlib.sha256(" ".join(map(str, parts)).encode(errors="replace")).hexdigest()
