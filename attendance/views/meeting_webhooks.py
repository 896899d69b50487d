"""The webhooks by which meeting platforms report who comes and goes."""

import logging
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from attendance.actions.platform_events import LAST_TOOK, keep_events
from attendance.platforms import MODULES
from attendance.platforms.events import RefusedError, Request, UnreadableError
from attendance.tasks import read_events
from udtacademy.outbox.queue import ask_for

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
ASKED = "attendance:read-events-asked"
PAUSE = 1  # second, in which a worker is asked once; longer if the last reading took longer


@csrf_exempt
@never_cache
@require_POST
def meeting_webhook(request: HttpRequest, platform: str) -> HttpResponse:
    """Keep the events of a configured platform, and answer at once. Answers 401 to a request without its signature, and keeps nothing of it."""
    if getattr(settings.MEETING_PLATFORMS, platform, None) is None or platform not in MODULES:
        raise Http404
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or not 0 < int(length) <= MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        answer = MODULES[platform].answer_of(as_signed(request))
    except RefusedError as error:
        logger.warning("Refused at the webhook of %s: %s", platform, error)
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    except UnreadableError as error:
        logger.warning("What %s reports cannot be read: %s", platform, error)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if answer.content is not None:
        return JsonResponse(answer.content, status=answer.status)
    if answer.events:
        keep_events(platform, answer.events)
        ask_to_read()
    return HttpResponse(status=answer.status)


def as_signed(request: HttpRequest) -> Request:
    """Return what a platform signs. Its address is the public one, whatever a proxy made of it."""
    return Request(
        url=f"{settings.SITE_URL}{request.path}",
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        now=timezone.now(),
    )


def ask_to_read() -> None:
    """Ask a worker to read the events after a pause, in which it is asked once. Without the cache they wait for beat."""
    try:
        if not cache.add(ASKED, 1, timeout=PAUSE):  # the one question that most requests cost
            return
        wait = max(PAUSE, cache.get(LAST_TOOK, 0))
        cache.touch(ASKED, wait)
    except RedisError:
        return
    ask_for(read_events, after=wait)
