"""What to suggest for a copy of an edition: the first day, the name and the web address."""

import calendar
import datetime as dt
import re
from collections.abc import Collection

YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def same_weekday_in(year: int, day: dt.date) -> dt.date:
    """Return the day of a year that is nearest to the same date and on the same weekday: 15 September 2026 for
    Tuesday 16 September 2025.
    """
    on = (
        day.replace(year=year, day=28)
        if (day.month, day.day) == (2, 29) and not calendar.isleap(year)
        else day.replace(year=year)
    )
    return on + dt.timedelta(days=(day.weekday() - on.weekday() + 3) % 7 - 3)


def next_first_day(first_on: dt.date, today: dt.date) -> dt.date:
    """Return the first day of the next edition: a year later, or so many that it is still to come."""
    year = max(first_on.year + 1, today.year)
    day = same_weekday_in(year, first_on)
    return day if day > today else same_weekday_in(year + 1, first_on)


def name_for_year(name: str, old: int, new: int) -> str:
    """Return the name with the year replaced ("UDT Academy 2026"), or appended if it has none."""
    return name.replace(str(old), str(new)) if str(old) in name else f"{name} {new}"


def slug_for_year(slug: str, old: int, new: int) -> str:
    """Return the web address with the year replaced ("udt-2026"), or appended if it has none."""
    return slug.replace(str(old), str(new)) if str(old) in slug else f"{slug}-{new}"


def other_years(text: str, years: Collection[int]) -> list[str]:
    """Return the years of this century that a text names, but for some: "2025" in "Academy 2025" for 2026 and 2027."""
    return [it for it in dict.fromkeys(YEAR.findall(text)) if int(it) not in years]
