import datetime as dt
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.queries.standing import COUNTS_AFTER_WITHDRAWAL
from attendance.rules.attendance import AttendanceStatus, as_of
from attendance.rules.places import BEST_RECORDS, HANDED_ON, is_handed_on, record_of_place, records_of_place
from attendance.rules.standing import BEST_FIRST, Case, case

ENDS = dt.datetime(2026, 10, 3, 9, tzinfo=dt.UTC)
BEFORE, AFTER = ENDS - dt.timedelta(hours=1), ENDS + dt.timedelta(hours=1)


class Row(NamedTuple):
    status: str
    source: str = "report"


@pytest.mark.parametrize(
    ("successor", "before", "left_at", "expected"),
    [
        (None, [], AFTER, None),
        (None, ["present"], AFTER, "present"),
        (None, ["present"], BEFORE, "present"),  # seen at the beginning, then handed over
        (None, ["made_up"], BEFORE, "made_up"),
        (None, ["partial"], AFTER, "partial"),  # an organiser decides about the predecessor
        (None, ["to_decide"], AFTER, "to_decide"),
        (None, ["excused"], AFTER, "excused"),
        (None, ["excused"], BEFORE, None),  # the successor is expected
        (None, ["absent"], AFTER, None),  # and can still make up
        ("absent", ["present"], AFTER, "present"),
        ("partial", ["present"], AFTER, "present"),
        ("present", ["partial"], AFTER, "present"),
        ("excused", ["present"], AFTER, "present"),
        ("present", ["excused"], AFTER, "present"),
        ("absent", ["excused"], BEFORE, "absent"),
        (None, ["absent", "present"], AFTER, "present"),  # a chain
        (None, ["partial", "made_up", "excused"], AFTER, "made_up"),
    ],
)
def test_either_of_the_two(successor, before, left_at, expected):
    record = record_of_place(successor and Row(successor), [(Row(status), left_at) for status in before], ENDS)

    assert (record and record.status) == expected


def test_an_excuse_of_a_session_without_a_time_is_not_handed_on():
    assert record_of_place(None, [(Row("excused"), AFTER)], None) is None


def test_all_sessions_at_once():
    rows, before = {1: Row("partial")}, {1: Row("present"), 2: Row("present"), 3: Row("present")}

    judged = records_of_place(rows, [(before, AFTER)], {1: ENDS, 2: ENDS, 4: ENDS})

    assert {session: row.status for session, row in judged.items()} == {1: "present", 2: "present"}
    assert records_of_place(rows, [], {}) == rows


def test_what_is_handed_on_is_what_counts_for_a_city_after_a_withdrawal():
    assert {*HANDED_ON, AttendanceStatus.HERE} == COUNTS_AFTER_WITHDRAWAL
    assert set(BEST_RECORDS) == set(AttendanceStatus) - {AttendanceStatus.HERE, AttendanceStatus.NOT_YET}


statuses = st.sampled_from([it.value for it in BEST_RECORDS if it.value])


@given(st.none() | statuses, st.lists(statuses, max_size=3), st.sampled_from([BEFORE, AFTER]))
def test_nobody_stands_worse_for_having_taken_over_a_place(successor, before, left_at):
    """The case of an ended session with the predecessors is never worse than without."""
    order = [Case.SETTLED, *BEST_FIRST]

    def case_of(record):
        status, source = (record.status, record.source) if record else ("", "")
        now = as_of(AttendanceStatus(status), source, has_ended=True, was_registered=False)
        return order.index(case(now, is_over=True, is_last_call=False))

    alone = successor and Row(successor)
    place = record_of_place(alone, [(Row(status), left_at) for status in before], ENDS)

    assert case_of(place) <= case_of(alone)
    assert all(case_of(place) <= case_of(Row(it)) for it in before if is_handed_on(it, was_over=left_at == AFTER))
