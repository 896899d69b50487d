"""Any file made from a random roster reads back as that roster, also with labels in no language at all."""

import datetime as dt
from itertools import takewhile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.meeting_reports.reading import Doubt, Hints, ReportError, people_of, read
from tests.attendance.meeting_reports.reading.writers import MADRID, UTC_START, WRITERS, Someone

pytestmark = pytest.mark.slow

SESSION = Hints(MADRID, UTC_START, UTC_START + dt.timedelta(minutes=90))
PROFILE = settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UNKNOWN = ("Xyzzy", "Qwfpg")
FIRST = [
    "Ana",
    "Ana María",
    "Łukasz",
    "Jean-Luc",
    "Θεοδώρα",
    "Дмитрий",
    "Zoë",
    "Gràcia",
    "美咲",
    "Þóra",
    "محمد",
    "D'Arcy",
]
LAST = [
    "Alfa",
    "Beta",
    "de la Gama",
    "Wiśniewska",
    "O’Neill",
    "Παπαδοπούλου",
    "Иванова",
    "Müller-Öz",
    "山田",
    "Nguyễn",
    "van Delta",
]
CASES = [(name, language) for name, (_writer, languages) in WRITERS.items() for language in languages]


@st.composite
def stays(draw):
    """One to three stays within the session's hours, at least five minutes long and apart."""
    n = draw(st.integers(1, 3))
    moments = sorted(draw(st.lists(st.integers(-6, 20), min_size=2 * n, max_size=2 * n, unique=True)))
    return tuple((5 * moments[2 * k], 5 * moments[2 * k + 1]) for k in range(n))


@st.composite
def rosters(draw, *, fewest=1):
    names = st.tuples(st.sampled_from(FIRST), st.sampled_from(LAST))
    people = []
    for number, (first, last) in enumerate(draw(st.lists(names, min_size=fewest, max_size=6, unique=True))):
        times = draw(stays())
        waited = (times[0][0] - 5, times[0][0]) if draw(st.booleans()) else None
        email = f"p{number}@city{number}.example" if draw(st.booleans()) else ""
        people.append(Someone(first, last, email, times, waited, is_host=number == 0 and draw(st.booleans())))
    return people


def minute(moment):
    return round((moment - UTC_START).total_seconds() / 60)


def read_back(text):
    report = read(text.encode(), hints=SESSION, name="report.csv")
    people = frozenset(
        (
            person.name,
            person.email,
            tuple((minute(a), minute(b)) for a, b in person.intervals),
            person.minutes,
            frozenset(map(str, person.flags)),
        )
        for person in people_of(report.rows)
    )
    return report, people


@pytest.mark.parametrize(("name", "language"), CASES)
@PROFILE
@given(people=rosters(), separator=st.sampled_from(",;\t"))
def test_reading_gives_back_what_was_written(name, language, people, separator):
    written = WRITERS[name][0](people, language)

    report, read_people = read_back(written.as_text(separator))

    assert read_people == written.expected
    assert not [it for it in report.warnings if "The file says" in it or "left out" in it]


def with_unknown(written, row, columns):
    """The same file with labels that no language has, each another. Of two, a zone stays: nothing else in the file says it."""
    rows = [list(it) for it in written.rows]
    for column, word in zip(columns, UNKNOWN, strict=False):
        has_zone = len(columns) > 1 and "(UTC)" in rows[row][column]
        rows[row][column] = f"{word} (UTC)" if has_zone else word
    return type(written)(rows, written.expected, written.heads)


def check_unknown(written, row, columns):
    """Only a column that is said to be left out may make a difference."""
    changed = with_unknown(written, row, columns)

    report, people = read_back(changed.as_text())

    left_out = [it for it in report.warnings if "left out" in it]
    is_missing = any(word in it for it in left_out for word in UNKNOWN)
    rows = list(takewhile(lambda it: len(it) > 1, changed.rows[row + 1 :]))
    is_empty = not any(it[column] for it in rows for column in columns if len(it) > column)
    assert len(people) == len(written.expected)  # nobody is lost, and nobody is two
    assert in_any_order(people) == in_any_order(written.expected) or is_missing
    assert Doubt.LABELS in report.doubts or is_missing or (people == written.expected and is_empty)


@pytest.mark.parametrize(("name", "language"), CASES)
@PROFILE
@given(people=rosters(fewest=3), data=st.data())
def test_reading_with_any_label_unknown_gives_the_same_or_says_what_is_missing(name, language, people, data):
    written = WRITERS[name][0](people, language)
    row = data.draw(st.sampled_from(written.heads))
    column = data.draw(st.integers(0, len(written.rows[row]) - 1))

    check_unknown(written, row, [column])


@pytest.mark.parametrize(("name", "language"), CASES)
@PROFILE
@given(people=rosters(fewest=3), data=st.data())
def test_reading_with_any_two_labels_unknown_gives_the_same_or_says_what_is_missing(name, language, people, data):
    written = WRITERS[name][0](people, language)
    row = data.draw(st.sampled_from(written.heads))
    numbers = st.integers(0, len(written.rows[row]) - 1)

    columns = data.draw(st.lists(numbers, min_size=2, max_size=2, unique=True))

    try:
        check_unknown(written, row, columns)
    except ReportError as error:  # too little is known to say that it is a report at all
        assert "it needs columns with names, and with times or minutes" in str(error)


def in_any_order(people):
    """The same with the words of names sorted: which of two columns has the first names nothing but a label says."""
    return {(tuple(sorted(name.split())), *more) for name, *more in people}
