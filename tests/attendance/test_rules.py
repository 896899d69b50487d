"""The rules of attendance: properties for whatever comes, and tables for the edges."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance import rules
from attendance.rules import Case, Kind, Observation, Outcome, Standing, State, Status, Terms

MADRID = ZoneInfo("Europe/Madrid")
STARTS = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)
ENDS = STARTS + dt.timedelta(minutes=90)
TERMS = Terms((STARTS, ENDS), 0.75, dt.timedelta(minutes=10))

moments = st.integers(-240, 330).map(lambda minutes: STARTS + dt.timedelta(minutes=minutes))
zones = st.sampled_from([dt.UTC, MADRID, ZoneInfo("America/New_York")])
decisions = st.none() | st.sampled_from(list(Outcome))
excuses = st.none() | st.sampled_from([Outcome.EXCUSED, Outcome.MADE_UP])


@st.composite
def observations(draw):
    first, second = sorted([draw(moments), draw(moments)])
    zone = draw(zones)
    kind = draw(st.sampled_from(list(Kind)))
    return Observation(kind, first.astimezone(zone), second.astimezone(zone) if kind is Kind.REPORT else None)


@given(st.lists(observations()), observations())
def test_another_observation_never_lowers_minutes(seen, more):
    assert rules.seen([*seen, more], TERMS).minutes >= rules.seen(seen, TERMS).minutes


@given(st.lists(observations(), max_size=6).flatmap(lambda seen: st.tuples(st.just(seen), st.permutations(seen))))
def test_the_order_of_evidence_is_irrelevant(both):
    assert rules.seen(both[0], TERMS) == rules.seen(both[1], TERMS)


@given(st.lists(observations()))
def test_nobody_is_there_for_longer_than_was_taught(seen):
    assert dt.timedelta() <= rules.time_in(seen, TERMS) <= ENDS - STARTS


@given(st.lists(observations()), st.sampled_from([it for it in Outcome if it is not Outcome.LIFTED]), excuses)
def test_a_decision_holds_whatever_was_seen(seen, decision, excuse):
    found = rules.attendance(seen, TERMS, decision=decision, excuse=excuse)

    assert (found.status.value, found.source) == (decision.value, "decision")


@given(st.lists(observations()), excuses)
def test_a_lifted_decision_is_none(seen, excuse):
    found = rules.attendance(seen, TERMS, decision=Outcome.LIFTED, excuse=excuse)

    assert found == rules.attendance(seen, TERMS, decision=None, excuse=excuse)


@given(st.lists(observations()), decisions, excuses)
def test_the_same_follows_from_the_same(seen, decision, excuse):
    found = [rules.attendance(seen, TERMS, decision=decision, excuse=excuse) for _ in range(2)]

    assert found[0] == found[1]


@given(st.lists(observations()))
def test_an_excuse_matters_only_to_who_was_not_there_for_long_enough(seen):
    without = rules.attendance(seen, TERMS, decision=None, excuse=None)
    found = rules.attendance(seen, TERMS, decision=None, excuse=Outcome.EXCUSED)

    assert found.status == (Status.PRESENT if without.status is Status.PRESENT else Status.EXCUSED)


@pytest.mark.parametrize(
    ("starts", "ends", "minutes"),
    [
        ((2025, 10, 26, 1, 30), (2025, 10, 26, 3, 30), 180),  # the hour from 2 to 3 comes twice
        ((2025, 3, 30, 1, 30), (2025, 3, 30, 3, 30), 60),  # and here not at all
    ],
)
def test_minutes_are_right_in_the_nights_in_which_clocks_change(starts, ends, minutes):
    window = (dt.datetime(*starts, tzinfo=MADRID), dt.datetime(*ends, tzinfo=MADRID))
    found = rules.seen([Observation(Kind.REPORT, *window)], Terms(window, 1, dt.timedelta()))

    assert (found.minutes, found.status) == (minutes, Status.PRESENT)


def report(start, end):
    return Observation(Kind.REPORT, STARTS + dt.timedelta(minutes=start), STARTS + dt.timedelta(minutes=end))


def at(kind, minutes):
    return Observation(kind, STARTS + dt.timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("seen", "status", "source", "minutes"),
    [
        ([], Status.NONE, "", 0),
        ([report(0, 90)], Status.PRESENT, "report", 90),
        ([report(22.5, 90)], Status.PRESENT, "report", 67),  # three quarters exactly
        ([report(22.6, 90)], Status.PARTIAL, "report", 67),
        ([report(10, 67.5)], Status.PRESENT, "report", 57),  # as late as one may come
        ([report(10.1, 67.6)], Status.PARTIAL, "report", 57),
        ([report(0, 40), report(30, 90)], Status.PRESENT, "report", 90),  # two devices
        ([report(-60, 10), report(80, 200)], Status.PARTIAL, "report", 20),
        ([report(-60, 0), report(90, 100)], Status.NONE, "", 0),
        ([at(Kind.JOIN, -15)], Status.PRESENT, "join", 0),
        ([at(Kind.JOIN, -121)], Status.NONE, "", 0),
        ([at(Kind.DOOR, 90)], Status.NONE, "", 0),
        ([at(Kind.DOOR, 22)], Status.PRESENT, "door", 0),
        ([at(Kind.DOOR, 23)], Status.PARTIAL, "door", 0),
        ([at(Kind.JOIN, 0), report(0, 29)], Status.PARTIAL, "report", 29),  # the report is trusted more
        ([at(Kind.JOIN, 80), at(Kind.DOOR, 0)], Status.PRESENT, "door", 0),
        ([at(Kind.JOIN, 0), report(200, 300)], Status.PRESENT, "join", 0),  # a report that did not see them
    ],
)
def test_what_observations_establish(seen, status, source, minutes):
    found = rules.seen(seen, TERMS)

    assert (found.status, found.source, found.minutes) == (status, source, minutes)


def test_nothing_follows_for_a_session_without_times():
    terms = Terms(None, 0.75, dt.timedelta())

    assert rules.seen([report(0, 90)], terms) == rules.Finding(Status.NONE)
    assert rules.arrival([at(Kind.JOIN, 0)], terms) is None
    assert not rules.is_near(STARTS, terms)
    assert rules.time_in([report(0, 90)], terms) == dt.timedelta()


@pytest.mark.parametrize(
    ("made", "sent", "waited"),
    [
        (None, None, 0),
        (dt.datetime(2020, 1, 1, 10, 0, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, 10, 5, tzinfo=dt.UTC), 5),
        (dt.datetime(2031, 1, 1, 10, 0, tzinfo=dt.UTC), dt.datetime(2031, 1, 1, 9, 0, tzinfo=dt.UTC), 0),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 2, tzinfo=dt.UTC), 0),
    ],
)
def test_a_scan_was_made_as_long_ago_as_the_phone_had_it_whatever_its_clock_says(made, sent, waited):
    assert rules.scanned_at(received_at=ENDS, made=made, sent=sent) == ENDS - dt.timedelta(minutes=waited)


@pytest.mark.parametrize(
    ("status", "is_over", "is_last_call", "case"),
    [
        (Status.PRESENT, True, False, Case.SETTLED),
        (Status.COUNTS, True, True, Case.SETTLED),
        (Status.EXCUSED, False, False, Case.SETTLED),
        (Status.MADE_UP, True, True, Case.SETTLED),
        (Status.ABSENT, True, False, Case.LOST),
        (Status.PARTIAL, True, False, Case.OPEN),
        (Status.NONE, False, False, Case.AHEAD),
        (Status.NONE, True, False, Case.MISSED),
        (Status.NONE, True, True, Case.LOST),
        (Status.NONE, False, True, Case.LOST),
    ],
)
def test_how_a_core_session_stands_for_a_person(status, is_over, is_last_call, case):
    assert rules.case(status, is_over=is_over, is_last_call=is_last_call) == case


@pytest.mark.parametrize(
    ("statuses", "is_over", "is_last_call", "case"),
    [
        ([Status.NONE, Status.PRESENT], True, False, Case.SETTLED),
        ([Status.EXCUSED, Status.EXCUSED], True, False, Case.SETTLED),
        ([Status.EXCUSED, Status.NONE], True, False, Case.MISSED),
        ([Status.ABSENT, Status.NONE], True, False, Case.MISSED),
        ([Status.ABSENT, Status.ABSENT], True, False, Case.LOST),
        ([Status.PARTIAL, Status.NONE], True, False, Case.OPEN),
        ([Status.NONE], False, False, Case.AHEAD),
        ([], False, False, Case.AHEAD),
        ([], True, False, Case.MISSED),
        ([], True, True, Case.LOST),
    ],
)
def test_how_a_core_session_stands_for_a_city(statuses, is_over, is_last_call, case):
    assert rules.case_of_city(statuses, is_over=is_over, is_last_call=is_last_call) == case


@pytest.mark.parametrize(
    ("cases", "standing"),
    [
        ([], Standing.MET),
        ([Case.SETTLED, Case.SETTLED], Standing.MET),
        ([Case.SETTLED, Case.AHEAD], Standing.ON_TRACK),
        ([Case.MISSED, Case.AHEAD], Standing.AT_RISK),
        ([Case.OPEN], Standing.AT_RISK),
        ([Case.LOST, Case.MISSED], Standing.NOT_MET),
    ],
)
def test_standing(cases, standing):
    assert rules.standing(cases) == standing


@pytest.mark.parametrize(
    ("minutes", "is_core", "is_cancelled", "state"),
    [
        (-1, True, False, State.TO_COME),
        (0, True, False, State.RUNNING),
        (90, True, False, State.MISSED),
        (90, False, False, State.NOT_SEEN),
        (0, True, True, State.CANCELLED),
    ],
)
def test_what_is_said_of_those_nobody_has_seen(minutes, is_core, is_cancelled, state):
    moment = rules.Moment(STARTS, ENDS, is_core, is_cancelled)

    assert moment.without_evidence(STARTS + dt.timedelta(minutes=minutes)) == state
    assert rules.Moment(None, None, is_core, False).without_evidence(STARTS) == State.NO_DATE
    assert rules.state(Status.NONE, is_expected=True, otherwise=state) == state
    assert rules.state(Status.PRESENT, is_expected=False, otherwise=state) == State.PRESENT


def test_a_parallel_session_without_a_seat_is_not_expected():
    assert rules.state(Status.NONE, is_expected=False, otherwise=State.MISSED) == State.NOT_EXPECTED
    assert rules.state(Status.NONE, is_expected=False, otherwise=State.CANCELLED) == State.CANCELLED
