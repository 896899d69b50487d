"""BigBlueButton: its webhooks, who is in its meetings, and links to join them.

https://docs.bigbluebutton.org/development/webhooks/ · https://docs.bigbluebutton.org/development/api/
"""

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.conf import settings

from attendance.platforms.events import (
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
    parsed,
    part,
    text_of,
    unique,
)
from attendance.rules.meeting_events import EventKind
from udtacademy.meeting_platforms import BigBlueButton

logger = logging.getLogger(__name__)

RETRIED_FOR = dt.timedelta(hours=1)  # it sends again with the first timestamp
ALGORITHMS = {40: hashlib.sha1, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}  # by length
KINDS = {"user-joined": EventKind.JOINED, "user-left": EventKind.LEFT, "meeting-ended": EventKind.ENDED}
MILLISECONDS = 1000
PATIENCE = 5  # seconds
MOST_EVENTS = 1000  # in one request
POLLED = "polled:"


def answer_of(request: Request) -> Answer:
    """Return what a request says. Raises RefusedError and UnreadableError."""
    bbb = settings.MEETING_PLATFORMS.bigbluebutton
    if bbb is None:
        raise RefusedError("BigBlueButton is not configured.")
    check_sender(request, bbb.secret)
    try:
        form = dict(parse_qsl(request.body.decode(), strict_parsing=True))
        events = json.loads(form["event"])
        stamp = moment(float(form["timestamp"]) / MILLISECONDS)
    except (ValueError, KeyError, RecursionError):
        raise UnreadableError("It is no form with events.") from None
    check_fresh(stamp, request.now, limit=RETRIED_FOR)
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise UnreadableError("There is no list of events.")
    return Answer(unique(readable(events)))


def readable(events: Iterable[Any]) -> Iterator[ReadEvent]:
    """Yield the events about people. One that cannot be read is skipped: the others of the request count."""
    for event in events:
        if not is_about_people(event):
            continue
        try:
            yield read(compact(event))
        except UnreadableError as error:
            logger.warning("An event of BigBlueButton cannot be read: %s", error)


def check_sender(request: Request, secret: str) -> None:
    """Raise RefusedError unless the request has the checksum of its address and content, or the secret itself."""
    authorization = request.headers.get("authorization", "")
    if authorization:
        return check_signed(authorization, f"Bearer {secret}")
    given = request.query.get("checksum", "")
    algorithm = ALGORITHMS.get(len(given))
    if algorithm is None:
        raise RefusedError("There is no checksum.")
    return check_signed(given, algorithm(request.url.encode() + request.body + secret.encode()).hexdigest())


def is_about_people(event: Any) -> bool:
    """Return whether to keep an event: chats, polls and cameras are none of our business."""
    return isinstance(event, dict) and text_of(part(event, "data"), "id") in KINDS


def read(payload: str) -> ReadEvent:
    """Return one event. Raises UnreadableError."""
    data = part(parsed(payload), "data")
    meeting, user = part(data, "attributes", "meeting"), part(data, "attributes", "user")
    kind = KINDS.get(text_of(data, "id"), EventKind.OTHER)
    stamp = part(data, "event").get("ts")
    if not isinstance(stamp, int | float):
        raise UnreadableError("There is no time.")
    external, internal = text_of(user, "external-user-id"), text_of(user, "internal-user-id")
    return ReadEvent(
        kind,
        moment(stamp / MILLISECONDS),
        payload,
        meeting=text_of(meeting, "external-meeting-id"),
        instance=text_of(meeting, "internal-meeting-id"),
        connection="" if kind is EventKind.ENDED else internal,
        person=Person(
            name=text_of(user, "name", LONGEST_NAME),
            own_id=external if external != internal else "",
            account=internal,
        ),
    )


def meeting_in(url: str) -> str:
    """Return the meeting in a link to the configured server such as https://bbb.example.org/?meetingID=kickoff; "" for others."""
    bbb, parts = settings.MEETING_PLATFORMS.bigbluebutton, urlsplit(url)
    if bbb is None or parts.hostname != urlsplit(bbb.url).hostname:
        return ""
    return next(iter(parse_qs(parts.query).get("meetingID", [])), "")


def signed_url(bbb: BigBlueButton, call: str, parameters: dict[str, str]) -> str:
    """Return the address of an API call, with its checksum."""
    query = urlencode(parameters)
    checksum = hashlib.sha256(f"{call}{query}{bbb.secret}".encode()).hexdigest()
    return f"{bbb.url.rstrip('/')}/{call}?{query}{'&' if query else ''}checksum={checksum}"


def join_url(meeting: str, *, name: str, own_id: str) -> str:
    """Return a link that lets one person join, under that name and identity. "" if the server is not configured."""
    bbb = settings.MEETING_PLATFORMS.bigbluebutton
    if bbb is None:
        return ""
    about = {"meetingID": meeting, "fullName": name, "userID": own_id, "role": "VIEWER", "redirect": "true"}
    return signed_url(bbb, "join", about)


def people_now(bbb: BigBlueButton, now: dt.datetime) -> dict[str, dict[str, ReadEvent]]:
    """Ask who is in the meetings that are running. Return joined events by connection, by meeting.

    Raises UnreadableError if the server does not answer properly within PATIENCE.
    """
    import requests  # noqa: PLC0415 - heavy library rarely needed

    try:
        response = requests.get(signed_url(bbb, "getMeetings", {}), timeout=PATIENCE)
        response.raise_for_status()
        root = ElementTree.fromstring(response.content)
    except (requests.RequestException, ElementTree.ParseError, DefusedXmlException) as error:
        raise UnreadableError(f"getMeetings failed: {type(error).__name__}") from None
    if root.findtext("returncode") != "SUCCESS":
        raise UnreadableError(f"getMeetings failed: {root.findtext('messageKey')}")
    return {
        meeting.findtext("meetingID") or "": {it.connection: it for it in attendees(meeting, now)}
        for meeting in root.iter("meeting")
    }


def attendees(meeting: Any, now: dt.datetime) -> Iterator[ReadEvent]:
    for attendee in meeting.iter("attendee"):
        user = attendee.findtext("userID") or ""
        yield polled(
            EventKind.JOINED,
            now,
            meeting=meeting.findtext("meetingID") or "",
            instance=meeting.findtext("internalMeetingID") or "",
            user=user,
            name=attendee.findtext("fullName") or "",
        )


def polled(kind: EventKind, at: dt.datetime, *, meeting: str, instance: str, user: str, name: str) -> ReadEvent:
    """Return an event as a webhook would have sent it, of somebody who was first or no longer in the answer."""
    names = {value: key for key, value in KINDS.items()}
    about = {"internal-user-id": f"{POLLED}{user}", "external-user-id": user, "name": name}
    data = {
        "id": names[kind],
        "attributes": {"meeting": {"internal-meeting-id": instance, "external-meeting-id": meeting}, "user": about},
        "event": {"ts": int(at.timestamp() * MILLISECONDS)},
    }
    return read(compact({"data": data}))


def changes(before: Iterable[ReadEvent], after: dict[str, ReadEvent], now: dt.datetime) -> Iterator[ReadEvent]:
    """Yield what happened between two answers: who is new, and who is no longer there."""
    known = {it.connection: it for it in before}
    yield from (it for connection, it in after.items() if connection not in known)
    for connection, it in known.items():
        if connection not in after:
            left = {"meeting": it.meeting, "instance": it.instance, "name": it.person.name}
            yield polled(EventKind.LEFT, now, user=connection.removeprefix(POLLED), **left)
