import pytest

from attendance.rules.certificates import CountedAs, counted_as, duration_text, in_groups, kind_of, new_code, read_code
from attendance.rules.standing import Case, reasoned

MET, MISSED, NONE = reasoned([("core", Case.SETTLED)]), reasoned([("core", Case.LOST)]), reasoned([])


@pytest.mark.parametrize(
    ("standing", "own", "kind"),
    [
        (MET, {"core": CountedAs.ATTENDED}, "completed"),
        (MET, {"core": CountedAs.MADE_UP}, "completed"),
        (MET, {"core": CountedAs.EXCUSED}, None),
        (MET, {}, None),  # somebody who held the place before has done it all
        (MISSED, {"other": CountedAs.ATTENDED}, "attended"),
        (MISSED, {"other": CountedAs.MADE_UP}, None),  # nothing was really attended
        (NONE, {"other": CountedAs.ATTENDED}, "attended"),
    ],
)
def test_kind_of(standing, own, kind):
    assert kind_of(standing, own) == kind


def test_who_has_left_has_completed_nothing():
    assert kind_of(MET, {"core": CountedAs.ATTENDED}, is_registered=False) == "attended"


@pytest.mark.parametrize(
    ("status", "as_what"),
    [("present", "attended"), ("counts", "attended"), ("clicked", "attended"), ("made_up", "made_up")]
    + [("excused", "excused"), ("partial", None), ("to_decide", None), ("absent", None), ("", None)],
)
def test_counted_as(status, as_what):
    assert counted_as(status) == as_what


def test_a_code_is_read_as_it_is_printed_and_as_people_type_it():
    code = new_code()

    assert read_code(in_groups(code)) == read_code(f" {code.lower()} ") == code
    assert read_code(code[1:]) is None
    assert read_code(f"{code[1:]}U") is None  # no letter of ours


@pytest.mark.parametrize(("minutes", "text"), [(0, ""), (45, "45 min"), (60, "1 h"), (330, "5 h 30 min")])
def test_duration_text(minutes, text):
    assert duration_text(minutes) == text
