"""Kiosks of an edition, the sessions that each may check people in at, and the one that a person comes to."""

import datetime as dt
from typing import TYPE_CHECKING

from attendance.models import Evidence, Kiosk
from attendance.models.kiosk import KioskQuerySet
from attendance.queries.session_windows import door_window
from attendance.queries.sessions import sessions_in_person
from attendance.rules.kiosks import OpenDoor, door_for
from programme.models import Edition, Participant, Session
from programme.rules.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence


def kiosks_of(edition: Edition) -> KioskQuerySet:
    """Return an edition's kiosks, the newest first."""
    return Kiosk.objects.with_people().filter(edition=edition)


def sessions_at(kiosk: Kiosk) -> list[Session]:
    """Return the sessions that a kiosk is for, as they are now: of its day, or the one it was made for."""
    held = sessions_in_person(kiosk.edition)
    if kiosk.session_id:
        return [it for it in held if it.pk == kiosk.session_id]
    return [it for it in held if it.local_day == kiosk.day]


def session_for(kiosk: Kiosk, person: int | None, now: dt.datetime) -> Session | None:
    """Return the session that a person, by primary key, comes to at a kiosk; None if no door is open there."""
    is_open = {it.pk: it for it in sessions_at(kiosk) if door_window(it, now) is Window.OPEN}
    people = Participant.objects.filter(pk=person or 0, edition=kiosk.edition_id).with_held_seats()
    held: Sequence[int] = next((it.held_in for it in people), ())
    scans = Evidence.objects.effective().filter(kind=Evidence.Kind.DOOR, participant=person or 0, session__in=is_open)
    entered = dict(scans.order_by("observed_at").values_list("session", "observed_at"))
    doors = [
        OpenDoor(it.pk, it.starts_at, not it.takes_seats or it.pk in held, entered.get(it.pk))
        for it in is_open.values()
        if it.starts_at
    ]
    chosen = door_for(doors, now)
    return is_open[chosen] if chosen is not None else None
