"""Who changed rows last, and when: said to whom a change since they opened a page is in the way."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from programme.models import Edition
from udtacademy.accounts.models import User
from udtacademy.time_zones import zone_name

MOST_EVENTS = 50  # that are looked at: more than happens while a page is open


def last_change(model: type[Model], edition: Edition, by: User | None, fields: Sequence[str] = (), **which: Any) -> str:
    """Return a sentence about the last change of some of an edition's rows, which may be deleted; empty if nobody is known. Two queries.

    `which`: lookups of the rows; `by`: the reader, who may have changed them in another window. `fields`: changes of one row's others,
    such as its place in a list, are left out.
    """
    events = model.pgh_event_model.objects.filter(edition=edition, **which)  # type: ignore[attr-defined]
    latest = list(events.select_related("pgh_context").order_by("-pgh_id")[: MOST_EVENTS if fields else 1])
    event = next((it for it, before in pairwise(latest) if values(it, fields) != values(before, fields)), None)
    event = event or (latest[-1] if latest else None)
    number = event.pgh_context.metadata.get("user") if event and event.pgh_context else None
    if event is None or number is None:
        return ""
    local = timezone.localtime(event.pgh_created_at, edition.zone)
    at = f"{date_format(local, 'j F Y, H:i')} {zone_name(local)}"
    if by and number == by.pk:
        return _("You changed it yourself, in another window: %(at)s.") % {"at": at}
    name = User.objects.filter(pk=number).first()
    return _("Changed by %(name)s: %(at)s.") % {"name": name, "at": at} if name else ""


def values(event: Model, fields: Sequence[str]) -> list[Any]:
    return [getattr(event, name) for name in fields]
