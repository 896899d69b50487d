"""The settings of returned mail and of signatures, checked. Read by the settings, so it imports none of Django."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from environs import Env, EnvError

PORTS = {"imaps": 993, "imap": 143}
THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}
SHORTEST_KEY = 1024  # bits (RFC 8301, 3.2)
TAG = "*"  # in BOUNCE_ADDRESS, replaced by what identifies an email
ADDRESS = re.compile(r"[A-Za-z0-9._+=*-]{1,30}@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")  # leaves room for the tag: 64 in all
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,60}[A-Za-z0-9])?")
PROVIDERS = ("brevo", "mailgun", "mailjet", "mandrill", "postmark", "sparkpost")
BY_PASSWORD = {"brevo", "mailjet", "postmark", "sparkpost"}  # these sign nothing: they send a user and a password


@dataclass(frozen=True)
class MailSettings:
    """`bounce_address`: where mail servers report failures to; empty for the sender's address."""

    bounce_address: str
    mailbox: "MailboxAddress | None"
    webhook: "Webhook | None"
    dkim: "DkimKey | None"


@dataclass(frozen=True)
class MailboxAddress:
    """A folder on an IMAP server. `security`: "tls" from the start, "starttls" or, on this machine only, "none"."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    security: str

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}/{self.folder}"


@dataclass(frozen=True)
class Webhook:
    """A mail provider that reports by webhook. `key`: what it signs with; of those that sign nothing "user:password"."""

    provider: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class DkimKey:
    domain: str
    selector: str
    private_key: str = field(repr=False)  # PEM


def mail_settings(env: Env) -> MailSettings:
    """Return these settings from the environment. Raises EnvError, which says what to change."""
    return MailSettings(
        bounce_address=_bounce_address(env.str("BOUNCE_ADDRESS", "").strip()),
        mailbox=_mailbox(env.str("BOUNCE_MAILBOX", "").strip()),
        webhook=_webhook(env.str("EMAIL_WEBHOOK", "").strip()),
        dkim=_dkim(env.str("DKIM_DOMAIN", ""), env.str("DKIM_SELECTOR", ""), env.str("DKIM_PRIVATE_KEY", "")),
    )


def _bounce_address(text: str) -> str:
    if text and (not ADDRESS.fullmatch(text) or text.partition("@")[0].count(TAG) > 1):
        raise EnvError(
            "BOUNCE_ADDRESS must be an address of at most 30 characters before the @, such as bounces+*@academy.example.org."
            " The * stands for what identifies each email; leave it out if the mail server takes no such addresses."
        )
    return text


def _mailbox(text: str) -> MailboxAddress | None:
    if not text:
        return None
    url = urlsplit(text)
    try:
        port = url.port or PORTS.get(url.scheme, 0)
    except ValueError:
        port = 0
    if url.scheme not in PORTS or not url.hostname or not url.username or not url.password or not port:
        raise EnvError(
            "BOUNCE_MAILBOX must be such as imaps://user:password@mail.example.org/INBOX, or imap://…?tls=True for STARTTLS."
            " Write special characters of user and password as %XX: @ is %40."
        )
    has_starttls = parse_qs(url.query).get("tls", [""])[0].lower() in {"true", "1", "yes"}
    security = "tls" if url.scheme == "imaps" else "starttls" if has_starttls else "none"
    if security == "none" and url.hostname not in THIS_MACHINE:
        raise EnvError("BOUNCE_MAILBOX must use imaps:// or imap://…?tls=True, or others could read along.")
    folder = unquote(url.path.strip("/")) or "INBOX"
    return MailboxAddress(url.hostname, port, unquote(url.username), unquote(url.password), folder, security)


def _webhook(text: str) -> Webhook | None:
    if not text:
        return None
    try:
        entry: Any = json.loads(text)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or entry.keys() != {"provider", "key"} or not all(map(_is_text, entry.values())):
        raise EnvError('EMAIL_WEBHOOK must be an object in JSON: {"provider": "mailgun", "key": "…"}.')
    if entry["provider"] not in PROVIDERS:
        raise EnvError(f"EMAIL_WEBHOOK: the provider must be one of {', '.join(PROVIDERS)}.")
    user, _colon, password = entry["key"].partition(":")
    if entry["provider"] in BY_PASSWORD and not (user and password):
        raise EnvError('EMAIL_WEBHOOK: the key of this provider must be "user:password", which its webhook sends.')
    return Webhook(entry["provider"], entry["key"].strip())


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _dkim(domain: str, selector: str, private_key: str) -> DkimKey | None:
    values = [domain.strip().lower(), selector.strip(), private_key.strip().replace("\\n", "\n")]
    if not any(values):
        return None
    if not all(values):
        raise EnvError("Set all of DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY, or none.")
    if not NAME.fullmatch(values[0]) or not NAME.fullmatch(values[1]):
        raise EnvError("DKIM_DOMAIN and DKIM_SELECTOR must be names of letters, digits, dots and hyphens.")
    try:
        key = load_pem_private_key(values[2].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < SHORTEST_KEY:
        raise EnvError(
            f"DKIM_PRIVATE_KEY must be an RSA key of at least {SHORTEST_KEY} bits, in PEM, without a password. Better name its file"
            " in DKIM_PRIVATE_KEY_FILE."
        )
    return DkimKey(*values)
