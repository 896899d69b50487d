"""Zoom's API: registering people for a meeting, so that each has a link of their own.

https://developers.zoom.us/docs/api/meetings/ · https://developers.zoom.us/docs/internal-apps/s2s-oauth/
"""

import enum
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests
from django.core.cache import caches

from udtacademy.meeting_platforms import Zoom

AT_LEISURE, AT_A_CLICK = 10.0, 3.0  # seconds
OF_MEETING = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
OF_PERSON = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
}  # 429: three tries a day an address
CODES_OF_MEETING = {
    200,
    3000,
    3001,
    3038,
    3043,
    4711,
}  # not in this plan; no access; gone; over; full; the app lacks a scope
EARLIER = 120  # seconds before it expires, a token is no longer used


class Refused(enum.Enum):
    """What Zoom refuses, and will refuse again in a minute."""

    PERSON = "person"  # an odd address, too many tries with it, somebody whom the host has barred
    MEETING = "meeting"  # it does not exist, has no registration, or our app may not


class ZoomError(Exception):
    """Zoom did not do it. `status`: of its answer to the call; None if it did not answer, or lets our app do nothing."""

    def __init__(self, text: str, *, status: int | None = None, code: object = None) -> None:
        super().__init__(text)
        self.status, self.code = status, code

    @property
    def refused(self) -> Refused | None:
        """Return what was refused; None if Zoom may well do it in a minute."""
        if self.status in OF_MEETING or (self.status is not None and self.code in CODES_OF_MEETING):
            return Refused.MEETING
        return Refused.PERSON if self.status in OF_PERSON else None


@dataclass(frozen=True)
class Registrant:
    """A person whom Zoom has registered for a meeting. `url`: the link for them alone."""

    number: str
    url: str = field(repr=False)


def register(zoom: Zoom, meeting: str, *, name: str, email: str, patience: float = AT_LEISURE) -> Registrant:
    """Register somebody for a meeting. The same address again gets the same link. Raises ZoomError."""
    first, _space, rest = name.strip().partition(" ")
    person = {"email": email, "first_name": first[:64] or "–", "last_name": rest[:64]}
    answer = call(zoom, "POST", f"/meetings/{quote(meeting, safe='')}/registrants", json=person, patience=patience)
    number, url = answer.get("registrant_id"), answer.get("join_url")
    if not isinstance(number, str) or not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise ZoomError("It gave no link.", status=HTTPStatus.NOT_FOUND)  # registrants wait for approval there
    return Registrant(number, url)


def call(zoom: Zoom, method: str, path: str, *, patience: float = AT_LEISURE, **what: Any) -> dict[str, Any]:
    """Return Zoom's answer to a call. Raises ZoomError."""
    headers = {"Authorization": f"Bearer {token_of(zoom, patience)}"}
    return asked(method, f"{zoom.api_url}{path}", headers=headers, timeout=patience, **what)


def token_of(zoom: Zoom, patience: float) -> str:
    """Return a token for the API; each process keeps its own until shortly before it expires. Raises ZoomError."""
    key = f"zoom-token:{zoom.account_id}:{zoom.client_id}:{zoom.token_url}"
    token = caches["kept"].get(key)
    if token is None:
        grant = {"grant_type": "account_credentials", "account_id": zoom.account_id}
        app = (zoom.client_id, zoom.client_secret)
        try:
            answer = asked("POST", zoom.token_url, data=grant, auth=app, timeout=patience)
        except ZoomError as error:
            raise ZoomError(f"It gave no token: {error}") from None
        token = str(answer.get("access_token", ""))
        expires_in = answer.get("expires_in")
        caches["kept"].set(key, token, (expires_in if isinstance(expires_in, int) else 0) - EARLIER)
    return str(token)


def asked(method: str, url: str, **what: Any) -> dict[str, Any]:
    """Return the JSON object that an address answers. Raises ZoomError, without what was sent."""
    try:
        response = requests.request(method, url, allow_redirects=False, **what)  # noqa: S113 - `what` has the timeout
        answer = response.json()
    except (requests.RequestException, ValueError) as error:
        raise ZoomError(f"It cannot be reached: {type(error).__name__}") from None
    if not response.ok or not isinstance(answer, dict):
        code = answer.get("code") if isinstance(answer, dict) else None
        raise ZoomError(f"It answered {response.status_code}, code {code}.", status=response.status_code, code=code)
    return answer
