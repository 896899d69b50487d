"""The OpenID providers of the setting OPENID_CONNECT_PROVIDERS, checked. Read by the settings, so it imports none of Django."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from environs import EnvError

NAME = "OPENID_CONNECT_PROVIDERS"
NEEDED = ("id", "name", "issuer", "client_id", "client_secret")
OPTIONAL = ("email_domains", "second_factor", "parameters")
SECOND_FACTOR_CLAIMS = {"acr", "amr", "acrs"}  # the level; the methods; the contexts of Entra
ID = re.compile(r"[a-z][a-z0-9-]{0,29}")
WELL_KNOWN = "/.well-known/openid-configuration"
THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}
OURS = frozenset(  # parameters of the request for sign-in that are always ours
    {
        *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method", "request", "request_uri"),
    }
)


@dataclass(frozen=True)
class OpenIDProvider:
    """A provider that people may sign in at.

    `email_domains`: domains whose addresses it may name, without saying that they are confirmed; empty for any domain, and then it
    must say so. `second_factor`: claim → its values that mean the provider asked for a second factor. `parameters`: sent to it too.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    email_domains: frozenset[str] = frozenset()
    second_factor: dict[str, frozenset[str]] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def metadata_url(self) -> str:
        return self.issuer.rstrip("/") + WELL_KNOWN


def openid_providers(entries: Any) -> list[OpenIDProvider]:
    """Return the providers that the setting lists. Raises EnvError, which says what to change."""
    if not isinstance(entries, list):
        raise EnvError(f"{NAME} must be a list in JSON: [{{…}}] for one provider, [{{…}}, {{…}}] for two.")
    providers = [_provider(f"{NAME}, provider {n}", entry) for n, entry in enumerate(entries, start=1)]
    ids = [provider.id for provider in providers]
    if len(set(ids)) < len(ids):
        raise EnvError(
            f'{NAME}: two providers have the same "id". Give each its own: it is part of the callback address.'
        )
    return providers


def _provider(where: str, entry: Any) -> OpenIDProvider:
    if not isinstance(entry, dict):
        raise EnvError(f'{where} must be an object in JSON, such as {{"id": "entra", …}}.')
    if unknown := sorted(entry.keys() - {*NEEDED, *OPTIONAL}):
        raise EnvError(f"{where} has unknown keys: {', '.join(unknown)}. Known are {', '.join(NEEDED + OPTIONAL)}.")
    for key in NEEDED:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise EnvError(f'{where} needs "{key}", a text.')
    texts = {key: entry[key].strip() for key in NEEDED}
    if not ID.fullmatch(texts["id"]):
        raise EnvError(f'{where}: "id" must be up to 30 lower-case letters, digits and hyphens, such as "entra".')
    _check_issuer(where, texts["issuer"])
    second_factor = entry.get("second_factor", {})
    if not isinstance(second_factor, dict) or second_factor.keys() - SECOND_FACTOR_CLAIMS:
        raise EnvError(f'{where}: "second_factor" must be an object of acr, amr or acrs, such as {{"amr": ["mfa"]}}.')
    return OpenIDProvider(
        **texts,
        email_domains=_texts(where, "email_domains", entry.get("email_domains", []), such_as='["city.example"]'),
        second_factor={key: _texts(where, key, value, such_as='["mfa"]') for key, value in second_factor.items()},
        parameters=_parameters(where, entry.get("parameters", {})),
    )


def _check_issuer(where: str, issuer: str) -> None:
    address = urlsplit(issuer)
    if WELL_KNOWN in issuer:
        raise EnvError(f'{where}: leave {WELL_KNOWN} out of "issuer".')
    if address.query or address.fragment or not address.hostname:
        raise EnvError(f'{where}: "issuer" must be an address such as https://login.example.org/realms/city.')
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in THIS_MACHINE):
        raise EnvError(f'{where}: "issuer" must begin with https://, or others could read along.')


def _texts(where: str, key: str, values: Any, *, such_as: str) -> frozenset[str]:
    if not _are_texts(values):
        raise EnvError(f'{where}: "{key}" must be a list of texts, such as {such_as}.')
    return frozenset(value.strip() for value in values)


def _parameters(where: str, values: Any) -> dict[str, str]:
    if not isinstance(values, dict) or not _are_texts(list(values.values())):
        raise EnvError(f'{where}: "parameters" must be an object of texts, such as {{"prompt": "select_account"}}.')
    if ours := sorted(values.keys() & OURS):
        raise EnvError(f'{where}: "parameters" must not set {", ".join(ours)}: the site sets them itself.')
    return values


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) and value.strip() for value in values)
