"""The database counts the seats of each session, whatever changes them."""

import random

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from programme.models import Seat, SeatCount, Session
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.seat_counts import counted, kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def delegation(open_edition):
    return DelegationFactory(edition=open_edition, quota=20)


@pytest.fixture
def sessions(tracks):
    Session.objects.update(capacity=None)
    return list(Session.objects.parallel().order_by("pk"))


def test_counts_follow_each_statement(sessions, delegation):
    people = ParticipantFactory.create_batch(3, delegation=delegation)
    one, other = sessions[0], sessions[-1]
    first = SeatFactory(participant=people[0], session=one)
    second = SeatFactory(participant=people[1], session=one, state="waiting", held_at=None)
    SeatFactory(participant=people[2], session=other)
    assert kept() == {one.pk: (1, 1, 0), other.pk: (1, 0, 0)}

    Seat.objects.filter(pk=second.pk).update(offered_at=timezone.now())
    assert kept() == {one.pk: (1, 1, 1), other.pk: (1, 0, 0)}

    Seat.objects.filter(pk=second.pk).update(state="held", held_at=timezone.now(), offered_at=None)
    assert kept() == {one.pk: (2, 0, 0), other.pk: (1, 0, 0)}

    Seat.objects.filter(pk__in=[first.pk, second.pk]).delete()
    assert kept() == {one.pk: (0, 0, 0), other.pk: (1, 0, 0)}


def test_counts_follow_somebody_who_leaves(sessions, delegation):
    seat = SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    seat.participant.state = "withdrawn"
    seat.participant.save()

    assert kept() == {sessions[0].pk: (0, 0, 0)}


def test_what_is_refused_does_not_count(sessions, delegation):
    Session.objects.filter(pk=sessions[0].pk).update(capacity=1)
    SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    with pytest.raises(IntegrityError), transaction.atomic():
        SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    assert kept() == {sessions[0].pk: (1, 0, 0)}


def test_counts_equal_the_seats_after_random_statements(sessions, delegation):
    chance = random.Random(1)
    people = ParticipantFactory.create_batch(8, delegation=delegation)
    for _ in range(40):
        some = chance.sample(people, 3)
        Seat.objects.filter(participant__in=some).delete()
        seats = [Seat(participant=it, session=chance.choice(sessions), edition=it.edition) for it in some]
        for seat in seats:
            seat.state, seat.held_at = chance.choice([("held", timezone.now()), ("waiting", None)])
        Seat.objects.bulk_create(seats)
        waiting = Seat.objects.waiting().filter(participant__in=chance.sample(people, 4))
        waiting.update(offered_at=chance.choice([None, timezone.now()]))

        assert kept() == counted()

    assert SeatCount.objects.count() == len(sessions)
