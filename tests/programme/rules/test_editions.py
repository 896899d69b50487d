import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from programme.rules.editions import RESERVED_SLUGS, SLUG_PATTERN, current_edition

MADRID = ZoneInfo("Europe/Madrid")


@dataclass
class Run:
    first_on: dt.date
    last_on: dt.date
    zone: ZoneInfo = MADRID


SPRING = Run(dt.date(2025, 3, 1), dt.date(2025, 6, 30))
AUTUMN = Run(dt.date(2025, 9, 1), dt.date(2025, 12, 31))
WIDE = Run(dt.date(2025, 1, 1), dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("editions", "on", "expected"),
    [
        ([], dt.date(2025, 1, 1), None),
        ([SPRING, AUTUMN], dt.date(2025, 4, 1), SPRING),
        ([SPRING, AUTUMN], dt.date(2025, 6, 30), SPRING),  # the last day still counts
        ([WIDE, AUTUMN], dt.date(2025, 9, 1), AUTUMN),  # and the first does
        ([SPRING, AUTUMN], dt.date(2025, 7, 1), AUTUMN),  # none runs: the next to begin
        ([AUTUMN, SPRING], dt.date(2025, 1, 1), SPRING),
        ([WIDE, SPRING], dt.date(2025, 4, 1), SPRING),  # two run: the latest to have begun
        ([SPRING, AUTUMN], dt.date(2026, 1, 1), None),  # all are over
    ],
)
def test_current_edition(editions, on, expected):
    noon = dt.datetime.combine(on, dt.time(12), dt.UTC)

    assert current_edition(editions, noon) == expected


def test_current_edition_changes_at_midnight_where_it_is_held():
    old, new = Run(dt.date(2025, 9, 1), dt.date(2025, 9, 30)), Run(dt.date(2025, 10, 1), dt.date(2025, 12, 31))
    midnight = dt.datetime(2025, 9, 30, 22, tzinfo=dt.UTC)  # in Madrid

    assert current_edition([old, new], midnight - dt.timedelta(minutes=1)) == old
    assert current_edition([old, new], midnight) == new
    assert current_edition([old], midnight) is None
    assert current_edition([WIDE, new], midnight) == new


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("2025", True),
        ("academy-2025", True),
        ("a-b-c", True),
        ("Academy", False),
        ("academy_2025", False),
        ("académie", False),
        ("academy--2025", False),
        ("-academy", False),
        ("academy-", False),
        ("academy/2025", False),
        ("", False),
    ],
)
def test_slug_is_small_letters_and_digits_with_single_hyphens_between(slug, expected):
    assert bool(re.search(SLUG_PATTERN, slug)) is expected


def test_reserved_slugs_are_slugs():
    assert [it for it in RESERVED_SLUGS if not re.search(SLUG_PATTERN, it)] == []
