"""Every page of the site by its URL, so that none is forgotten: asked for as an organiser, or as a coordinator."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.core.exceptions import FieldError
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from attendance.personal_links import mute_links
from programme.models import Edition

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
OF_STAFF = ("admin/", "check-in/")
SKIPPED = ("accounts/logout/", "readyz", "admin/r/")  # ends the sign-in; has no worker here; leads elsewhere


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Return all URLs as the resolver has them, parameters in angle brackets. Leaves out regular expressions."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, here)
        elif isinstance(pattern, URLPattern) and "(?P" not in here and not here.startswith(SKIPPED):
            yield here


def pages_of(edition: Edition) -> Iterator[tuple[str, str, bool]]:
    """Return the route and path of each page about an edition, and whether it is for staff.

    Parameters are those of its first participant, session and rows. Some pages answer 404 for them, or redirect.
    """
    participant = edition.participants.filter(is_coordinator=True).earliest("pk")
    values: dict[str, object] = {
        "edition_slug": edition.slug,
        "slug": edition.slug,
        "session_slug": edition.sessions.filter(format="online", starts_at__isnull=False)
        .earliest("starts_at", "pk")
        .slug,
        "extension": "csv",
        "token": participant.calendar_token,
        "key": mute_links.mute_link(participant).rstrip("/").rpartition("/")[2],
        "id": participant.user_id,
        "pk": participant.pk,
    }
    for route in routes():
        row = row_of(route, edition)
        mine = values | ({"object_id": row.pk} if row else {})
        if set(PARAMETER.findall(route)) <= set(mine):
            path = PARAMETER.sub("{\\1}", route).format(**mine)
            yield route, f"/{path}", route.startswith(OF_STAFF)


def row_of(route: str, edition: Edition) -> Model | None:
    """Return the first row of the model whose page in the admin this is, of the edition if the model knows editions."""
    _admin, *names = route.split("/")
    if not route.startswith("admin/") or "<path:object_id>" not in names or names[0].startswith("<"):
        return None
    model: type[Model] = apps.get_model(names[0], names[1])
    rows = model._default_manager.order_by("pk")
    try:
        return rows.filter(edition=edition).first() or rows.first()
    except FieldError:
        return rows.first()
