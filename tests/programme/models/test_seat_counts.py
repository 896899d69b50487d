"""The database counts the seats of each session, whatever changes them."""

import random
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from programme.models import Seat, SeatCount, Session
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.seat_counts import counted, stored
from tests.waiting import until_waited_for

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
    assert stored() == {one.pk: (1, 1, 0), other.pk: (1, 0, 0)}

    Seat.objects.filter(pk=second.pk).update(offered_at=timezone.now())
    assert stored() == {one.pk: (1, 1, 1), other.pk: (1, 0, 0)}

    Seat.objects.filter(pk=second.pk).update(state="held", held_at=timezone.now(), offered_at=None)
    assert stored() == {one.pk: (2, 0, 0), other.pk: (1, 0, 0)}

    Seat.objects.filter(pk__in=[first.pk, second.pk]).delete()
    assert stored() == {one.pk: (0, 0, 0), other.pk: (1, 0, 0)}


def test_counts_follow_somebody_who_leaves(sessions, delegation):
    seat = SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    seat.participant.state = "withdrawn"
    seat.participant.save()

    assert stored() == {sessions[0].pk: (0, 0, 0)}


def test_what_is_refused_does_not_count(sessions, delegation):
    Session.objects.filter(pk=sessions[0].pk).update(capacity=1)
    SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    with pytest.raises(IntegrityError), transaction.atomic():
        SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    assert stored() == {sessions[0].pk: (1, 0, 0)}


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

        assert stored() == counted()

    assert SeatCount.objects.count() == len(sessions)


def test_a_session_without_a_count_is_noticed(sessions, delegation):
    SeatFactory(participant=ParticipantFactory(delegation=delegation), session=sessions[0])

    SeatCount.objects.all().delete()

    assert stored() != counted()


# At the same moment

RECOUNTS = """
    CREATE FUNCTION recount() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE programme_seatcount counted SET n_held =
            (SELECT count(*) FROM programme_seat seat WHERE seat.session_id = counted.session_id AND state = 'held');
        RETURN NULL;
    END $$;
    CREATE TRIGGER recounts AFTER DELETE ON programme_seat EXECUTE FUNCTION recount();
    ALTER TABLE programme_seat DISABLE TRIGGER {ours};
"""
COUNTS_AGAIN = """
    DROP TRIGGER recounts ON programme_seat;
    DROP FUNCTION recount;
    ALTER TABLE programme_seat ENABLE TRIGGER {ours};
"""


@pytest.fixture
def _recounting(transactional_db):
    """Instead of adding and subtracting, a trigger counts the seats that are left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_counts_seats_delete%'")
        (ours,) = cursor.fetchone()
        cursor.execute(RECOUNTS.format(ours=ours))
        yield
        cursor.execute(COUNTS_AGAIN.format(ours=ours))


def delete_at_once(seats):
    """Delete the first seat, and before that is committed the second: nothing but the count makes them wait."""

    def delete_second():
        try:
            Seat.objects.filter(pk=seats[1].pk).delete()
        finally:
            connection.close()

    other = threading.Thread(target=delete_second)
    with transaction.atomic():
        Seat.objects.filter(pk=seats[0].pk).delete()
        other.start()
        until_waited_for()
    other.join()


@pytest.fixture
def two_seats(sessions, delegation):
    people = ParticipantFactory.create_batch(2, delegation=delegation)
    return [SeatFactory(participant=person, session=sessions[0]) for person in people]


@pytest.mark.django_db(transaction=True)
def test_seats_given_up_at_once_are_both_taken_off(two_seats):
    delete_at_once(two_seats)

    assert stored() == counted() == {two_seats[0].session_id: (0, 0, 0)}


@pytest.mark.usefixtures("_recounting")
@pytest.mark.django_db(transaction=True)
def test_a_trigger_that_counts_anew_would_miss_one_of_them(two_seats):
    """What the test above is for: each sees its own deletion only."""
    delete_at_once(two_seats)

    assert stored() != counted()
