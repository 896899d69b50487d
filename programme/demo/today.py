"""Sessions in person around now, so that check-in can be tried at any hour: before and after the demo's online session."""

import datetime as dt
from zoneinfo import ZoneInfo

from programme.programme_files.schema import SessionEntry, as_moment

ARRIVAL = "arrival-today"
WORKSHOPS = (("governance", "Workshop today: who decides"), ("technical", "Workshop today: which data"))
TODAY = frozenset({ARRIVAL, *(f"workshop-today-{track}" for track, _title in WORKSHOPS)})
BEGAN_BEFORE = dt.timedelta(minutes=30)  # the online session
WORKSHOP = dt.timedelta(hours=3)
DOOR_OPENS_BEFORE = dt.timedelta(hours=1)  # as check-in has it


def sessions_today(zone: ZoneInfo, *, starts_at: dt.datetime, ends_at: dt.datetime) -> list[SessionEntry]:
    """Return an arrival that began with this quarter of an hour, and two parallel workshops.

    `starts_at`, `ends_at`: of the online session between them. The arrival is always today, also just after midnight: a kiosk of today takes part in it.
    """
    began_at = starts_at - BEGAN_BEFORE
    return [
        entry(ARRIVAL, "Arrival and badges", began_at, starts_at, zone, location="Entrance hall"),
        *(
            entry(f"workshop-today-{track}", title, ends_at, ends_at + WORKSHOP, zone, track=track)
            for track, title in WORKSHOPS
        ),
    ]


def entry(
    slug: str, title: str, starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo, **values: str
) -> SessionEntry:
    times = {"starts_at": as_moment(starts_at, zone), "ends_at": as_moment(ends_at, zone)}
    return SessionEntry.model_validate(
        {"slug": slug, "title": title, "format": "in_person", "status": "confirmed"} | times | values
    )
