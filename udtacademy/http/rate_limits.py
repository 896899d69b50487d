"""How often one person, and all behind one network address, may do something in a minute. Who knocks more often waits.

A crowd may come from one address: a venue's Wi-Fi, a town hall. What may come from there is said for each of the
PEOPLE_PER_ADDRESS people it suits.
"""

import datetime as dt
import functools
import logging
import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TypeVar, cast

import redis
from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from udtacademy.http.error_pages import too_many, unavailable

logger = logging.getLogger(__name__)

MINUTE = 60  # seconds
PATIENCE = 20.0  # seconds
SITE = 48  # bits of an IPv6 address
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def limited(
    name: str, *, each: int, person: int | None = None, methods: tuple[str, ...] = ("POST",)
) -> Callable[[View], View]:
    """Decorator: answer 429 once a person has done it `person` times in this minute, or a crowd behind one address as often
    as if each of PEOPLE_PER_ADDRESS people had done it `each` times.

    None: whoever it is; what does not depend on who asks does not look. Without a cache nothing is counted: joining matters
    more. Raises PermissionDenied as `address_of` does.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method in methods:
                limits = {f"address:{network_of(request)}": each * settings.PEOPLE_PER_ADDRESS}
                if person is not None and request.user.is_authenticated:
                    limits[f"person:{request.user.pk}"] = person
                if is_beyond(name, limits):
                    return too_many(dt.timedelta(seconds=MINUTE))
            return view(request, *args, **kwargs)

        return cast("View", checked)

    return decorate


def is_beyond(name: str, limits: dict[str, int]) -> bool:
    """Count one time more for each name in `limits`, and say whether one has done it more often than it may in this minute."""
    return any(n > limits[who] for who, n in counted(name, list(limits)).items())


def one_at_a_time(view: View) -> View:
    """Decorator: of a page that takes much memory, each process makes one at a time; two at once would be no quicker.

    Who would wait for longer than PATIENCE is told to come back.
    """
    lock = threading.Lock()

    @functools.wraps(view)
    def alone(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not lock.acquire(timeout=PATIENCE):
            return unavailable()
        try:
            return view(request, *args, **kwargs)
        finally:
            lock.release()

    return cast("View", alone)


def address_of(request: HttpRequest) -> str:
    """Return the address the request comes from, as the nearest proxies that we trust say.

    Raises PermissionDenied, and says so in the log, where they do not say what TRUSTED_PROXY_COUNT expects of them.
    """
    n_proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if n_proxies:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        address = hops[-n_proxies] if len(hops) >= n_proxies else ""
    else:
        address = request.META.get("REMOTE_ADDR", "")
    known: str | None = clean_client_ip(address)
    if known is None:
        if n_proxies:
            logger.error("TRUSTED_PROXY_COUNT is %d, and X-Forwarded-For does not say that many addresses", n_proxies)
        else:
            logger.error(
                "TRUSTED_PROXY_COUNT is 0, and the connection has no address: does a proxy stand before the site?"
            )
        raise PermissionDenied
    # Where a machine takes both kinds at one socket, those of IPv4 come as "::ffff:203.0.113.9".
    return str(getattr(ip_address(known), "ipv4_mapped", None) or known)


def network_of(request: HttpRequest) -> str:
    """Return what counts as one network address: of IPv6 the first 48 bits, which one organisation is given (decision 0021).

    Raises PermissionDenied as `address_of` does.
    """
    address = ip_address(address_of(request))
    return str(IPv6Network((int(address), SITE), strict=False)) if isinstance(address, IPv6Address) else str(address)


def counted(name: str, who: list[str]) -> dict[str, int]:
    """How often each has done it in this minute, this time included. Empty without a cache."""
    minute = int(time.time()) // MINUTE
    try:
        return {one: _counted(f"limit:{name}:{one}:{minute}") for one in who}
    except redis.RedisError:
        return {}


def _counted(key: str) -> int:
    try:
        return cache.incr(key)
    except ValueError:  # the first in this minute, or the first of several at once
        return 1 if cache.add(key, 1, 2 * MINUTE) else cache.incr(key)
