"""What kind of text the cells of a column hold: moments, words, actions, choices, roles."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

from attendance.meeting_reports.reading import cell_words, times
from attendance.meeting_reports.reading.report import DateOrder

MOST_ACTIONS = 6
MOST_ROLES = 8


def share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    """Return the share (0–1) of the filled cells for which `holds` is true; 0 if none is filled."""
    filled = [it for it in cells if it]
    return sum(holds(it) for it in filled) / len(filled) if filled else 0.0


def is_moment(cell: str) -> bool:
    return times.stamp(cell) is not None


def is_word(cell: str) -> bool:
    """Return whether a cell is text: not an address, a moment or a duration."""
    return (
        any(it.isalpha() for it in cell)
        and "@" not in cell
        and times.stamp(cell) is None
        and times.minutes(cell) is None
    )


def has_unit(cell: str) -> bool:
    """Return whether a cell is a duration with a unit or a colon."""
    return times.minutes(cell) is not None and any(it.isalpha() or it == ":" for it in cell)


def is_action(cells: Sequence[str]) -> bool:
    """Return whether the cells repeat a few words, as a list of joining and leaving does."""
    counts = Counter(it for it in cells if it)
    return 0 < len(counts) <= MOST_ACTIONS and all(is_word(it) for it in counts) and len(counts) < sum(counts.values())


def is_choice(cells: Sequence[str]) -> bool:
    """Return whether the cells are yes or no, or the same word everywhere: not names, where there are several people."""
    return all(cell_words.is_yes_or_no(it) for it in cells) or (len(cells) > 1 and len(set(cells)) == 1)


def is_role(cells: Sequence[str]) -> bool:
    """Return whether the cells are a few words, all known roles, or at least one of them an organiser's."""
    kinds = set(cells)
    if not 0 < len(kinds) <= MOST_ROLES or not all(map(is_word, kinds)):
        return False
    return all(map(cell_words.is_known_role, kinds)) or (
        len(kinds) > 1 and any(map(cell_words.is_organiser, kinds)) and len(kinds) < len(cells)
    )


def reading(cell: str) -> dt.datetime | None:
    """Return a cell's moment as the clock showed it, in the first order of dates that exists. Use it for differences
    only.
    """
    stamp = times.stamp(cell)
    if stamp is None:
        return None
    if stamp.date is None:
        return dt.datetime.combine(dt.date(2000, 1, 1), stamp.time)
    return stamp.on(DateOrder.DAY_FIRST) or stamp.on(DateOrder.MONTH_FIRST)
