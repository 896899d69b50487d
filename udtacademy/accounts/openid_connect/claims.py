"""What an OpenID provider says about a person, as far as it counts here. Pure: plain values in and out."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from udtacademy.accounts.openid_connect.configuration import OpenIDProvider
from udtacademy.db.addresses import normalised_address, normalised_domain, validate_address
from udtacademy.db.fields import validate_name

LONGEST_SUBJECT = 191  # characters, as in the database; the standard allows 255, and no provider we know uses them
LONGEST_NAME = 200


@dataclass(frozen=True)
class Claims:
    """A person by the provider's word. `email`: normalised, or "". `is_verified`: whether it counts as their address."""

    subject: str
    email: str
    is_verified: bool
    name: str
    nonce: str
    has_second_factor: bool


def read_claims(provider: OpenIDProvider, id_token: dict[str, Any], userinfo: Any) -> Claims:
    """Read an ID token whose issuer, audience and times were checked; the address and the name also from the userinfo.

    Raises ValueError if they are not about one person.
    """
    subject = id_token.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise ValueError("the ID token names nobody, or by too long a subject")
    if not isinstance(userinfo, dict) or (userinfo and userinfo.get("sub") != subject):
        raise ValueError("the userinfo is about somebody else")
    source = id_token if id_token.get("email") else userinfo  # never the address of one and the word of the other
    email = _address(source.get("email"))
    return Claims(
        subject=subject,
        email=email,
        is_verified=bool(email) and _is_verified(provider, email, source.get("email_verified")),
        name=_name(id_token.get("name") or userinfo.get("name")),
        nonce=str(id_token.get("nonce", "")),
        has_second_factor=has_second_factor(provider, id_token),
    )


def has_second_factor(provider: OpenIDProvider, id_token: dict[str, Any]) -> bool:
    """Return whether the provider says that it asked for a second factor, in the values that the operator configured."""
    for claim, values in provider.second_factor.items():
        claimed = id_token.get(claim)
        if any(isinstance(it, str) and it in values for it in (claimed if isinstance(claimed, list) else [claimed])):
            return True
    return False


def _is_verified(provider: OpenIDProvider, email: str, email_verified: Any) -> bool:
    """Return whether the provider says that the address is confirmed, or is trusted with its domain and does not deny it."""
    is_confirmed = email_verified is True or email_verified == "true"  # some providers write it as a text
    if not provider.email_domains:
        return is_confirmed
    domains = {normalised_domain(domain) for domain in provider.email_domains}
    return email.rpartition("@")[2] in domains and (email_verified is None or is_confirmed)


def _address(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    email = normalised_address(value)
    try:
        validate_address(email)
    except ValidationError:
        return ""
    return email


def _name(value: Any) -> str:
    name = value.strip() if isinstance(value, str) else ""
    try:
        validate_name(name)
    except ValidationError:
        return ""
    return name if len(name) <= LONGEST_NAME else ""
