"""When participants may come to the in-person days, and leave again."""

import datetime as dt
from collections.abc import Sequence

MARGIN = dt.timedelta(days=14)  # before the first day in person and after the last: what is further off is a mistake

Span = tuple[dt.date, dt.date]  # both days included


def arrival_span(days: Sequence[dt.date]) -> Span:
    """Return between which days somebody may arrive, given the days in person."""
    return min(days) - MARGIN, max(days)


def departure_span(days: Sequence[dt.date]) -> Span:
    """Return between which days somebody may leave, given the days in person."""
    return min(days), max(days) + MARGIN


def is_within(moment: dt.datetime, span: Span) -> bool:
    """Return whether a moment, in the edition's zone, is on one of the days of a span."""
    first, last = span
    return first <= moment.date() <= last
