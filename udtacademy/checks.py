"""System checks of the settings for production, run by `manage.py check`."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register  # noqa: A004 - Django calls it so

from udtacademy.file_storage import FOLDER


@register(Tags.security)
def demo_needs_debug(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse the demo in production: anybody could sign in as anybody."""
    if settings.DEMO and not settings.DEBUG:
        return [
            Error(
                "The demo's one-click sign-in is on although DEBUG is off.",
                hint="Remove DEMO from the environment.",
                id="programme.E001",
            )
        ]
    return []


@register(Tags.security)
def policy_is_all_sent(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse what django-csp's own middleware would follow, but `SecurityPolicyMiddleware` does not."""
    unread = [f"CONTENT_SECURITY_POLICY[{key!r}]" for key in settings.CONTENT_SECURITY_POLICY if key != "DIRECTIVES"]
    if getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None):
        unread.append("CONTENT_SECURITY_POLICY_REPORT_ONLY")
    hint = "Remove it, or teach udtacademy/http/security_policy.py to follow it."
    return [Error(f"{name} has no effect.", hint=hint, id="programme.E005") for name in unread]


@register(Tags.security, deploy=True)
def site_is_ready(**_kwargs: Any) -> list[CheckMessage]:
    """Check what Django does not: addresses, email, the second factor, the proxy."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    address = urlsplit(settings.SITE_URL)
    problems: list[CheckMessage] = []
    if address.scheme != "https" or address.path not in {"", "/"}:
        hint = "Set SITE_URL to the public address, such as https://academy.example.org."
        problems.append(Error("SITE_URL must be an https address without a path.", hint=hint, id="programme.E002"))
    if settings.EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        hint = "Set EMAIL_URL, for example smtp://user:password@host:587/?tls=True. People need emails to sign in."
        problems.append(Error("Emails are not sent.", hint=hint, id="programme.E003"))
    if sender in {"", "localhost"}:
        hint = "Set DEFAULT_FROM_EMAIL to an address from which your mail server may send."
        problems.append(
            Error("Emails have no valid sender address. Many mail servers refuse them.", hint=hint, id="programme.E004")
        )
    if not settings.STAFF_SECOND_FACTOR:
        hint = "Remove STAFF_SECOND_FACTOR from the environment."
        problems.append(Warning("Staff sign in without a second factor.", hint=hint, id="programme.W001"))
    if settings.IS_SECURE_SITE and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hint = "Set TRUSTED_PROXY_COUNT to the number of your proxies in front of the site. Otherwise all people share one address."
        problems.append(
            Warning("Sign-in attempts are counted by the address of the proxy.", hint=hint, id="programme.W002")
        )
    return problems


@register(Tags.files, deploy=True)
def files_can_be_stored(**_kwargs: Any) -> list[CheckMessage]:
    """Check that this process can write where files are stored that people give as answers, or make that folder. S3 is not asked."""
    if settings.STORAGES["default"]["BACKEND"] != FOLDER:
        return []
    folder = Path(settings.MEDIA_ROOT).absolute()
    there = next(it for it in (folder, *folder.parents) if it.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return []
    hint = "Make the folder, and give it to the user of the site; or set MEDIA_ROOT to another one."
    return [Warning(f"Files cannot be stored in {folder}.", hint=hint, id="programme.W003")]


@register(Tags.security, deploy=True)
def credentials_can_be_signed(**_kwargs: Any) -> list[CheckMessage]:
    """Say that certificates are not offered as digital credentials without a key. It is no mistake to have none."""
    keys = settings.CREDENTIAL_KEYS
    if keys.private:
        return []
    hint = "Set CREDENTIALS_PRIVATE_KEY_FILE, as docs/operators.md says under “Digital credentials”, if you want that."
    problems: list[CheckMessage] = [
        Info("Certificates are not offered as digital credentials: there is no key.", hint=hint, id="programme.I001")
    ]
    if keys.former:
        hint = "Set CREDENTIALS_PRIVATE_KEY_FILE. Nobody can see otherwise whether a credential is revoked."
        problems.append(
            Warning("There are former keys of credentials, and none that signs.", hint=hint, id="programme.W004")
        )
    return problems
