"""Limit how often one person, and all people behind one network address, may do something in a minute.

Many people may share an address, such as a venue's Wi-Fi or a town hall's: limits are given per person and multiplied by
PEOPLE_PER_ADDRESS.
"""

import datetime as dt
import functools
import logging
import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeVar, cast

import redis
from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from udtacademy.http.error_pages import too_many, unavailable

if TYPE_CHECKING:
    from udtacademy.redis_cache import RedisCache

logger = logging.getLogger(__name__)

MINUTE = 60  # seconds
PATIENCE = 20.0  # seconds
SITE = 48  # bits of an IPv6 address
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def limited(
    name: str,
    *,
    each: int,
    person: int | None = None,
    methods: tuple[str, ...] = ("POST",),
    refuse: Callable[..., HttpResponseBase] | None = None,
) -> Callable[[View], View]:
    """Decorate a view to answer 429 beyond `person` requests per minute of one person, or beyond `each` times
    PEOPLE_PER_ADDRESS requests per minute from one network address.

    `person`: None for no limit per person, so that `request.user` is not read. `refuse`: the view that answers instead of the
    page for everything, with the status 429; it gets the arguments of the view. Without a cache nothing is limited: it
    matters more that people can join. Raises PermissionDenied as `address_of` does.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method in methods:
                limits = {f"address:{network_of(request)}": each * settings.PEOPLE_PER_ADDRESS}
                if person is not None and request.user.is_authenticated:
                    limits[f"person:{request.user.pk}"] = person
                if is_beyond(name, limits):
                    return refuse(request, *args, **kwargs) if refuse else too_many(dt.timedelta(seconds=MINUTE))
            return view(request, *args, **kwargs)

        return cast("View", checked)

    return decorate


def is_beyond(name: str, limits: dict[str, int]) -> bool:
    """Count one more request for each key of `limits`, and return whether one exceeds its limit in this minute."""
    return any(n > limits[key] for key, n in counts_of(name, list(limits)).items())


def next_minute(now: dt.datetime) -> dt.datetime:
    """Return when requests count anew."""
    return now.replace(second=0, microsecond=0) + dt.timedelta(seconds=MINUTE)


def one_per_process(view: View) -> View:
    """Decorate a view that needs much memory: each process runs one at a time, as two at once would be no faster.

    Returns 503 to those who would wait longer than PATIENCE.
    """
    lock = threading.Lock()

    @functools.wraps(view)
    def exclusive(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not lock.acquire(timeout=PATIENCE):
            return unavailable()
        try:
            return view(request, *args, **kwargs)
        finally:
            lock.release()

    return cast("View", exclusive)


def address_of(request: HttpRequest) -> str:
    """Return the client's IP address, according to the trusted proxies.

    Raises PermissionDenied and logs an error if the headers do not match TRUSTED_PROXY_COUNT.
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
            logger.error("TRUSTED_PROXY_COUNT is %d, but X-Forwarded-For has fewer addresses", n_proxies)
        else:
            logger.error("TRUSTED_PROXY_COUNT is 0, but the connection has no address: is the site behind a proxy?")
        raise PermissionDenied
    # On a socket for both IPv4 and IPv6, IPv4 addresses look like "::ffff:203.0.113.9".
    return str(getattr(ip_address(known), "ipv4_mapped", None) or known)


def network_of(request: HttpRequest) -> str:
    """Return what counts as one network address: for IPv6 the first 48 bits, the size given to one site (decision 0021).

    Raises PermissionDenied as `address_of` does.
    """
    address = ip_address(address_of(request))
    return str(IPv6Network((int(address), SITE), strict=False)) if isinstance(address, IPv6Address) else str(address)


def counts_of(name: str, keys: list[str]) -> dict[str, int]:
    """Count one more request for each key; return the counts of this minute. Empty without a cache."""
    minute = int(time.time()) // MINUTE
    counted = [f"limit:{name}:{key}:{minute}" for key in keys]
    try:
        return dict(zip(keys, cast("RedisCache", cache).count(counted, 2 * MINUTE), strict=True))
    except redis.RedisError:
        return {}
