"""What the page of tracks says of each stretch agrees with the rule by which people are moved or asked."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.queries.seat_book import seat_book
from programme.queries.seat_choices import choices_of
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture
def person(delegation):
    return ParticipantFactory(delegation=delegation)


@pytest.fixture
def begin(open_edition):
    """Ten o'clock, in three days."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=3)


@pytest.fixture
def parallel(open_edition, begin):
    """Makes sessions of tracks of their own, each for one person, by the hours after the beginning."""

    def make(**hours):
        return [
            SessionFactory(
                edition=open_edition,
                slug=slug,
                title=slug.capitalize(),
                capacity=1,
                track=TrackFactory(edition=open_edition, position=9 + n),
                starts_at=begin + start * HOUR,
                ends_at=begin + end * HOUR,
            )
            for n, (slug, (start, end)) in enumerate(hours.items())
        ]

    return make


def stretches(person, now):
    return {tuple(it.slug for it in choice.slot.sessions): choice for choice in choices_of(person, now)}


def assert_is_the_rule(person, moment):
    """Until then they are moved."""
    for now, is_movable in ((moment - MINUTE, True), (moment, False)):
        (wait,) = seat_book([person.edition_id], now).waits()
        assert wait.is_movable is is_movable


def test_a_seat_that_reaches_in_from_an_earlier_stretch_counts(parallel, person, begin):
    early, wanted, late = parallel(early=(-1.5, 1), wanted=(0, 2), late=(1, 2))
    for session, state in ((early, "held"), (late, "held"), (wanted, "waiting")):
        SeatFactory(participant=person, session=session, state=state)

    choices = stretches(person, timezone.now())

    expected = begin - 1.5 * HOUR - HOUR
    assert choices["early", "wanted"].asked_from == choices["wanted", "late"].asked_from == expected
    assert_is_the_rule(person, expected)


def test_it_counts_also_where_one_holds_nothing_else(parallel, person, begin):
    early, wanted, _late = parallel(early=(-1.5, 1), wanted=(0, 2), late=(1, 2))
    SeatFactory(participant=person, session=early)
    SeatFactory(participant=person, session=wanted, state="waiting")

    choice = stretches(person, timezone.now())["wanted", "late"]

    assert (choice.held, choice.asked_from) == ([], begin - 2.5 * HOUR)


def test_a_seat_at_another_time_does_not_count(parallel, person, begin):
    """It is beside what they wait for in a list only."""
    long, wanted, other = parallel(long=(0, 3), wanted=(0, 1), other=(1.5, 3))
    SeatFactory(participant=person, session=other)
    SeatFactory(participant=person, session=wanted, state="waiting")

    choices = stretches(person, timezone.now())

    assert [it.asked_from for it in choices.values()] == [None, None]
    assert long.seats.count() == 0


def test_what_one_waits_for_later_plays_no_part_in_an_earlier_stretch(parallel, person, begin):
    long, first, second = parallel(long=(0, 2), first=(0, 1), second=(1, 2))
    SeatFactory(participant=person, session=long)
    SeatFactory(participant=person, session=second, state="waiting")

    choices = stretches(person, timezone.now())

    assert choices["long", "first"].asked_from is None
    assert choices["long", "second"].asked_from == begin - HOUR
    assert first.seats.count() == 0


@pytest.mark.parametrize(("origin_in", "way"), [(0.5, True), (-0.1, False), (5, False)])
def test_there_is_a_way_back_to_what_is_at_the_same_time_and_has_not_begun(parallel, person, begin, origin_in, way):
    origin, session = parallel(origin=(origin_in, origin_in + 1), session=(0, 2))
    SeatFactory(participant=person, session=session, is_promoted=True, moved_from=origin)

    choice = next(
        choice
        for choice in choices_of(person, begin - 0.05 * HOUR)
        if session in [option.session for option in choice.held]
    )

    assert choice.ways_back == ({session.pk: origin} if way else {})
