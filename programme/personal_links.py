"""Links to turn off campaigns of an edition: a personal one for mail programs, which works without signing in, and one in footers."""

import re
from functools import lru_cache

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from programme.calendars.files import absolute
from udtacademy.outbox.models import Message

SALT = "programme.campaigns"
CAMPAIGN = "campaign"  # the kind of their messages


def stop_link(message: Message) -> str:
    """Return an absolute link without a name, for the reader of a message about an edition."""
    key = signing.dumps([message.user_id, message.context_id], salt=SALT)
    return absolute(reverse("programme:stop-emails", args=[key]))


def with_stop_link(message: Message) -> str:
    """Return the text of a message with this link for its reader, who need not sign in, in place of the page of the portal."""
    return re.sub(rf"{muting_pattern()}(?=\s|$)", lambda _match: stop_link(message), message.text)


@lru_cache(maxsize=1)
def muting_pattern() -> str:
    return re.escape(muting_url("0")).replace("/0/", "/[^/\\s]+/")


def read_stop_link(key: str) -> tuple[int, int] | None:
    """Return the user and the edition of a link; None for a key that is not ours."""
    try:
        user, edition = signing.loads(key, salt=SALT)
        return int(user), int(edition)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def muting_row(kind: str, edition_slug: str) -> str:
    """Return the row of an email's footer that leads to the page that turns such emails off; empty if none does."""
    return _("→ Turn off emails like this: %(url)s") % {"url": muting_url(edition_slug)} if kind == CAMPAIGN else ""


@lru_cache(maxsize=64)
def muting_url(edition_slug: str) -> str:
    return absolute(reverse("programme:own-emails", args=[edition_slug]))
