"""Zoom's webhooks, as its documentation describes them.

https://developers.zoom.us/docs/api/webhooks/ · https://developers.zoom.us/docs/api/meetings/events/
"""

import datetime as dt
import hashlib
import hmac
import re
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings

from attendance.platforms.events import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    Answer,
    Person,
    ReadEvent,
    RefusedError,
    Request,
    UnreadableError,
    check_fresh,
    check_signed,
    compact,
    moment,
    moment_of,
    parsed,
    part,
    text_of,
)
from attendance.rules.meeting_events import EventKind

LINK = re.compile(r"/(?:j|w|s|wc|my)/(?:join/)?(\d{9,12})(?=/|\Z)")
HOSTS = ("zoom.us", "zoom.com", "zoomgov.com")
KINDS = {  # without "meeting." or "webinar.", and where the time is
    "participant_joined": (EventKind.JOINED, "join_time"),
    "participant_left": (EventKind.LEFT, "leave_time"),
    "participant_joined_waiting_room": (EventKind.WAITING, "date_time"),
    "participant_put_in_waiting_room": (EventKind.WAITING, "date_time"),
    "participant_left_waiting_room": (EventKind.STOPPED_WAITING, "date_time"),
    "participant_admitted": (EventKind.STOPPED_WAITING, "date_time"),
    "participant_joined_breakout_room": (EventKind.JOINED, "join_time"),
    "participant_left_breakout_room": (EventKind.LEFT, "leave_time"),
}
MILLISECONDS = 1000


def answer_of(request: Request) -> Answer:
    """Return what a request says. Raises RefusedError and UnreadableError."""
    zoom = settings.MEETING_PLATFORMS.zoom
    if zoom is None or not zoom.webhook_secret:
        raise RefusedError("Zoom is not configured.")
    secret, stamp = zoom.webhook_secret, request.headers.get("x-zm-request-timestamp", "")
    signed = b"v0:" + stamp.encode(errors="replace") + b":" + request.body
    check_signed(request.headers.get("x-zm-signature", ""), f"v0={hmac_of(secret, signed)}")
    check_fresh(moment(stamp), request.now)
    value = parsed(request.body)
    if value.get("event") == "endpoint.url_validation":
        token = text_of(part(value, "payload"), "plainToken")
        content = {"plainToken": token, "encryptedToken": hmac_of(secret, token.encode())}
        return Answer(status=HTTPStatus.OK, content=content)
    return Answer([read(compact(value))])


def hmac_of(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def read(payload: str) -> ReadEvent:
    """Return one event. Raises UnreadableError."""
    value = parsed(payload)
    about, _dot, name = str(value.get("event", "")).partition(".")
    meeting = part(value, "payload", "object")
    number, instance = text_of(meeting, "id"), text_of(meeting, "uuid")
    if about not in {"meeting", "webinar"} or not number:
        return ReadEvent(EventKind.OTHER, at=sent_at(value), payload=payload)
    if name == "ended":
        return ReadEvent(EventKind.ENDED, moment_of(meeting.get("end_time")), payload, number, instance)
    if name not in KINDS:
        return ReadEvent(EventKind.OTHER, at=sent_at(value), payload=payload)
    (kind, field), person = KINDS[name], part(meeting, "participant")
    in_room = "breakout:" if "breakout" in name else ""
    user = text_of(person, "user_id")
    return ReadEvent(
        kind,
        moment_of(person.get(field) or person.get("date_time")),
        payload,
        number,
        instance,
        connection=user and f"{in_room}{user}",
        person=Person(
            name=text_of(person, "user_name", LONGEST_NAME),
            email=text_of(person, "email", LONGEST_EMAIL),
            own_id=text_of(person, "registrant_id"),
            account=text_of(person, "id") or text_of(person, "participant_uuid"),
        ),
    )


def sent_at(value: dict[str, object]) -> dt.datetime:
    """Return when an event without a time of its own was sent."""
    stamp = value.get("event_ts")
    if not isinstance(stamp, int):
        raise UnreadableError("There is no time.")
    return moment(stamp / MILLISECONDS)


def meeting_in(url: str) -> str:
    """Return the number of the meeting in a link such as https://us02web.zoom.us/j/89012345678?pwd=…; "" for others."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    api = settings.MEETING_PLATFORMS.zoom.api_url if settings.MEETING_PLATFORMS.zoom else ""
    is_zoom = host in HOSTS or host.endswith(tuple(f".{it}" for it in HOSTS)) or host == urlsplit(api).hostname
    found = LINK.search(parts.path) if is_zoom else None
    return found[1] if found else ""
