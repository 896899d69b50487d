import pytest

from attendance.rules.attendance import AttendanceStatus
from attendance.rules.turnout import Turnout, turnout

S = AttendanceStatus


@pytest.mark.parametrize(
    ("status", "has_ended", "part"),
    [
        (S.PRESENT, True, "n_there"),
        (S.COUNTS, True, "n_there"),
        (S.CLICKED, True, "n_there"),
        (S.PARTIAL, True, "n_undecided"),
        (S.TO_DECIDE, True, "n_undecided"),
        (S.EXCUSED, True, "n_excused"),
        (S.MADE_UP, True, "n_excused"),
        (S.ABSENT, True, "n_missing"),
        (S.PARTIAL, False, "n_there"),
        (S.TO_DECIDE, False, "n_there"),
        (S.EXCUSED, False, "n_excused"),
        (S.ABSENT, False, "n_missing"),
    ],
)
def test_everybody_expected_is_in_one_part(status, has_ended, part):
    result = turnout([(status, True, 2)], n_expected=3, has_ended=has_ended)

    parts = {name: getattr(result, name) for name in ("n_there", "n_excused", "n_undecided", "n_missing")}
    assert parts[part] == (3 if part == "n_missing" else 2)
    assert sum(parts.values()) == result.n_expected


def test_who_was_not_expected_is_counted_apart_and_only_if_there():
    groups = [(S.PRESENT, False, 2), (S.EXCUSED, False, 1), (S.PARTIAL, False, 1)]

    assert turnout(groups, n_expected=0, has_ended=True) == Turnout(n_expected=0, n_others=2)
