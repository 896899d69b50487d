"""The codes that were sent: of which request is the code that somebody types?

A code lets in only where it was asked for, and only the newest one there (decision 0021). The others are recognised, so that
whoever has two windows or two browsers open is told which e-mail to look for. What a browser has asked for is in its session;
what others have asked for the same mailbox is in the cache, for as long as codes hold. Without a cache that is not said.
"""

import datetime as dt
import time
from collections.abc import Callable
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
SITE_ZONE: list[
    Callable[[], str]
] = []  # from applications: the name of the zone in which most visitors are; empty for none
MOST = 6


@dataclass(frozen=True)
class SentCode:
    """One e-mail with a code, or with the word that there is no account, which has none: then `digest` is empty.

    `asked_at` is in seconds since 1970, `zone` the name of a time zone, `charge` the network's count that it was put to:
    its key, and when its period ends. Of what another browser has asked for, `is_elsewhere`, the last two are empty.
    """

    email: str
    asked_at: float
    zone: str
    digest: str = ""
    charge: tuple[str, str] = ("", "")
    is_elsewhere: bool = False

    @property
    def at(self) -> str:
        """When it was asked for: "18:05 CET (Madrid)". The same for everybody: a page must not tell whose address it is."""
        zone = known_zone(self.zone) or dt.UTC
        local = dt.datetime.fromtimestamp(self.asked_at, zone)
        place = self.zone.rpartition("/")[2].replace("_", " ")
        return f"{date_format(local, 'H:i')} {zone_name(local)}" + (f" ({place})" if place != "UTC" else "")

    def give_back(self) -> None:
        """Take back what it was charged as; once, whoever else has the session or enters it at the same moment."""
        key, ends_at = self.charge
        give_back(key, dt.datetime.fromisoformat(ends_at), sent=f"{self.email} {self.asked_at} {self.digest}")


def note(session: SessionBase, *, email: str, code: str, charge: Attempt) -> SentCode:
    """Remember that a code is sent; `charge` is what it was counted as."""
    sent = SentCode(
        email=normalised_address(email),
        asked_at=time.time(),
        zone=next((name for find in SITE_ZONE if (name := find())), "UTC"),
        digest=digest_of(code) if code else "",
        charge=(charge.key, charge.ends_at.isoformat()),
    )
    session[SESSION_KEY] = [asdict(it) for it in [*sent_in(session), sent][-MOST:]]
    if code:
        with suppress(redis.RedisError):
            cache.set(cache_key(sent.email, code), (sent.asked_at, sent.zone), settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    return sent


def sent_in(session: SessionBase) -> list[SentCode]:
    """Return what was sent to whoever has the session, oldest first."""
    rows: list[dict[str, Any]] = session.get(SESSION_KEY, [])
    return [SentCode(**(it | {"charge": tuple(it["charge"])})) for it in rows]


def latest(session: SessionBase, email: str) -> SentCode | None:
    """Return what was last sent to an address."""
    return next((it for it in reversed(sent_in(session)) if it.email == normalised_address(email)), None)


def recognised(session: SessionBase, email: str, typed: str) -> SentCode | None:
    """Return the request whose code was typed: the newest of this session, or one of another browser for the same mailbox.

    How long it takes tells nothing of the codes: they are compared by keyed hashes.
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
    """A code for the address was entered: give back what was counted for the network, and forget what was sent there."""
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
