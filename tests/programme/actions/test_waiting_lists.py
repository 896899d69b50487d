"""People who each hold what another waits for, and who is asked rather than moved shortly before a session."""

import datetime as dt
import itertools
import re

import pytest
from django.db import connection, transaction
from django.utils import timezone

from programme.actions.locks import lock_seats
from programme.actions.registrations import withdraw
from programme.actions.seats import assign_seat, choose_seats, release_seat, remove_seat, take_offered_seat
from programme.actions.sessions import save_session
from programme.actions.waiting_lists import serve_waiting_lists, settling_seats
from programme.actions.wishes import Wish
from programme.models import Edition, Seat, Session
from programme.queries import seat_plans
from programme.queries.email_words import words_of
from programme.queries.seat_book import seat_book
from programme.rules.sessions import choice_slots
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.models import Message

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def people(delegation):
    """Nine registered people of the edition."""
    delegation.quota = 20
    delegation.save()
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(9)]


@pytest.fixture
def parallel(tracks, open_edition):
    """Makes a session of a track of its own, of one place: so many hours after the morning's, that long."""
    start = tracks["governance-morning"].starts_at + dt.timedelta(days=3)
    positions = itertools.count(9)

    def make(slug, *, after=0.0, hours=1.0, capacity=1):
        return SessionFactory(
            edition=open_edition,
            slug=slug,
            title=slug.capitalize(),
            capacity=capacity,
            track=TrackFactory(edition=open_edition, position=next(positions)),
            starts_at=start + after * HOUR,
            ends_at=start + (after + hours) * HOUR,
        )

    return make


def hold(participant, session, state="held"):
    return SeatFactory(participant=participant, session=session, state=state)


def wait(participant, session):
    return hold(participant, session, "waiting")


def slot_of(session):
    ordered = session.edition.sessions.parallel().select_related("track").order_by("starts_at", "pk")
    return next(slot for slot in choice_slots(list(ordered)) if session in slot.sessions)


def choose(participant, session, *, is_full=True):
    wishes = [Wish(slot=slot_of(session), session=session, is_full=is_full)]
    (outcome,) = choose_seats(participant=participant, wishes=wishes, by=participant.user)
    return outcome


def release(participant, session, **how):
    return release_seat(participant=participant, session=session, by=participant.user, **how)


def take(participant, session):
    return take_offered_seat(participant=participant, session=session, by=participant.user)


def states(participant):
    return set(participant.seats.values_list("session__slug", "state"))


def mails():
    return list(Message.objects.order_by("pk").values_list("kind", "user__name"))


def soon(*sessions, minutes=30):
    """The sessions start then, and last for an hour."""
    start = timezone.now() + dt.timedelta(minutes=minutes)
    Session.objects.filter(pk__in=[it.pk for it in sessions]).update(starts_at=start, ends_at=start + HOUR)


# Circles


def test_two_who_each_hold_what_the_other_waits_for_change_seats_at_once(parallel, people):
    art, bridges = parallel("art"), parallel("bridges")
    hold(people[0], art)
    hold(people[1], bridges)
    choose(people[0], bridges)

    outcome = choose(people[1], art)

    assert outcome.is_granted
    assert (states(people[0]), states(people[1])) == ({("bridges", "held")}, {("art", "held")})
    assert mails() == [("seat_promoted", "Person 0"), ("seats_chosen", "Person 1")]
    promoted, answered = Message.objects.order_by("pk")
    assert "have exchanged seats" in promoted.text
    assert "“Art”" in promoted.text
    files = [[(it["name"], it["method"]) for it in calendars_of(message)] for message in (promoted, answered)]
    assert files == [[("bridges.ics", "REQUEST")], [("art.ics", "REQUEST")]]
    assert "• “Art”" in answered.text
    assert "“Bridges”" in answered.text


def test_what_changing_seats_brought_can_be_undone_only_by_changing_back(parallel, people):
    art, bridges = parallel("art"), parallel("bridges")
    hold(people[0], art)
    hold(people[1], bridges)
    choose(people[0], bridges)
    choose(people[1], art)

    release(people[0], bridges, is_back=True)
    assert states(people[0]) == {("bridges", "held"), ("art", "waiting")}
    assert states(people[1]) == {("art", "held")}

    release(people[1], art, is_back=True)
    assert (states(people[0]), states(people[1])) == ({("art", "held")}, {("bridges", "held")})


@pytest.mark.parametrize("size", [3, 6])
def test_a_circle_of_any_length_is_settled_in_one_go(parallel, people, size):
    sessions = [parallel(f"session-{n}") for n in range(size)]
    for person, session in zip(people, sessions, strict=False):
        hold(person, session)
    for n in range(size - 1):
        choose(people[n], sessions[n + 1])
        assert len(states(people[n])) == 2

    choose(people[size - 1], sessions[0])

    for n in range(size):
        assert states(people[n]) == {(f"session-{(n + 1) % size}", "held")}
    assert mails() == [("seat_promoted", f"Person {n}") for n in range(size - 1)] + [
        ("seats_chosen", f"Person {size - 1}")
    ]


def test_of_those_who_could_change_whoever_has_waited_longest_does(parallel, people):
    art, bridges = parallel("art", capacity=2), parallel("bridges")
    hold(people[2], bridges)
    for person in people[:2]:
        hold(person, art)
        choose(person, bridges)

    choose(people[2], art)

    assert states(people[0]) == {("bridges", "held")}
    assert states(people[1]) == {("art", "held"), ("bridges", "waiting")}
    assert states(people[2]) == {("art", "held")}


def test_who_waits_without_a_seat_stays_first_while_others_change_theirs(parallel, people):
    """Nobody would have left a place to them: theirs is the next that becomes free."""
    art, bridges = parallel("art"), parallel("bridges")
    hold(people[0], art)
    hold(people[1], bridges)
    choose(people[2], bridges)
    choose(people[0], bridges)

    choose(people[1], art)
    assert [it.participant for it in bridges.seats.waiting_list()] == [people[2]]

    withdraw(participant=people[0], by=people[0].user)
    assert states(people[2]) == {("bridges", "held")}


def test_whoever_gives_up_two_seats_in_a_circle_leaves_the_other_to_the_next(parallel, people):
    long, first, second = parallel("long", hours=2), parallel("first"), parallel("second", after=1)
    for session in (first, second):
        hold(people[0], session)
    hold(people[1], long)
    choose(people[0], long)
    choose(people[2], second)

    choose(people[1], first)

    assert states(people[0]) == {("long", "held")}
    assert states(people[1]) == {("first", "held")}
    assert states(people[2]) == {("second", "held")}
    assert people[0].seats.get().moved_from is None
    assert "your seat in “First”, “Second”" in Message.objects.get(user=people[0].user).text


def test_somebody_can_be_in_one_circle_with_two_of_their_seats(parallel, people):
    twice, *others = people[:5]
    early, late, other_early, other_late = (
        parallel(slug, after=after)
        for slug, after in (("early", 0), ("late", 1), ("other-early", 0), ("other-late", 1))
    )
    long, other_long = parallel("long", hours=2), parallel("other-long", hours=2)
    for session in (early, late):
        hold(twice, session)
    for person, session in zip(others, (other_early, long, other_late, other_long), strict=True):
        hold(person, session)
    choose(twice, other_early)
    choose(twice, other_late)
    for person, session in zip(others[:3], (long, late, other_long), strict=True):
        choose(person, session)

    choose(others[3], early)

    assert states(twice) == {("other-early", "held"), ("other-late", "held")}
    assert [states(it) for it in others] == [
        {("long", "held")},
        {("late", "held")},
        {("other-long", "held")},
        {("early", "held")},
    ]


def test_a_session_with_more_people_than_places_is_in_no_circle(parallel, people, organiser):
    art, bridges = parallel("art", capacity=2), parallel("bridges")
    for person in people[:2]:
        hold(person, art)
    hold(people[2], bridges)
    choose(people[0], bridges)
    art.capacity = 1
    save_session(session=art, by=organiser)

    choose(people[2], art)

    assert states(people[2]) == {("bridges", "held"), ("art", "waiting")}


def test_of_what_somebody_waits_for_at_one_time_the_first_counts(parallel, people):
    """Sessions that moved can make it two. In a circle they get one of them, and are told that the other is over."""
    art, bridges, cinema = parallel("art"), parallel("bridges"), parallel("cinema")
    for person, session in zip(people, (art, bridges, cinema), strict=False):
        hold(person, session)
    for session in (bridges, cinema):
        wait(people[0], session)

    choose(people[2], art)
    assert states(people[2]) == {("cinema", "held"), ("art", "waiting")}

    choose(people[1], art)
    assert states(people[0]) == {("bridges", "held")}
    assert "no longer on the waiting list for “Cinema”" in Message.objects.get(kind="seat_promoted").text


@pytest.mark.parametrize("starts_in", [(30, 30), (30, 75), (75, 30), (59, 600)])
def test_nobody_changes_seats_unasked_shortly_before_either_session(parallel, people, starts_in):
    art, bridges = parallel("art"), parallel("bridges")
    hold(people[0], art)
    hold(people[1], bridges)
    for session, minutes in zip((art, bridges), starts_in, strict=True):
        start = timezone.now() + dt.timedelta(minutes=minutes)
        Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + 12 * HOUR)
    choose(people[0], bridges)

    choose(people[1], art)

    assert states(people[0]) == {("art", "held"), ("bridges", "waiting")}
    assert states(people[1]) == {("bridges", "held"), ("art", "waiting")}
    assert not Message.objects.exists()


def test_circles_that_nobody_closed_here_are_settled_by_the_task(parallel, people):
    art, bridges = parallel("art"), parallel("bridges")
    for person, (held, wanted) in zip(people, [(art, bridges), (bridges, art)], strict=False):
        hold(person, held)
        wait(person, wanted)

    assert serve_waiting_lists() == 2
    assert serve_waiting_lists() == 0

    assert mails() == [("seat_promoted", "Person 0"), ("seat_promoted", "Person 1")]


def test_several_circles_are_settled_the_first_to_have_closed_first(parallel, people):
    """Two circles share a session: those who have waited longer take it."""
    art, bridges, cinema = parallel("art"), parallel("bridges"), parallel("cinema")
    for person, (held, wanted) in zip(people, [(art, bridges), (bridges, art), (cinema, art)], strict=False):
        hold(person, held)
        wait(person, wanted)
    wait(people[3], cinema)

    serve_waiting_lists()

    assert states(people[2]) == {("cinema", "held"), ("art", "waiting")}
    assert states(people[0]) == {("bridges", "held")}


def test_a_free_place_is_passed_on_along_a_chain_that_is_no_circle(parallel, people):
    art, bridges, cinema = parallel("art"), parallel("bridges"), parallel("cinema")
    hold(people[0], art)
    hold(people[1], bridges)
    hold(people[2], cinema)
    choose(people[0], bridges)
    choose(people[1], cinema)

    choose_seats(participant=people[2], wishes=[Wish(slot=slot_of(cinema), session=None)], by=people[2].user)

    assert (states(people[0]), states(people[1])) == ({("bridges", "held")}, {("cinema", "held")})


def test_looking_for_circles_costs_the_same_however_many_wait(parallel, people, delegation, django_assert_num_queries):
    art, bridges = parallel("art", capacity=60), parallel("bridges", capacity=1)
    hold(people[0], bridges)
    for person in people[1:3]:
        hold(person, art)
    wait(people[1], bridges)
    with django_assert_num_queries(12):
        choose(people[2], bridges)
    delegation.quota = 100
    delegation.save()
    for person in ParticipantFactory.create_batch(40, delegation=delegation):
        hold(person, art)
        wait(person, bridges)
    hold(people[3], art)

    with django_assert_num_queries(12):
        choose(people[3], bridges)


def test_moving_many_into_free_places_costs_the_same_however_many(
    parallel, delegation, organiser, django_assert_num_queries
):
    delegation.quota = 100
    delegation.save()
    for n, slug in ((2, "few"), (40, "many")):
        wanted, held = parallel(slug), parallel(f"{slug}-held", capacity=n)
        first, *others = ParticipantFactory.create_batch(n + 1, delegation=delegation)
        hold(first, wanted)
        for person in others:
            hold(person, held)
            wait(person, wanted)
        wanted.capacity = n + 1

        words_of(delegation.edition)  # read once a transaction, as which a test counts
        with django_assert_num_queries(17):
            save_session(session=wanted, by=organiser)

        assert wanted.seats.held().count() == n + 1
        assert not held.seats.exists()
    assert Message.objects.filter(kind="seat_promoted").count() == 42
    last = Message.objects.latest("pk")
    assert "seat became free" in last.text
    assert "released your seat in “Many-held”" in last.text
    assert last.user.participations.get().seats.get().moved_from == held


def test_asking_many_costs_the_same_however_many(parallel, delegation, organiser, django_assert_num_queries):
    delegation.quota = 100
    delegation.save()
    for n, slug in ((2, "few"), (40, "many")):
        wanted, held = parallel(slug), parallel(f"{slug}-held", capacity=n)
        first, *others = ParticipantFactory.create_batch(n + 1, delegation=delegation)
        hold(first, wanted)
        for person in others:
            hold(person, held)
            wait(person, wanted)
        soon(wanted, held)
        wanted.refresh_from_db()
        wanted.capacity = 2

        words_of(delegation.edition)  # read once a transaction, as which a test counts
        with django_assert_num_queries(16):
            save_session(session=wanted, by=organiser)

        assert len(asked(wanted)) == n


# What one's own choice brings about elsewhere


@pytest.fixture
def roundabout(parallel, people):
    """What the first person gives up for another morning comes round to what they wait for later."""
    morning, other, late, later, long = (
        parallel(slug, after=after, hours=hours)
        for slug, after, hours in (
            ("morning", 0, 1),
            ("other", 0, 1),
            ("late", 1, 1),
            ("later", 1, 1),
            ("long", 0, 2),
        )
    )
    for session in (morning, late):
        hold(people[0], session)
    wait(people[0], later)
    for person, held, wanted in ((people[1], long, morning), (people[2], later, long)):
        hold(person, held)
        wait(person, wanted)
    return morning, other


MOVED_LATER = "You now have a seat in “Later” instead of “Late”."


def test_choosing_says_what_else_has_come_of_it(roundabout, people):
    _morning, other = roundabout
    wishes = [Wish(slot=slot_of(other), session=other)]

    chosen, moved = choose_seats(participant=people[0], wishes=wishes, by=people[0].user)

    assert chosen.is_granted
    assert (moved.text, moved.is_granted) == (MOVED_LATER, True)
    assert moved.starts_at == Session.objects.get(slug="later").starts_at
    assert states(people[0]) == {("other", "held"), ("later", "held")}


def test_going_back_says_what_else_has_come_of_it(roundabout, people):
    morning, other = roundabout
    people[0].seats.filter(session=morning).update(is_promoted=True, moved_from=other)

    text = release(people[0], morning, is_back=True)

    assert text.endswith(MOVED_LATER)
    assert states(people[0]) == {("other", "held"), ("later", "held")}


def test_taking_an_offered_seat_says_what_else_has_come_of_it(parallel, people):
    """What they gave up was in the way of something else that is free."""
    long, early, late = parallel("long", hours=3), parallel("early"), parallel("late", after=2)
    shift = timezone.now() + HOUR / 2 - long.starts_at
    for session in (long, early, late):
        Session.objects.filter(pk=session.pk).update(
            starts_at=session.starts_at + shift, ends_at=session.ends_at + shift
        )
        SeatFactory(participant=people[0], session=session, state="held" if session == long else "waiting")
    serve_waiting_lists()
    assert asked(early) == asked(late) == [people[0]]

    text = take(people[0], early)

    assert re.findall("“([^”]+)”", text) == ["Early", "Long", "Late"]
    assert states(people[0]) == {("early", "held"), ("late", "held")}


# Seats that others delete meanwhile


def after_reading(monkeypatch, action):
    """Somebody does this by hand once it is known who is next, and before their seats are locked."""
    read, actions = seat_plans.seat_book, [action]

    def read_and_do(*what, **how):
        book = read(*what, **how)
        while actions:
            actions.pop()()
        return book

    monkeypatch.setattr(seat_plans, "seat_book", read_and_do)


def test_whoever_has_left_meanwhile_is_not_brought_back_and_the_next_is_served(parallel, people, monkeypatch):
    art = parallel("art")
    for person in people[:2]:
        wait(person, art)
    after_reading(monkeypatch, people[0].seats.all().delete)

    assert serve_waiting_lists() == 1

    assert (states(people[0]), states(people[1])) == (set(), {("art", "held")})
    assert mails() == [("seat_promoted", "Person 1")]


def test_a_circle_that_somebody_has_left_meanwhile_is_none(parallel, people, monkeypatch):
    art, bridges = parallel("art"), parallel("bridges")
    for person, (held, wanted) in zip(people, [(art, bridges), (bridges, art)], strict=False):
        hold(person, held)
        wait(person, wanted)
    after_reading(monkeypatch, people[0].seats.waiting().delete)

    assert serve_waiting_lists() == 0

    assert states(people[0]) == {("art", "held")}
    assert states(people[1]) == {("bridges", "held"), ("art", "waiting")}


def test_whoever_is_not_asked_any_more_is_not_brought_back(full, people, monkeypatch):
    people[0].seats.all().delete()
    after_reading(monkeypatch, people[2].seats.waiting().delete)

    serve_waiting_lists()

    assert states(people[2]) == {("bridges", "held")}
    assert mails() == []


@pytest.mark.django_db(transaction=True)
def test_nobody_deletes_a_seat_while_it_is_given(parallel, people):
    """Nor would it be brought back: what is to be changed is locked until that is done."""
    seat = wait(people[0], parallel("art"))

    def delete_by_hand():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
            cursor.execute("DELETE FROM programme_seat WHERE id = %s", [seat.pk])

    with transaction.atomic():
        assert lock_seats([seat.pk]) == [seat.pk]
        (outcome,) = in_threads([delete_by_hand])
        assert "lock timeout" in str(outcome)
    assert Seat.objects.get() == seat


# Shortly before a session


@pytest.fixture
def full(parallel, people):
    """Two sessions of two places that start in half an hour: art is full, and one waits for it from bridges."""
    art, bridges = parallel("art", capacity=2), parallel("bridges", capacity=2)
    for person, session in zip(people, (art, art, bridges), strict=False):
        hold(person, session)
    wait(people[2], art)
    soon(art, bridges)
    for session in (art, bridges):
        session.refresh_from_db()
    return art, bridges


def free(session, person, organiser):
    remove_seat(seat=person.seats.get(session=session), by=organiser)


def asked(session):
    return [it.participant for it in session.seats.waiting_list().filter(offered_at__isnull=False)]


def test_whoever_holds_a_seat_is_asked_rather_than_moved(full, people, organiser):
    art, _bridges = full

    free(art, people[0], organiser)

    assert states(people[2]) == {("bridges", "held"), ("art", "waiting")}
    assert asked(art) == [people[2]]
    assert mails() == [("seat_offered", "Person 2"), ("seat_removed", "Person 0")]
    message = Message.objects.get(kind="seat_offered")
    assert "“Bridges”" in message.text
    assert b"text/calendar" not in message.content
    assert message.expires_at == Session.objects.get(pk=art.pk).starts_at


def test_whoever_holds_nothing_gets_the_place_though_others_have_waited_longer(full, people, organiser):
    art, _bridges = full
    choose(people[3], art)

    free(art, people[0], organiser)

    assert states(people[3]) == {("art", "held")}
    assert asked(art) == []
    assert mails() == [("seat_promoted", "Person 3"), ("seat_removed", "Person 0")]


def test_the_place_is_taken_in_place_of_what_one_holds(full, people, organiser):
    art, _bridges = full
    free(art, people[0], organiser)

    take(people[2], art)

    assert states(people[2]) == {("art", "held")}
    assert mails()[-1] == ("seats_chosen", "Person 2")
    n_mails = len(mails())
    take(people[2], art)  # the double click
    assert states(people[2]) == {("art", "held")}
    assert len(mails()) == n_mails


def test_what_somebody_gives_up_for_it_is_the_next_ones(full, people, organiser):
    art, bridges = full
    hold(people[3], bridges)
    choose(people[4], bridges)
    free(art, people[0], organiser)

    take(people[2], art)

    assert states(people[4]) == {("bridges", "held")}


def test_the_first_of_those_asked_has_the_place_and_the_others_go_on_waiting(full, people, organiser):
    art, bridges = full
    hold(people[3], bridges)
    choose(people[3], art)
    free(art, people[0], organiser)
    assert asked(art) == [people[2], people[3]]

    take(people[3], art)

    with refused("session_full"):
        take(people[2], art)
    assert states(people[2]) == {("bridges", "held"), ("art", "waiting")}
    assert asked(art) == []


def test_each_is_asked_once_for_a_free_place_and_again_for_the_next(full, people, organiser):
    art, _bridges = full
    free(art, people[0], organiser)
    free(art, people[1], organiser)
    serve_waiting_lists()
    assert mails().count(("seat_offered", "Person 2")) == 1

    for person in people[4:6]:
        choose(person, art)
    assert asked(art) == []
    free(art, people[4], organiser)

    assert mails().count(("seat_offered", "Person 2")) == 2


def test_several_places_are_for_as_many_as_take_them(full, people, organiser):
    art, bridges = full
    hold(people[3], bridges)
    choose(people[3], art)
    for person in people[:2]:
        free(art, person, organiser)

    take(people[3], art)
    take(people[2], art)

    assert art.seats.held().count() == 2
    assert not art.seats.waiting().exists()


def test_whoever_asks_for_the_place_then_has_it_as_if_they_had_been_asked(full, people, organiser):
    """They would wait, be asked, and take it: that is one step."""
    art, bridges = full
    hold(people[3], bridges)
    free(art, people[0], organiser)

    outcome = choose(people[3], art, is_full=False)

    assert outcome.is_granted
    assert states(people[3]) == {("art", "held")}
    assert asked(art) == []


def test_choosing_what_one_was_asked_about_is_taking_it(full, people, organiser):
    art, _bridges = full
    free(art, people[0], organiser)

    assert choose(people[2], art).is_granted
    assert states(people[2]) == {("art", "held")}


def test_a_place_is_taken_and_declined_after_choosing_has_closed_too(full, people, organiser):
    art, _bridges = full
    free(art, people[0], organiser)
    Edition.objects.update(choice_closes_at=timezone.now())

    take(people[2], art)
    release(people[2], art, is_back=True)

    assert states(people[2]) == {("bridges", "held")}


@pytest.mark.parametrize(
    ("what", "code"),
    [("has begun", "session_not_open"), ("was not waited for", "no_seat"), ("is not free", "session_full")],
)
def test_what_cannot_be_taken_is_refused_and_nothing_changes(full, people, organiser, what, code):
    art, _bridges = full
    if what == "has begun":
        free(art, people[0], organiser)
        Session.objects.filter(pk=art.pk).update(starts_at=timezone.now())
    elif what == "was not waited for":
        people[2].seats.waiting().delete()
    before = states(people[2])

    with refused(code):
        take(people[2], art)

    assert states(people[2]) == before


def test_nobody_is_asked_once_the_session_has_begun(full, people, organiser):
    art, _bridges = full
    soon(art, minutes=-1)

    free(art, people[0], organiser)

    assert asked(art) == []


def test_whoever_gives_up_what_they_hold_gets_the_place_unasked(full, people, organiser):
    art, bridges = full
    free(art, people[0], organiser)

    free(bridges, people[2], organiser)

    assert states(people[2]) == {("art", "held")}
    assert people[2].seats.get().offered_at is None


def test_a_session_put_off_moves_those_who_were_asked(full, people, organiser):
    art, bridges = full
    free(art, people[0], organiser)

    with settling_seats([art.edition_id], by=organiser):
        for session in (art, bridges):
            session.starts_at, session.ends_at = session.starts_at + 24 * HOUR, session.ends_at + 24 * HOUR
            session.save()

    assert states(people[2]) == {("art", "held")}


def test_a_shorter_time_moves_those_who_were_asked(full, people, organiser):
    art, _bridges = full
    free(art, people[0], organiser)
    Edition.objects.update(seat_moves_end_minutes=10)

    serve_waiting_lists()

    assert states(people[2]) == {("art", "held")}


def test_of_two_at_one_time_the_second_is_served_when_it_is_free(parallel, people):
    """Sessions that moved can make somebody wait for two."""
    art, bridges = parallel("art"), parallel("bridges")
    hold(people[1], art)
    for session in (art, bridges):
        wait(people[0], session)

    serve_waiting_lists()

    assert states(people[0]) == {("bridges", "held")}


def test_whoever_sits_in_what_has_begun_is_asked_as_long_as_the_other_has_not(full, people, organiser):
    art, bridges = full
    Session.objects.filter(pk=bridges.pk).update(starts_at=timezone.now() - HOUR)

    free(art, people[0], organiser)
    assert Message.objects.get(kind="seat_offered").expires_at == Session.objects.get(pk=art.pk).starts_at

    take(people[2], art)
    assert states(people[2]) == {("art", "held")}


def test_a_place_that_somebody_freed_by_hand_is_offered_by_the_task(full, people):
    art, _bridges = full
    people[0].seats.all().delete()

    assert serve_waiting_lists() == 0

    assert asked(art) == [people[2]]


def test_an_organiser_who_gives_the_place_to_somebody_ends_the_asking(full, people, organiser):
    art, _bridges = full
    free(art, people[0], organiser)

    assign_seat(participant=people[5], session=art, by=organiser)

    assert asked(art) == []


@pytest.mark.parametrize("minutes_before", [0, 60, 1440])
@pytest.mark.parametrize("held_in", [-10, 59, 61])
@pytest.mark.parametrize("waited_in", [59, 61, 1441])
def test_who_is_moved_depends_on_the_first_of_the_sessions(parallel, people, minutes_before, held_in, waited_in):
    Edition.objects.update(seat_moves_end_minutes=minutes_before)
    held, waited_for = parallel("held"), parallel("waited-for")
    hold(people[0], held)
    wait(people[0], waited_for)
    now = timezone.now()
    for session, minutes in ((held, held_in), (waited_for, waited_in)):
        starts_at = now + dt.timedelta(minutes=minutes)
        Session.objects.filter(pk=session.pk).update(starts_at=starts_at, ends_at=now + 48 * HOUR)

    (with_seat,) = seat_book([held.edition_id], now).waits()
    people[0].seats.held().delete()
    (without_seat,) = seat_book([held.edition_id], now).waits()

    assert (with_seat.is_movable, with_seat.gives) == (min(held_in, waited_in) > minutes_before, (held.pk,))
    assert (without_seat.is_movable, without_seat.gives) == (True, ())
