"""The addresses at which an OpenID provider is asked, from its own description (OpenID Connect Discovery 1.0)."""

from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import ProviderException
from django.core.cache import caches
from requests import RequestException

from udtacademy.accounts.openid_connect.configuration import OpenIDProvider

KNOWN_FOR = 60 * 60  # seconds
AWAY_FOR = 30  # seconds in which a provider that failed is not asked again: waiting would take threads from others
NEEDED = ("authorization_endpoint", "token_endpoint")
USED = (*NEEDED, "userinfo_endpoint")


class ProviderAwayError(ProviderException):  # type: ignore[misc]
    """The provider does not answer."""


class UnusableProviderError(ProviderException):  # type: ignore[misc]
    """The provider answers, but not as OpenID Connect and our settings ask for. The message is for the log."""


def metadata_of(provider: OpenIDProvider) -> dict[str, Any]:
    """Return the provider's description, asked for once an hour by each process. Raises ProviderAwayError, UnusableProviderError.

    An error is remembered too, for AWAY_FOR.
    """
    cache, key = caches["openid"], provider.issuer
    known: dict[str, Any] | ProviderException | None = cache.get(key)
    if isinstance(known, ProviderException):
        raise known
    if known is None:
        try:
            known = _ask(provider)
        except ProviderException as error:
            cache.set(key, error, AWAY_FOR)
            raise
        cache.set(key, known, KNOWN_FOR)
    return known


def note_away(provider: OpenIDProvider) -> None:
    """Do not ask the provider for AWAY_FOR, as somebody has just waited in vain for another of its answers."""
    caches["openid"].set(provider.issuer, ProviderAwayError(), AWAY_FOR)


def _ask(provider: OpenIDProvider) -> dict[str, Any]:
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.get(provider.metadata_url)
            answer.raise_for_status()
            metadata = answer.json()
    except RequestException as error:
        raise ProviderAwayError from error
    if not isinstance(metadata, dict) or metadata.get("issuer") != provider.issuer:
        issuer = metadata.get("issuer") if isinstance(metadata, dict) else None
        raise UnusableProviderError(f"its issuer is {issuer!r}, not {provider.issuer!r} as in OPENID_CONNECT_PROVIDERS")
    scheme = urlsplit(provider.issuer).scheme
    for name in USED:
        if (name in NEEDED or name in metadata) and urlsplit(str(metadata.get(name))).scheme != scheme:
            raise UnusableProviderError(f"its {name} is no {scheme} address")
    return metadata
