"""What the emails about accounts are called on pages, and what they say about the site."""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from udtacademy.time_zones import known_zone


class Site(NamedTuple):
    """The name of most visitors' time zone, and the organisers' address; each empty if unknown."""

    zone: str = ""
    contact: str = ""


SITES: list[Callable[[], Site]] = []  # added by apps
KINDS = {  # kind of a message, as `sign_in` and `attempts` queue them → label
    "account_already_exists": _("Address already has an account"),
    "account_connected": _("Account of a provider connected"),
    "account_disconnected": _("Account of a provider disconnected"),
    "email_changed": _("Email address changed"),
    "email_confirmation": _("Code to confirm an address"),
    "email_confirmation_signup": _("Code to confirm an address"),
    "email_deleted": _("Email address removed"),
    "guesses": _("Somebody guesses a password or code"),
    "login_code": _("Code to sign in"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password changed"),
    "password_reset_code": _("Code to set a password"),
    "password_set": _("Password set"),
    "recovery_codes_generated": _("New recovery codes"),
    "totp_activated": _("Authenticator app set up"),
    "totp_deactivated": _("Authenticator app removed"),
    "unknown_account": _("Address without an account"),
    "webauthn_added": _("Passkey or security key added"),
    "webauthn_removed": _("Passkey or security key removed"),
}


def current_site() -> Site:
    """Return what an app knows of the site now."""
    return next((site for find in SITES if (site := find()) != Site()), Site())


def zone_for(name: str, site: Site | None = None) -> dt.tzinfo:
    """Return the zone in which to tell somebody a time: that of this name, else of most visitors to the site, else UTC.

    `site`: `current_site()`, where it was read already.
    """
    return known_zone(name) or known_zone((site or current_site()).zone) or dt.UTC
