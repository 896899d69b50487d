"""The rules of attendance: properties for whatever comes, and tables for the edges."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules import attendance
from attendance.rules import standing as standing_rules
from attendance.rules.attendance import AttendanceStatus, DecidedOutcome, EvidenceKind, Observation, Terms
from attendance.rules.standing import Case

MADRID = ZoneInfo("Europe/Madrid")
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STARTS = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)
ENDS = STARTS + 90 * MINUTE
TERMS = Terms((STARTS, ENDS), share=0.75, late_tolerance=10 * MINUTE)

# Nights in which clocks change, and a day in which they do not
STARTS_OF_WINDOWS = st.sampled_from(
    [
        STARTS,
        dt.datetime(2025, 10, 25, 23, 30, tzinfo=dt.UTC),  # an hour before it is 2 o'clock again in Madrid
        dt.datetime(2025, 3, 30, 0, 30, tzinfo=dt.UTC),  # half an hour before 2 o'clock is left out
    ]
)
ZONES = st.sampled_from([dt.UTC, MADRID, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
SECONDS = st.integers(-3 * 3600, 6 * 3600)


def at(minutes, kind=EvidenceKind.DOOR):
    """Seen at one moment, so many minutes after the start."""
    return Observation(kind, STARTS + minutes * MINUTE)


def report(since, until):
    return Observation(EvidenceKind.REPORT, STARTS + since * MINUTE, STARTS + until * MINUTE)


def finding_of(*seen, decision=None, excuse=None, terms=TERMS):
    return attendance.attendance(seen, terms, decision=decision, excuse=excuse)


@st.composite
def stories(draw, *, most=6):
    """Terms, and observations before, within and after the actual time, in whatever zone each."""
    start = draw(STARTS_OF_WINDOWS)

    def moment(second):
        return (start + dt.timedelta(seconds=second)).astimezone(draw(ZONES))

    def observation(kind):
        first, last = sorted([draw(SECONDS), draw(SECONDS)])
        return Observation(kind, moment(first), moment(last) if kind in attendance.MEASURING else None)

    terms = Terms(
        window=(moment(0), moment(draw(st.integers(60, 4 * 3600)))),
        share=draw(st.integers(1, 100)) / 100,
        late_tolerance=draw(st.integers(0, 120)) * MINUTE,
    )
    return terms, [observation(kind) for kind in draw(st.lists(st.sampled_from(EvidenceKind), max_size=most))]


decisions = st.none() | st.sampled_from(DecidedOutcome)
excuses = st.none() | st.sampled_from([DecidedOutcome.EXCUSED, DecidedOutcome.MADE_UP])


def live(since, until):
    return Observation(EvidenceKind.LIVE, STARTS + since * MINUTE, STARTS + until * MINUTE)


@pytest.mark.parametrize(
    ("seen", "status", "source", "minutes"),
    [
        ([live(0, 90)], AttendanceStatus.PRESENT, "live", 90),
        ([live(0, 20)], AttendanceStatus.PARTIAL, "live", 20),
        ([live(0, 90), report(0, 20)], AttendanceStatus.PARTIAL, "report", 20),
        ([live(0, 20), report(0, 90)], AttendanceStatus.PRESENT, "report", 90),
        ([live(0, 20), at(0)], AttendanceStatus.PRESENT, "door", 20),
        ([live(0, 20), at(0, EvidenceKind.JOIN)], AttendanceStatus.PARTIAL, "live", 20),
        ([live(0, 90), report(-300, -200)], AttendanceStatus.PRESENT, "live", 90),  # the report did not see them
        ([at(5, EvidenceKind.LIVE)], AttendanceStatus.PARTIAL, "live", 0),  # they came, and are there still
    ],
)
def test_what_a_platform_says_live_counts_until_a_report_says_more(seen, status, source, minutes):
    finding = finding_of(*seen)

    assert (finding.status, finding.source, finding.minutes) == (status, source, minutes)


# Whatever comes


@given(stories())
def test_another_observation_never_lowers_minutes(story):
    """But a report that saw the person counts instead of what the platform said live."""
    terms, seen = story
    seen = [it for it in seen if it.kind is not EvidenceKind.LIVE]
    minutes = [attendance.seen(seen[:n], terms).minutes for n in range(len(seen) + 1)]

    assert minutes == sorted(minutes)


@given(stories(), st.randoms())
def test_the_order_of_evidence_is_irrelevant(story, random):
    terms, seen = story
    shuffled = random.sample(seen, len(seen))

    assert attendance.seen(shuffled, terms) == attendance.seen(seen, terms)


@given(stories())
def test_the_same_evidence_twice_is_the_same(story):
    terms, seen = story

    assert attendance.seen(seen + seen, terms) == attendance.seen(seen, terms)


@given(stories())
def test_nobody_was_there_for_longer_than_was_taught(story):
    terms, seen = story
    starts, ends = terms.instants

    assert dt.timedelta() <= attendance.time_in(seen, terms) <= ends - starts


@given(stories())
def test_time_is_that_of_every_second_in_which_somebody_was_seen(story):
    """Counted one by one, as slowly as it can be done."""
    terms, seen = story
    starts, ends = terms.instants
    stretches = [(attendance.utc(it.starts_at), attendance.utc(it.ends_at)) for it in seen if it.ends_at]
    edges = sorted({starts, ends, *(edge for stretch in stretches for edge in stretch)})
    expected = sum(
        (
            until - since
            for since, until in pairwise(edges)
            if starts <= since < ends and any(first <= since < last for first, last in stretches)
        ),
        dt.timedelta(),
    )

    assert attendance.time_in(seen, terms) == expected


@given(stories(), ZONES)
def test_the_zone_in_which_a_moment_is_said_is_irrelevant(story, zone):
    terms, seen = story
    moved = [
        Observation(it.kind, it.starts_at.astimezone(zone), it.ends_at and it.ends_at.astimezone(zone)) for it in seen
    ]

    assert attendance.seen(moved, terms) == attendance.seen(seen, terms)


@given(stories(), st.sampled_from([it for it in DecidedOutcome if it is not DecidedOutcome.LIFTED]), excuses)
def test_a_decision_wins(story, decision, excuse):
    terms, seen = story

    result = attendance.attendance(seen, terms, decision=decision, excuse=excuse)

    assert (result.status, result.source) == (AttendanceStatus(decision), "decision")
    assert result.minutes == attendance.seen(seen, terms).minutes


@given(stories(), excuses)
def test_a_lifted_decision_leaves_what_was_without_it(story, excuse):
    terms, seen = story

    lifted = attendance.attendance(seen, terms, decision=DecidedOutcome.LIFTED, excuse=excuse)

    assert lifted == attendance.attendance(seen, terms, decision=None, excuse=excuse)


@given(stories(), decisions, excuses)
def test_recomputing_changes_nothing(story, decision, excuse):
    terms, seen = story

    first, second = (attendance.attendance(iter(seen), terms, decision=decision, excuse=excuse) for _ in range(2))

    assert first == second


@given(stories(), excuses)
def test_an_excuse_matters_only_to_who_was_not_present(story, excuse):
    terms, seen = story
    without = attendance.seen(seen, terms).status

    status = attendance.attendance(seen, terms, decision=None, excuse=excuse).status

    assert status == (without if excuse is None or without is AttendanceStatus.PRESENT else AttendanceStatus(excuse))


@given(st.integers(1, 100), st.integers(1, 12 * 60))
def test_the_share_exactly_met_is_enough_and_a_second_less_is_not(per_cent, minutes):
    ends = STARTS + minutes * MINUTE
    terms = Terms((STARTS, ends), share=per_cent / 100, late_tolerance=dt.timedelta())
    needed = minutes * MINUTE * per_cent / 100

    just, short = (
        attendance.seen([Observation(EvidenceKind.REPORT, STARTS, STARTS + stayed)], terms)
        for stayed in (needed, needed - dt.timedelta(milliseconds=1))
    )

    assert (just.status, short.status) == (AttendanceStatus.PRESENT, AttendanceStatus.PARTIAL)


# Who was there


@pytest.mark.parametrize(
    ("seen", "minutes", "status"),
    [
        ([], 0, AttendanceStatus.NONE),
        ([report(0, 90)], 90, AttendanceStatus.PRESENT),
        ([report(-30, 120)], 90, AttendanceStatus.PRESENT),  # before and after is not counted
        ([report(22.5, 90)], 67, AttendanceStatus.PRESENT),  # three quarters, to the second
        ([report(22.6, 90)], 67, AttendanceStatus.PARTIAL),
        ([report(0, 67.5)], 67, AttendanceStatus.PRESENT),
        ([report(0, 67)], 67, AttendanceStatus.PARTIAL),
        ([report(10, 67.5)], 57, AttendanceStatus.PRESENT),  # as late as one may be: nothing missed
        ([report(10.1, 67.6)], 57, AttendanceStatus.PARTIAL),  # later than that: all of it missed
        ([report(0, 40), report(20, 60), report(30, 67.5)], 67, AttendanceStatus.PRESENT),  # two devices count once
        ([report(0, 30), report(30, 67.5)], 67, AttendanceStatus.PRESENT),  # left, and came back at once
        ([report(0, 30), report(31, 67.5)], 66, AttendanceStatus.PARTIAL),
        ([report(10, 20), report(0, 67.5)], 67, AttendanceStatus.PRESENT),  # one within the other
        ([report(-60, -10), report(90, 120)], 0, AttendanceStatus.NONE),  # only before and after
        ([report(-60, 0)], 0, AttendanceStatus.NONE),  # left as it began
        ([report(90, 95)], 0, AttendanceStatus.NONE),
        ([report(40, 40)], 0, AttendanceStatus.PARTIAL),  # looked in
    ],
)
def test_a_report_measures(seen, minutes, status):
    result = finding_of(*seen)

    assert (result.minutes, result.status) == (minutes, status)


@pytest.mark.parametrize(
    ("minutes", "status", "arrived"),
    [
        (-121, AttendanceStatus.NONE, None),
        (-120, AttendanceStatus.PRESENT, 0),
        (-1, AttendanceStatus.PRESENT, 0),
        (0, AttendanceStatus.PRESENT, 0),
        (10, AttendanceStatus.PRESENT, 10),
        (22.5, AttendanceStatus.PRESENT, 22.5),
        (22.6, AttendanceStatus.PARTIAL, 22.6),
        (89, AttendanceStatus.PARTIAL, 89),
        (90, AttendanceStatus.NONE, None),
    ],
)
@pytest.mark.parametrize("kind", [EvidenceKind.DOOR, EvidenceKind.JOIN])
def test_a_scan_or_a_click_means_from_then_on(kind, minutes, status, arrived):
    result = finding_of(at(minutes, kind))

    assert result == attendance.Finding(
        CLICKS.get(status, status) if kind is EvidenceKind.JOIN else status,
        source=kind if status else "",
        arrived_at=None if arrived is None else STARTS + arrived * MINUTE,
    )


CLICKS = {
    AttendanceStatus.PRESENT: AttendanceStatus.CLICKED,
    AttendanceStatus.PARTIAL: AttendanceStatus.TO_DECIDE,
}  # a click alone confirms nothing


@pytest.mark.parametrize(
    ("rule", "is_reported", "status"),
    [
        ("until_report", False, AttendanceStatus.CLICKED),
        ("until_report", True, AttendanceStatus.TO_DECIDE),
        ("never", False, AttendanceStatus.TO_DECIDE),
        ("never", True, AttendanceStatus.TO_DECIDE),
        ("always", False, AttendanceStatus.CLICKED),
        ("always", True, AttendanceStatus.CLICKED),
    ],
)
def test_a_click_alone_counts_as_the_edition_says(rule, is_reported, status):
    counts = attendance.ClickRule(rule).counts(is_reported=is_reported)
    terms = Terms((STARTS, ENDS), share=0.75, late_tolerance=10 * MINUTE, clicks_count=counts)

    assert finding_of(at(-7, EvidenceKind.JOIN), terms=terms).status is status
    assert (
        finding_of(at(-7, EvidenceKind.JOIN), at(0), terms=terms).status is AttendanceStatus.PRESENT
    )  # the door has seen them
    assert finding_of(at(-7, EvidenceKind.JOIN), report(0, 90), terms=terms).status is AttendanceStatus.PRESENT


def test_a_click_made_before_one_could_join_was_for_another_time():
    terms = Terms((STARTS, ENDS), share=0.75, late_tolerance=10 * MINUTE, join_opens_before=15 * MINUTE)

    assert finding_of(at(-15, EvidenceKind.JOIN), terms=terms).status is AttendanceStatus.CLICKED
    assert finding_of(at(-16, EvidenceKind.JOIN), terms=terms).status is AttendanceStatus.TO_DECIDE
    assert (
        finding_of(at(-16, EvidenceKind.JOIN), at(-1, EvidenceKind.JOIN), terms=terms).status
        is AttendanceStatus.CLICKED
    )


@pytest.mark.parametrize(
    ("status", "source", "has_ended", "was_registered", "expected"),
    [
        (AttendanceStatus.CLICKED, "join", False, True, AttendanceStatus.HERE),
        (AttendanceStatus.TO_DECIDE, "join", False, True, AttendanceStatus.HERE),
        (AttendanceStatus.PRESENT, "door", False, True, AttendanceStatus.HERE),
        (AttendanceStatus.PARTIAL, "report", False, True, AttendanceStatus.HERE),
        (AttendanceStatus.PRESENT, "decision", False, True, AttendanceStatus.PRESENT),
        (AttendanceStatus.EXCUSED, "excuse", False, True, AttendanceStatus.EXCUSED),
        (AttendanceStatus.NONE, "", False, True, AttendanceStatus.NONE),
        (AttendanceStatus.NONE, "", False, False, AttendanceStatus.NONE),
        (AttendanceStatus.CLICKED, "join", True, True, AttendanceStatus.CLICKED),
        (AttendanceStatus.PRESENT, "door", True, False, AttendanceStatus.PRESENT),
        (AttendanceStatus.NONE, "", True, True, AttendanceStatus.NONE),
        (AttendanceStatus.NONE, "", True, False, AttendanceStatus.NOT_YET),
    ],
)
def test_what_is_recorded_means_something_else_before_the_end(status, source, has_ended, was_registered, expected):
    assert attendance.as_of(status, source, has_ended=has_ended, was_registered=was_registered) is expected


@given(stories(), st.booleans())
def test_before_the_end_nothing_is_settled_by_evidence(story, clicks_count):
    terms, seen = story
    finding = attendance.seen(seen, replace(terms, clicks_count=clicks_count))

    status = attendance.as_of(finding.status, finding.source, has_ended=False, was_registered=True)

    assert status in {AttendanceStatus.HERE, AttendanceStatus.NONE}
    for is_last_call in (False, True):
        assert standing_rules.case(status, is_over=False, is_last_call=is_last_call) is not Case.SETTLED
        assert standing_rules.case_of_city([status], is_over=False, is_last_call=is_last_call) is not Case.SETTLED


@given(stories(), st.sampled_from(attendance.ClickRule))
def test_a_report_never_makes_presence_of_a_click(story, rule):
    """A report that does not show somebody is applied: their clicks are worth at most as much as before."""
    terms, seen = story
    clicks = [it for it in seen if it.kind is EvidenceKind.JOIN]

    before, after = (
        attendance.seen(clicks, replace(terms, clicks_count=rule.counts(is_reported=is_reported))).status
        for is_reported in (False, True)
    )

    assert after in {before, AttendanceStatus.TO_DECIDE}
    assert AttendanceStatus.PRESENT not in {before, after}


@pytest.mark.parametrize(
    ("late", "tolerance", "status"),
    [
        (30, 30, AttendanceStatus.PRESENT),
        (31, 30, AttendanceStatus.PARTIAL),
        (30, 0, AttendanceStatus.PARTIAL),
        (0, 0, AttendanceStatus.PRESENT),
    ],
)
def test_who_comes_as_late_as_is_tolerated_has_missed_nothing(late, tolerance, status):
    terms = Terms((STARTS, ENDS), share=1, late_tolerance=tolerance * MINUTE)

    assert finding_of(at(late), terms=terms).status == status


@pytest.mark.parametrize(
    ("seen", "status", "source", "minutes"),
    [
        ([at(0), report(0, 20)], AttendanceStatus.PARTIAL, "report", 20),
        ([at(80), report(0, 90)], AttendanceStatus.PRESENT, "report", 90),
        ([at(80), at(0, EvidenceKind.JOIN)], AttendanceStatus.PARTIAL, "door", 0),
        ([at(0), at(80, EvidenceKind.JOIN)], AttendanceStatus.PRESENT, "door", 0),
        (
            [at(0, EvidenceKind.JOIN), report(100, 120)],
            AttendanceStatus.CLICKED,
            "join",
            0,
        ),  # a report that did not see them in it
        ([at(0, EvidenceKind.JOIN), at(-180)], AttendanceStatus.CLICKED, "join", 0),  # a scan of the morning
        ([at(30), at(5)], AttendanceStatus.PRESENT, "door", 0),  # the earliest of a kind counts
    ],
)
def test_a_report_is_trusted_more_than_the_door_and_the_door_more_than_a_click(seen, status, source, minutes):
    result = finding_of(*seen)

    assert (result.status, result.source, result.minutes) == (status, source, minutes)


@pytest.mark.parametrize(
    ("seen", "decision", "excuse", "expected"),
    [
        ([], None, None, (AttendanceStatus.NONE, "")),
        ([], None, DecidedOutcome.EXCUSED, (AttendanceStatus.EXCUSED, "excuse")),
        ([], None, DecidedOutcome.MADE_UP, (AttendanceStatus.MADE_UP, "excuse")),
        ([report(0, 20)], None, DecidedOutcome.EXCUSED, (AttendanceStatus.EXCUSED, "excuse")),
        ([report(0, 90)], None, DecidedOutcome.EXCUSED, (AttendanceStatus.PRESENT, "report")),
        ([report(0, 90)], DecidedOutcome.ABSENT, DecidedOutcome.EXCUSED, (AttendanceStatus.ABSENT, "decision")),
        ([], DecidedOutcome.PRESENT, DecidedOutcome.EXCUSED, (AttendanceStatus.PRESENT, "decision")),
        ([report(0, 20)], DecidedOutcome.COUNTS, None, (AttendanceStatus.COUNTS, "decision")),
        ([report(0, 20)], DecidedOutcome.LIFTED, None, (AttendanceStatus.PARTIAL, "report")),
        ([report(0, 20)], DecidedOutcome.LIFTED, DecidedOutcome.EXCUSED, (AttendanceStatus.EXCUSED, "excuse")),
    ],
)
def test_decision_over_excuse_over_too_little(seen, decision, excuse, expected):
    result = finding_of(*seen, decision=decision, excuse=excuse)

    assert (result.status, result.source) == expected


@pytest.mark.parametrize(
    ("decision", "excuse", "status", "source"),
    [
        (DecidedOutcome.ABSENT, None, AttendanceStatus.ABSENT, "decision"),
        (None, DecidedOutcome.EXCUSED, AttendanceStatus.EXCUSED, "excuse"),
    ],
)
def test_a_decision_and_an_excuse_keep_what_was_measured(decision, excuse, status, source):
    result = finding_of(report(5, 20), decision=decision, excuse=excuse)

    assert result == attendance.Finding(status, source, 15 * MINUTE, STARTS + 5 * MINUTE)


def test_without_a_time_nothing_is_seen_and_words_still_count():
    terms = Terms(None, 0.75, 10 * MINUTE)
    seen = [at(0), report(0, 90)]

    assert finding_of(*seen, terms=terms) == attendance.Finding(AttendanceStatus.NONE)
    assert finding_of(*seen, terms=terms, excuse=DecidedOutcome.EXCUSED).status == AttendanceStatus.EXCUSED
    assert finding_of(*seen, terms=terms, decision=DecidedOutcome.PRESENT).status == AttendanceStatus.PRESENT
    assert attendance.arrival(seen, terms) is None
    assert not attendance.is_near(STARTS, terms)


@pytest.mark.parametrize(
    ("matched", "listed", "absent", "expected", "supports"),
    [
        (20, 20, 0, 20, True),
        (11, 20, 0, 20, True),
        (10, 20, 0, 20, False),  # half of the people in the file are unknown
        (20, 20, 10, 20, True),
        (20, 20, 11, 20, False),  # more than half of those expected would be absent
        (10, 20, 11, 20, False),
        (1, 1, 0, 0, True),
        (0, 0, 0, 20, False),  # an empty file
    ],
)
def test_a_report_settles_who_was_absent_if_it_is_mostly_about_those_expected(
    matched, listed, absent, expected, supports
):
    answer = attendance.supports_settling(n_matched=matched, n_listed=listed, n_absent=absent, n_expected=expected)

    assert answer is supports


# Nights in which clocks change


@pytest.mark.parametrize(
    ("starts", "ends", "minutes"),
    [
        (dt.datetime(2025, 10, 26, 1, 30), dt.datetime(2025, 10, 26, 3, 30), 180),  # the hour from 2 comes twice
        (dt.datetime(2025, 10, 26, 2, 30), dt.datetime(2025, 10, 26, 2, 30, fold=1), 60),
        (dt.datetime(2025, 10, 26, 2, 45), dt.datetime(2025, 10, 26, 2, 15, fold=1), 30),
        (dt.datetime(2025, 3, 30, 1, 30), dt.datetime(2025, 3, 30, 3, 30), 60),  # there is no hour from 2
        (dt.datetime(2025, 9, 25, 1, 30), dt.datetime(2025, 9, 25, 3, 30), 120),
    ],
)
def test_minutes_are_right_when_clocks_change(starts, ends, minutes):
    window = (starts.replace(tzinfo=MADRID), ends.replace(tzinfo=MADRID))
    terms = Terms(window, share=1, late_tolerance=dt.timedelta())

    result = attendance.seen([Observation(EvidenceKind.REPORT, *window)], terms)

    assert (result.minutes, result.status) == (minutes, AttendanceStatus.PRESENT)


def test_half_of_a_night_that_is_an_hour_longer_is_not_half_of_what_clocks_show():
    window = (dt.datetime(2025, 10, 26, 1, 0, tzinfo=MADRID), dt.datetime(2025, 10, 26, 4, 0, tzinfo=MADRID))
    terms = Terms(window, share=0.75, late_tolerance=dt.timedelta())  # four hours long, three of them are enough
    until = dt.datetime(2025, 10, 26, 3, 0, tzinfo=MADRID)

    result = attendance.seen([Observation(EvidenceKind.REPORT, window[0], until)], terms)

    assert (result.minutes, result.status) == (180, AttendanceStatus.PRESENT)


def test_late_is_measured_by_what_passed_and_not_by_the_clock():
    window = (dt.datetime(2025, 3, 30, 1, 55, tzinfo=MADRID), dt.datetime(2025, 3, 30, 5, 0, tzinfo=MADRID))
    terms = Terms(window, share=1, late_tolerance=10 * MINUTE)
    five_past_three = Observation(EvidenceKind.DOOR, dt.datetime(2025, 3, 30, 3, 5, tzinfo=MADRID))  # ten minutes later

    assert attendance.seen([five_past_three], terms).status == AttendanceStatus.PRESENT


@pytest.mark.parametrize("zone", [dt.UTC, MADRID, ZoneInfo("Asia/Kathmandu")])
def test_utc_is_the_same_moment_in_utc(zone):
    moment = attendance.utc(STARTS.astimezone(zone))

    assert moment == STARTS
    assert moment.tzinfo is dt.UTC


def test_near_is_two_hours_of_what_passed():
    terms = Terms(
        (dt.datetime(2025, 3, 30, 4, 0, tzinfo=MADRID), dt.datetime(2025, 3, 30, 5, 0, tzinfo=MADRID)), 1, DAY
    )

    assert attendance.is_near(dt.datetime(2025, 3, 30, 1, 0, tzinfo=MADRID), terms)
    assert not attendance.is_near(dt.datetime(2025, 3, 30, 0, 59, tzinfo=MADRID), terms)


# When a scan was made


@pytest.mark.parametrize(
    ("scanned", "seen_at", "expected"),
    [
        (0, 50, ("present", "door")),
        (50, 0, ("present", "word")),
        (50, 55, ("partial", "door")),
        (None, 0, ("present", "word")),
        (None, 50, ("partial", "word")),
    ],
)
def test_a_scan_and_an_organisers_word_count_alike_the_first_of_them(scanned, seen_at, expected):
    seen = [(EvidenceKind.DOOR, scanned), (EvidenceKind.WORD, seen_at)]

    finding = attendance.seen([at(minutes, kind) for kind, minutes in seen if minutes is not None], TERMS)

    assert (finding.status, finding.source) == expected
