"""A sample of each email about an account, for the style guide. Nothing is read or saved."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from udtacademy.accounts.email_kinds import KINDS
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import message_of

NOW = dt.datetime(2026, 9, 1, 7, 2, tzinfo=dt.UTC)
CONTEXT: dict[str, Any] = {
    "user": User(pk=1, name="Aino Virtanen", email="aino@tampere.example"),
    "code": "482913",
    "sent": {"at": "09:02 CEST (Madrid)"},
    "site": settings.SITE_URL,
    "contact": "academy@girona.example",
    "signup_url": f"{settings.SITE_URL}/accounts/login/code/",
    "timestamp": NOW,
    "starts_at": NOW,
    "ip": "192.0.2.7",
    "user_agent": "Firefox",
    "from_email": "aino@tampere.example",
    "to_email": "aino.virtanen@tampere.example",
    "deleted_email": "aino@tampere.example",
    "n": 5,
    "limit": 20,
    "provider": {"name": "Example ID"},
}


WITH_CODE = {"email_confirmation", "email_confirmation_signup", "login_code", "password_reset_code"}
APPS = {  # folder of the templates → how the kinds of email begin
    "mfa": ("recovery_codes", "totp", "webauthn"),
    "socialaccount": ("account_connected", "account_disconnected"),
}


def sample_of(kind: str) -> Message:
    if kind == "guesses":
        subject, _, text = render_to_string("emails/guesses.txt", CONTEXT).strip().partition("\n")
    else:
        app = next((app for app, kinds in APPS.items() if kind.startswith(kinds)), "account")
        subject, text = (render_to_string(f"{app}/email/{kind}_{part}.txt", CONTEXT) for part in ("subject", "message"))
    return message_of(
        to="aino@tampere.example", kind=kind, subject=subject, text=text.strip(), is_sensitive=kind in WITH_CODE
    )


SAMPLES: dict[str, Callable[[], Message]] = {kind: partial(sample_of, kind) for kind in KINDS}
