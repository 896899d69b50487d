"""What the modules of platforms share: requests, their signatures, and events as they are read."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from attendance.rules.meeting_events import EventKind

FRESH = dt.timedelta(minutes=5)
LONGEST_NAME, LONGEST_EMAIL, LONGEST_ID = 700, 300, 200
SALT = "attendance.platforms"


class RefusedError(Exception):
    """A request that is not the platform's, or not of now."""


class UnreadableError(Exception):
    """A request of the platform's that is not what its documentation says."""


@dataclass(frozen=True)
class Request:
    """A POST request to a webhook. `url`: as the platform was given it; `query`: what it added. Names of headers are in lower case."""

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: dt.datetime


@dataclass(frozen=True)
class Person:
    """What a platform says of somebody. `own_id`: what we made known to it for one participant, if it is that."""

    name: str = ""
    email: str = ""
    own_id: str = ""
    account: str = ""

    @property
    def key(self) -> str:
        """Return what identifies them in a meeting, hashed. Those of better kinds come first in order."""
        kinds = (self.own_id, self.email.casefold(), self.account, self.name)
        for rank, value in enumerate(kinds):
            if value:
                return f"{rank}:{hashed(value)}"
        return f"{len(kinds)}:"


def fuller(first: Person | None, second: Person) -> Person:
    """Return the one of two descriptions of a person that says more. The order is irrelevant."""
    if first is None:
        return second
    return max(
        first, second, key=lambda it: (bool(it.own_id), bool(it.email), bool(it.name), it.name, it.email, it.own_id)
    )


@dataclass(frozen=True)
class ReadEvent:
    """One event as a platform sent it. `identity`: what is the same when it is sent again; hashed when stored."""

    kind: EventKind
    at: dt.datetime
    payload: str
    meeting: str = ""
    instance: str = ""
    connection: str = ""
    person: Person = field(default_factory=Person)
    number: str = ""  # the platform's own for the event, if it gives one

    @property
    def identity(self) -> str:
        if not self.number and self.kind is EventKind.OTHER:
            return hashlib.sha256(self.payload.encode()).hexdigest()
        is_of_all = self.connection or self.kind is EventKind.ENDED
        whose = self.connection if is_of_all else self.person.key
        parts = (self.kind, self.meeting, self.instance, whose, self.at.timestamp())
        return hashlib.sha256(repr(self.number or parts).encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a request says, and what to answer."""

    events: Sequence[ReadEvent] = ()
    status: HTTPStatus = HTTPStatus.NO_CONTENT
    content: Mapping[str, str] | None = None


def hashed(value: str) -> str:
    """Return a hash that only this site can make, so that it does not tell whose address it was."""
    return salted_hmac(SALT, value, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()[:40]


def check_signed(given: str, expected: str) -> None:
    """Raise RefusedError for a wrong signature."""
    if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise RefusedError("The signature is wrong.")


def check_fresh(at: dt.datetime, now: dt.datetime, *, limit: dt.timedelta = FRESH) -> None:
    """Raise RefusedError for a request signed too long ago, or in the future."""
    if abs(now - at) > limit:
        raise RefusedError("The request is not of now.")


def moment(seconds: Any) -> dt.datetime:
    """Return a moment of seconds since 1970. Raises UnreadableError."""
    try:
        return dt.datetime.fromtimestamp(float(seconds), dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise UnreadableError("There is no time.") from None


def moment_of(text: Any) -> dt.datetime:
    """Return a moment of ISO 8601. Raises UnreadableError."""
    try:
        at = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise UnreadableError("There is no time.") from None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def parsed(text: str | bytes) -> dict[str, Any]:
    """Return a JSON object. Raises UnreadableError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("It is not JSON.") from None
    if not isinstance(value, dict):
        raise UnreadableError("It is no object.")
    return value


def part(value: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return the object at a path; an empty one if there is none."""
    found: Any = value
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def text_of(value: Mapping[str, Any], name: str, longest: int = LONGEST_ID) -> str:
    """Return a text or number as text, without what a database cannot store, cut."""
    found = value.get(name)
    if not isinstance(found, str | int) or isinstance(found, bool):
        return ""
    return str(found).replace("\x00", "").encode(errors="ignore").decode().strip()[:longest]


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def unique(events: Iterable[ReadEvent]) -> list[ReadEvent]:
    """Return events, each once."""
    return list({it.identity: it for it in events}.values())
