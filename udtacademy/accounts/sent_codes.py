"""Sent codes: find the request whose code somebody enters.

A code works only in the browser that requested it, and only the newest one there (decision 0021). The others are recognised,
to tell people with two windows or browsers which email to look for. A browser's requests are in its session; requests of
other browsers for the same mailbox are in the cache while their codes are valid, and unknown without a cache.
"""

import datetime as dt
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import redis
from allauth.core.internal.cryptokit import normalize_user_code
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.formats import date_format

from udtacademy.accounts.attempts import Attempt, give_back
from udtacademy.db.addresses import normalised_address
from udtacademy.time_zones import known_zone, zone_name

SESSION_KEY = "sent_codes"
MOST = 6  # sent codes stored in a session


@dataclass(frozen=True)
class SentCode:
    """An email with a code, or one that says there is no account: then `digest` is empty.

    `asked_at`: seconds since 1970. `zone`: name of a time zone. `charge`: the count of the network address, by its key and
    the end of its period. `is_elsewhere`: requested by another browser; `digest` and `charge` are then empty.
    """

    email: str
    asked_at: float
    zone: str
    digest: str = ""
    charge: tuple[str, str] = ("", "")
    is_elsewhere: bool = False

    @property
    def at(self) -> str:
        """Return when it was requested: "18:05 CET (Madrid)". In the same zone for everybody, to reveal nothing of accounts."""
        zone = known_zone(self.zone) or dt.UTC
        local = dt.datetime.fromtimestamp(self.asked_at, zone)
        place = self.zone.rpartition("/")[2].replace("_", " ")
        return f"{date_format(local, 'H:i')} {zone_name(local)}" + (f" ({place})" if place != "UTC" else "")

    def give_back(self) -> None:
        """Take back its count; once, even if parallel requests enter the code."""
        key, ends_at = self.charge
        give_back(key, dt.datetime.fromisoformat(ends_at), sent=f"{self.email} {self.asked_at} {self.digest}")


def note(session: SessionBase, *, email: str, code: str, charge: Attempt, zone: str) -> SentCode:
    """Store in the session that a code is sent. `charge`: the counted attempt. `zone`: name of a time zone, or empty."""
    sent = SentCode(
        email=normalised_address(email),
        asked_at=time.time(),
        zone=zone or "UTC",
        digest=digest_of(code) if code else "",
        charge=(charge.key, charge.ends_at.isoformat()),
    )
    session[SESSION_KEY] = [asdict(it) for it in [*sent_in(session), sent][-MOST:]]
    if code:
        with suppress(redis.RedisError):
            cache.set(cache_key(sent.email, code), (sent.asked_at, sent.zone), settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    return sent


def sent_in(session: SessionBase) -> list[SentCode]:
    """Return the emails sent for a session, oldest first."""
    rows: list[dict[str, Any]] = session.get(SESSION_KEY, [])
    return [SentCode(**(it | {"charge": tuple(it["charge"])})) for it in rows]


def latest(session: SessionBase, email: str) -> SentCode | None:
    """Return the email last sent to an address for a session."""
    return next((it for it in reversed(sent_in(session)) if it.email == normalised_address(email)), None)


def recognised(session: SessionBase, email: str, typed: str) -> SentCode | None:
    """Return the email whose code was entered: of this session, or of another browser for the same mailbox.

    Codes are compared by keyed hashes, so that the time it takes reveals nothing.
    """
    digest = digest_of(typed)
    same = [it for it in sent_in(session) if constant_time_compare(it.digest, digest)]
    if same:
        return same[-1]
    with suppress(redis.RedisError):
        if elsewhere := cache.get(cache_key(email, typed)):
            asked_at, zone = elsewhere
            return SentCode(normalised_address(email), asked_at, zone, is_elsewhere=True)
    return None


def give_back_codes(session: SessionBase, email: str) -> None:
    """Take back the counts of codes sent to an address, because one was entered, and remove them from the session."""
    remaining = []
    for sent in sent_in(session):
        if sent.email == normalised_address(email):
            sent.give_back()
        else:
            remaining.append(asdict(sent))
    session[SESSION_KEY] = remaining


def cache_key(email: str, code: str) -> str:
    return f"sent_codes:{digest_of(f'{normalised_address(email)} {normalize_user_code(code)}')}"


def digest_of(code: str) -> str:
    return salted_hmac("udtacademy.accounts.sent_codes", normalize_user_code(code), algorithm="sha256").hexdigest()
