"""Names of time zones and offsets."""

import datetime as dt
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def offset(value: dt.timedelta) -> str:
    """Format an offset from UTC: "UTC+2", "UTC+5:30", "UTC"."""
    minutes = int(value.total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def zone_name(local: dt.datetime) -> str:
    """Return the short name of a local time's zone ("CEST"), or its offset if it has no name."""
    name = local.tzname() or ""
    return name if name.isalpha() else offset(local.utcoffset() or dt.timedelta())


def known_zone(name: str) -> ZoneInfo | None:
    """Return the zone of this name; None without a name, or if this machine does not know it."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones that this machine knows. Read once: Python looks through hundreds of files for them, 10 ms."""
    return frozenset(available_timezones())


@cache
def all_zones() -> dict[str, ZoneInfo]:
    """Return all zones by name; not to be changed. Read once: Python keeps few of those that nobody holds, and reads 600 files, 40 ms."""
    return {name: ZoneInfo(name) for name in zone_names()}


@cache
def present_zone_names() -> frozenset[str]:
    """Return the present name of each zone that a country uses, as tzdata lists them: Europe/Kyiv, but not Europe/Kiev."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in table.splitlines() if row and not row.startswith("#")]
    return frozenset(row[2] for row in rows) & zone_names()
