"""Who is reminded and who is not: tables for the edges, and whole stories made up by Hypothesis."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.rules import reminders as rules
from attendance.rules.reminders import Coming, Leaving, PlannedStep, Recipient, SkipReason, Step
from programme.rules.quiet_hours import NO_QUIET_HOURS, USUAL

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
STARTS = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)
CORE = Coming(STARTS, (7 * DAY, DAY, HOUR), is_core=True)
OPTIONAL = replace(CORE, is_core=False)
ANA = Recipient(STARTS - 30 * DAY)


def answers(session, reader, now):
    return [rules.answer(session, reader, useful, now) for useful in rules.useful_times(session)]


@pytest.mark.parametrize(
    ("before", "steps"),
    [
        (8 * DAY, "later later later"),
        (7 * DAY, "send later later"),
        (DAY + HOUR, "send later later"),
        (DAY, "skip send later"),
        (HOUR, "skip skip send"),
        (dt.timedelta(minutes=1), "skip skip send"),
        (dt.timedelta(), "skip skip skip"),
    ],
)
def test_each_reminder_is_of_use_until_the_next_is_due(before, steps):
    assert " ".join(it.step for it in answers(CORE, ANA, STARTS - before)) == steps


@pytest.mark.parametrize(
    ("session", "reader", "reason"),
    [
        (CORE, ANA, None),
        (OPTIONAL, ANA, None),
        (OPTIONAL, replace(ANA, mutes_optional=True), SkipReason.MUTED),
        (CORE, replace(ANA, mutes_optional=True), None),
        (CORE, replace(ANA, is_excused=True), SkipReason.EXCUSED),
        (OPTIONAL, replace(ANA, has_seat=False), SkipReason.NO_SEAT),
        (CORE, replace(ANA, is_not_coming=True, has_seat=False), SkipReason.NOT_COMING),
        (replace(CORE, is_tentative=True), ANA, SkipReason.TENTATIVE),
        (replace(CORE, is_cancelled=True, is_tentative=True), ANA, SkipReason.CANCELLED),
        (replace(CORE, is_switched_off=True), ANA, SkipReason.SWITCHED_OFF),
    ],
)
def test_what_speaks_against_it(session, reader, reason):
    useful = rules.useful_times(session)[0]

    assert rules.against(session, reader) == reason
    assert rules.answer(session, reader, useful, useful.since - HOUR) == PlannedStep(Step.LATER, reason)
    assert rules.answer(session, reader, useful, useful.since) == (
        PlannedStep(Step.HOLD, reason) if reason else PlannedStep(Step.SEND)
    )
    assert rules.answer(session, reader, useful, useful.until) == PlannedStep(Step.SKIP, reason or SkipReason.TOO_LATE)


def test_a_change_that_was_not_told_yet_holds_a_reminder_back():
    useful = rules.useful_times(CORE)[0]
    changing = replace(ANA, is_changing=True)

    assert rules.answer(CORE, changing, useful, useful.since) == PlannedStep(Step.HOLD, SkipReason.CHANGING)
    assert rules.answer(CORE, changing, useful, useful.until) == PlannedStep(Step.SKIP, SkipReason.TOO_LATE)
    assert rules.answer(CORE, replace(changing, is_excused=True), useful, useful.since) == PlannedStep(
        Step.HOLD, SkipReason.EXCUSED
    )


@pytest.mark.parametrize(
    ("registered_before", "reason"),
    [(DAY + dt.timedelta(seconds=1), SkipReason.TOO_LATE), (DAY, SkipReason.REGISTERED_LATER)],
)
def test_who_registers_as_the_next_reminder_is_due_registered_later(registered_before, reason):
    late = Recipient(STARTS - registered_before)

    assert answers(CORE, late, STARTS - DAY)[0] == PlannedStep(Step.SKIP, reason)


def test_who_registers_late_gets_those_still_of_use():
    late = Recipient(STARTS - 2 * HOUR)

    assert answers(CORE, late, STARTS - 2 * HOUR) == [
        PlannedStep(Step.SKIP, SkipReason.REGISTERED_LATER),
        PlannedStep(Step.SEND),
        PlannedStep(Step.LATER),
    ]


@pytest.mark.parametrize(
    ("told_before", "steps"),
    [
        (3 * DAY, ["skip too_late", "send", "later"]),
        (2 * DAY, ["skip covered", "send", "later"]),
        (DAY + HOUR, ["skip covered", "send", "later"]),
        (DAY, ["skip covered", "skip covered", "later"]),
        (2 * HOUR, ["skip covered", "skip covered", "later"]),
    ],
)
def test_who_was_told_of_a_move_within_a_lead_needs_no_reminder(told_before, steps):
    reader = replace(ANA, moved_at=STARTS - told_before)

    planned = answers(replace(CORE, offsets=(2 * DAY, DAY, HOUR)), reader, STARTS - 2 * HOUR)

    assert [" ".join(filter(None, (it.step, it.reason))) for it in planned] == steps


def test_leads_are_taken_once_and_in_order():
    session = replace(CORE, offsets=(HOUR, DAY, HOUR))

    assert [(it.offset, it.until) for it in rules.useful_times(session)] == [(DAY, STARTS - HOUR), (HOUR, STARTS)]
    assert rules.useful_times(replace(CORE, offsets=())) == []


# Whole stories: time passes hour by hour; things happen; the system is up or down.

EVENTS = st.one_of(
    st.tuples(st.just("move"), st.integers(-72, 400)),
    st.tuples(st.just("status"), st.sampled_from(["cancelled", "tentative", "confirmed"])),
    st.tuples(st.just("register"), st.integers(0, 3)),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("down"), st.integers(1, 90)),
)
LEADS = st.lists(st.integers(1, 24 * 10), min_size=1, max_size=4, unique=True)


@given(LEADS, st.lists(st.tuples(st.integers(0, 300), EVENTS), max_size=12), st.booleans())
def test_each_reminder_is_sent_at_most_once_and_whenever_it_could(offsets, events, is_core):
    """At most once each; and of a round in whose useful time the system was up with nothing against it, exactly once."""
    began = STARTS - 12 * DAY
    session = Coming(STARTS, tuple(it * HOUR for it in offsets), is_core=is_core)
    readers, sent, down_until = {0: Recipient(began)}, [], began
    happening = sorted(events, key=lambda it: it[0])
    for hour in range(330):
        now = began + hour * HOUR
        while happening and happening[0][0] <= hour:
            kind, value = happening.pop(0)[1]
            if kind == "move" and session.starts_at > now:
                session = replace(session, starts_at=max(now, STARTS + value * HOUR))
            elif kind == "status":
                session = replace(session, is_cancelled=value == "cancelled", is_tentative=value == "tentative")
            elif kind == "register":
                readers.setdefault(value, Recipient(now))
            elif kind == "mute":
                readers = {pk: replace(it, mutes_optional=value) for pk, it in readers.items()}
            elif kind == "down":
                down_until = now + value * HOUR
        if now < down_until:
            continue
        for pk, reader in readers.items():
            for useful in rules.useful_times(session):
                if (pk, useful.offset) in sent:
                    continue
                step = rules.answer(session, reader, useful, now).step
                is_of_use = useful.since <= now < useful.until and rules.against(session, reader) is None
                assert (step is Step.SEND) == is_of_use  # up, of use, nothing against it: sent, now
                if step is Step.SEND:
                    sent.append((pk, useful.offset))

    assert len(sent) == len(set(sent))


MADRID = ZoneInfo("Europe/Madrid")
MINUTE = dt.timedelta(minutes=1)


def madrid(day, hour, minute=0):
    return dt.datetime(2025, 9, day, hour, minute, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("starts_at", "offsets", "number", "now", "expected"),
    [
        (madrid(25, 16), (7 * DAY, DAY, HOUR), 1, None, madrid(24, 16)),
        (madrid(25, 22), (7 * DAY, DAY, HOUR), 1, None, madrid(25, 7)),  # due at ten in the evening
        (madrid(25, 7, 30), (7 * DAY, DAY, HOUR), 2, None, madrid(25, 6, 30)),  # an hour before it does not wait
        (madrid(25, 8), (DAY, 3 * HOUR, HOUR), 1, None, None),  # the next follows as soon as it could leave
        (madrid(25, 11), (DAY, 6 * HOUR, HOUR), 1, None, madrid(25, 7)),
        (madrid(25, 9), (3 * HOUR,), 0, None, madrid(25, 7)),
        (madrid(25, 7, 20), (3 * HOUR,), 0, None, madrid(25, 4, 20)),  # the only one, and too late in the morning
        (madrid(25, 16), (7 * DAY, DAY, HOUR), 0, madrid(22, 23), madrid(23, 7)),  # to somebody who registered then
    ],
)
def test_when_a_reminder_leaves_at_night(starts_at, offsets, number, now, expected):
    session = replace(CORE, starts_at=starts_at, offsets=offsets, quiet=USUAL)
    useful = rules.useful_times(session)[number]

    assert rules.leaves_at(session, useful, MADRID, now or useful.since) == expected
    step = rules.answer(session, replace(ANA, zone=MADRID), useful, now or useful.since)
    assert step == (
        PlannedStep(Step.SEND) if expected == (now or useful.since) else PlannedStep(Step.HOLD, SkipReason.QUIET)
    )
    if expected is None:
        assert rules.answer(session, replace(ANA, zone=MADRID), useful, useful.until).reason is SkipReason.QUIET


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], []),
        ([("A", HOUR, (9, 0)), ("B", HOUR, (9, 40)), ("C", HOUR, (10, 20))], [(9, 0), (9, 0), (10, 20)]),
        ([("B", DAY, (10, 0)), ("A", HOUR, (9, 0))], [(9, 0), (9, 0)]),
        ([("A", 2 * HOUR, (9, 0)), ("A", HOUR, (10, 0))], [(9, 0), (10, 0)]),  # of the same session
        ([("A", HOUR, (9, 0)), ("B", 15 * MINUTE, (9, 30))], [(9, 0), (9, 30)]),  # it would be long before
        ([("A", HOUR, (9, 0)), ("B", 15 * MINUTE, (9, 10))], [(9, 0), (9, 0)]),
        ([("A", HOUR, (6, 30)), ("B", DAY, (7, 0))], [(6, 30), (7, 0)]),  # one that waits is not sent at night
        ([("A", HOUR, (6, 30)), ("B", HOUR, (6, 50))], [(6, 30), (6, 30)]),
    ],
)
def test_reminders_that_leave_within_an_hour_leave_together(times, expected):
    leaving = [
        Leaving(
            name, rules.Useful(offset, madrid(25, *at), madrid(26, 0)), madrid(25, *at), waits_at_night=offset > HOUR
        )
        for name, offset, at in times
    ]

    assert rules.joined(leaving, USUAL, MADRID) == [madrid(25, *at) for at in expected]


OFFSETS = st.lists(st.sampled_from([15 * MINUTE, HOUR, 3 * HOUR, DAY, 7 * DAY]), min_size=1, max_size=3, unique=True)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 4 * 24 * 4), OFFSETS), min_size=1, max_size=4),
    st.sampled_from([USUAL, NO_QUIET_HOURS]),
    st.integers(0, 14),
)
def test_one_person_gets_each_reminder_once_in_time_and_few_emails(sessions, quiet, minute):
    """A run every quarter of an hour: at night only what cannot wait, and after the last start nobody waits for anything."""
    begin = madrid(1, 0) + 8 * DAY
    held = {
        n: replace(CORE, starts_at=begin + q * 15 * MINUTE, offsets=tuple(o), quiet=quiet)
        for n, (q, o) in enumerate(sessions)
    }
    times = {number: rules.useful_times(it) for number, it in held.items()}
    leaving = [
        Leaving(number, useful, at, waits_at_night=useful.offset > rules.URGENT_OFFSET)
        for number, of_session in times.items()
        for useful in of_session
        if (at := rules.leaves_at(held[number], useful, MADRID, useful.since))
    ]
    sooner = dict(
        zip(((it.session, it.useful.offset) for it in leaving), rules.joined(leaving, quiet, MADRID), strict=True)
    )
    planned = {
        number: rules.moved_forward(it, [sooner.get((number, useful.offset), useful.since) for useful in it])
        for number, it in times.items()
    }
    reader = Recipient(begin - 30 * DAY, zone=MADRID)
    sent = {}

    now = begin - 8 * DAY + minute * MINUTE
    while now < begin + 5 * DAY:
        for number, of_session in planned.items():
            for useful in of_session:
                is_due = rules.answer(held[number], reader, useful, now) == PlannedStep(Step.SEND)
                if is_due and (number, useful.offset) not in sent:
                    sent[number, useful.offset] = now
        now += 15 * MINUTE

    for (number, offset), at in sent.items():
        assert at < held[number].starts_at
        assert at >= held[number].starts_at - offset - min(rules.JOINED_WITHIN, offset)
        is_last = offset == min(held[number].offsets)
        assert not quiet.is_quiet(at, MADRID) or offset <= HOUR or is_last
    for number, it in held.items():
        last = min(it.offsets)
        assert (number, last) in sent or last <= 15 * MINUTE  # a run may come too late for a quarter of an hour
