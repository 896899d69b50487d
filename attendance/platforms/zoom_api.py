"""Zoom's API: registering people for a meeting, so that each has a link of their own, and reports of past meetings.

https://developers.zoom.us/docs/api/meetings/ · https://developers.zoom.us/docs/internal-apps/s2s-oauth/
"""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from attendance.platforms.api import AT_LEISURE, ApiError, called, items, token
from attendance.platforms.events import LONGEST_EMAIL, LONGEST_NAME, moment_of, text_of
from attendance.platforms.report_files import EARLIEST, LATEST, Stay
from attendance.rules.report_pulls import Problem
from udtacademy.meeting_platforms import Zoom

PAGE_SIZE = 300  # the most it gives
OF_MEETING = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
OF_PERSON = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
}  # 429: three tries a day an address
CODES_OF_MEETING = {200, 3000, 3001, 3038, 3043, 4711}  # not in this plan, no access, gone, over, full, scope missing


class Refused(enum.Enum):
    """What Zoom refuses, and will refuse again in a minute."""

    PERSON = "person"  # an odd address, too many tries with it, somebody whom the host has barred
    MEETING = "meeting"  # it does not exist, has no registration, or our app may not


def refused(error: ApiError) -> Refused | None:
    """Return what was refused; None if Zoom may well do it in a minute."""
    if error.status in OF_MEETING or (error.status is not None and error.code in CODES_OF_MEETING):
        return Refused.MEETING
    return Refused.PERSON if error.status in OF_PERSON else None


@dataclass(frozen=True)
class Registrant:
    """A person whom Zoom has registered for a meeting. `url`: the link for them alone."""

    number: str
    url: str = field(repr=False)


def register(zoom: Zoom, meeting: str, *, name: str, email: str, patience: float = AT_LEISURE) -> Registrant:
    """Register somebody for a meeting. The same address again gets the same link. Raises ApiError."""
    first, _space, rest = name.strip().partition(" ")
    person = {"email": email, "first_name": first[:64] or "–", "last_name": rest[:64]}
    answer = call(zoom, "POST", f"/meetings/{quote(meeting, safe='')}/registrants", json=person, patience=patience)
    number, url = answer.get("registrant_id"), answer.get("join_url")
    if not isinstance(number, str) or not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise ApiError("It gave no link.", status=HTTPStatus.NOT_FOUND)  # registrants wait for approval there
    return Registrant(number, url)


def stays(zoom: Zoom, meeting: str, since: dt.datetime, until: dt.datetime) -> Iterator[Stay]:
    """Yield who was in a meeting each time it was held and may have lasted into these times. Raises ApiError and UnreadableError.

    `Stay.account` is the registrant's number, for people who came by a link of their own.
    """
    answer = call(zoom, "GET", f"/past_meetings/{quote(meeting, safe='')}/instances")
    held = list(items(answer, "meetings", lambda _page: None))
    numbers = [
        text_of(it, "uuid") for it in held if since - EARLIEST <= moment_of(it.get("start_time")) <= until + LATEST
    ]
    if not numbers:
        raise ApiError("It lists no such meeting.", Problem.NOT_YET)
    for number in numbers:
        yield from map(stay_of, participants(zoom, number))


def participants(zoom: Zoom, number: str) -> Iterator[dict[str, Any]]:
    """Yield the participants of one time that a meeting was held."""
    twice = number.startswith("/") or "//" in number  # as Zoom demands
    encoded = quote(quote(number, safe="") if twice else number, safe="")
    path, query = (
        f"/report/meetings/{encoded}/participants",
        {"page_size": PAGE_SIZE, "include_fields": "registrant_id"},
    )

    def following(page: dict[str, Any]) -> dict[str, Any] | None:
        after = page.get("next_page_token")
        return call(zoom, "GET", path, params=query | {"next_page_token": after}) if after else None

    yield from items(call(zoom, "GET", path, params=query), "participants", following)


def stay_of(person: dict[str, Any]) -> Stay:
    return Stay(
        joined_at=moment_of(person.get("join_time")),
        left_at=moment_of(person["leave_time"]) if person.get("leave_time") else None,
        name=text_of(person, "name", LONGEST_NAME),
        email=text_of(person, "user_email", LONGEST_EMAIL),
        account=text_of(person, "registrant_id"),
        is_waiting=person.get("status") == "in_waiting_room",
    )


def call(zoom: Zoom, method: str, path: str, *, patience: float = AT_LEISURE, **what: Any) -> dict[str, Any]:
    """Return Zoom's answer to a call. Raises ApiError."""
    bearer = token_of(zoom, patience)
    return called(token_key(zoom), bearer, method, f"{zoom.api_url}{path}", timeout=patience, **what)


def token_key(zoom: Zoom) -> str:
    return f"zoom-token:{zoom.account_id}:{zoom.client_id}:{zoom.token_url}"


def token_of(zoom: Zoom, patience: float) -> str:
    """Return a token for the API. Raises ApiError."""
    grant = {"grant_type": "account_credentials", "account_id": zoom.account_id}
    app = (zoom.client_id, zoom.client_secret)
    return token(token_key(zoom), zoom.token_url, data=grant, auth=app, timeout=patience)
