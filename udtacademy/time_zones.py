"""Time zones in words."""

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def offset(value: dt.timedelta) -> str:
    """An offset from UTC in words: "UTC+2", "UTC+5:30", "UTC"."""
    minutes = int(value.total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def zone_name(local: dt.datetime) -> str:
    """The short name of a local time's zone ("CEST"), or its offset where it has no name."""
    name = local.tzname() or ""
    return name if name.isalpha() else offset(local.utcoffset() or dt.timedelta())


def known_zone(name: str) -> ZoneInfo | None:
    """None for no name, and for one that the machine does not know (any more)."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
