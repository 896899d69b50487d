"""What must not be so in production, said by `manage.py check`."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django calls it so


@register(Tags.security)
def demo_needs_debug(**_kwargs: Any) -> list[CheckMessage]:
    """One-click sign-in lets anybody in as anybody."""
    if settings.DEMO and not settings.DEBUG:
        return [
            Error(
                "The demo's one-click sign-in is on although DEBUG is off.",
                hint="Take DEMO out of the environment.",
                id="programme.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def site_is_ready(**_kwargs: Any) -> list[CheckMessage]:
    """What Django does not know of: addresses, e-mail, the second factor, the proxy."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    address = urlsplit(settings.SITE_URL)
    problems: list[CheckMessage] = []
    if address.scheme != "https" or address.path not in {"", "/"}:
        hint = "Set SITE_URL to the public address, as in https://academy.example.org."
        problems.append(Error("SITE_URL is not the https address of a whole host.", hint=hint, id="programme.E002"))
    if settings.EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        hint = "Set EMAIL_URL, as in smtp://user:password@host:587/?tls=True. Signing in needs it."
        problems.append(Error("E-mails go nowhere.", hint=hint, id="programme.E003"))
    if sender in {"", "localhost"}:
        hint = "Set DEFAULT_FROM_EMAIL to an address that your mail server may send from."
        problems.append(Error("E-mails come from nobody: many servers refuse them.", hint=hint, id="programme.E004"))
    if not settings.STAFF_SECOND_FACTOR:
        hint = "Take STAFF_SECOND_FACTOR out of the environment."
        problems.append(Warning("Staff sign in without a second factor.", hint=hint, id="programme.W001"))
    if settings.IS_SECURE_SITE and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hint = "Set TRUSTED_PROXY_COUNT to how many proxies of yours stand in front; else all people share one address."
        problems.append(
            Warning("Who tries to sign in is counted by the proxy's address.", hint=hint, id="programme.W002")
        )
    return problems
