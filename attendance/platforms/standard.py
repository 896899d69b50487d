"""A webhook for platforms that we have no module for, signed as https://www.standardwebhooks.com/ says. Described in docs/operators.md."""

import base64
import hashlib
import hmac

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
    compact,
    moment,
    moment_of,
    parsed,
    part,
    text_of,
)
from attendance.rules.meeting_events import EventKind

KINDS = {
    "participant.joined": EventKind.JOINED,
    "participant.left": EventKind.LEFT,
    "participant.waiting": EventKind.WAITING,
    "participant.stopped_waiting": EventKind.STOPPED_WAITING,
    "meeting.ended": EventKind.ENDED,
}
NUMBER = "webhook-id"


def answer_of(request: Request) -> Answer:
    """Return what a request says. Raises RefusedError and UnreadableError."""
    webhook = settings.MEETING_PLATFORMS.webhook
    if webhook is None:
        raise RefusedError("The webhook is not configured.")
    number, stamp = request.headers.get(NUMBER, ""), request.headers.get("webhook-timestamp", "")
    signed = f"{number}.{stamp}.".encode(errors="replace") + request.body
    expected = base64.b64encode(hmac.new(webhook.key, signed, hashlib.sha256).digest())
    given = request.headers.get("webhook-signature", "").split(" ")
    signatures = [it.removeprefix("v1,").encode(errors="replace") for it in given if it.startswith("v1,")]
    if not number or not [it for it in signatures if hmac.compare_digest(it, expected)]:
        raise RefusedError("The signature is wrong.")
    check_fresh(moment(stamp), request.now)
    return Answer([read(compact(parsed(request.body) | {NUMBER: number}))])


def read(payload: str) -> ReadEvent:
    """Return one event. Raises UnreadableError."""
    value = parsed(payload)
    data = part(value, "data")
    meeting, person = text_of(data, "meeting"), part(data, "participant")
    kind = KINDS.get(text_of(value, "type"))
    if kind is None or not meeting:
        raise UnreadableError("There is no known type, or no meeting.")
    connection = text_of(person, "connection")
    if not connection and kind is not EventKind.ENDED:
        raise UnreadableError("There is no connection, so nobody could tell whose leaving ends which stay.")
    return ReadEvent(
        kind,
        moment_of(value.get("timestamp")),
        payload,
        meeting=meeting,
        instance=text_of(data, "instance"),
        connection=connection,
        person=Person(
            name=text_of(person, "name", LONGEST_NAME),
            email=text_of(person, "email", LONGEST_EMAIL),
            own_id=text_of(person, "id"),
        ),
        number=text_of(value, NUMBER),
    )


def meeting_in(url: str) -> str:
    """Return the whole link: what such a platform calls the meeting."""
    return url if settings.MEETING_PLATFORMS.webhook else ""
