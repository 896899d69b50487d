"""Everybody at once: rooms never overfill, nobody is overtaken, nobody holds two seats at the same time."""

import datetime as dt
import random
import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F, Max, Min, Q
from django.utils import timezone

from programme.actions import chooser
from programme.actions import waiting_lists as waiting_list_actions
from programme.actions.chooser import Chooser
from programme.actions.locks import lock_people, lock_sessions
from programme.actions.registrations import approve, withdraw
from programme.actions.seats import assign_seat, choose_seats, release_seat, remove_seat, take_offered_seat
from programme.actions.sessions import save_session
from programme.actions.wishes import Wish
from programme.errors import ProgrammeError
from programme.models import Participant, Seat, Session
from programme.queries.participant_programme import seats_of
from programme.queries.seat_book import seat_book
from programme.queries.seat_effects import SeatPromoted
from programme.queries.slots import slots_with
from programme.rules.sessions import choice_slots
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import RoomFactory, SessionFactory, TrackFactory
from tests.seat_counts import counted, stored
from tests.threads import in_threads
from udtacademy.outbox.models import Message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def crowd(open_edition):
    """Eighty people of eight cities."""
    cities = [DelegationFactory(edition=open_edition, quota=20) for _ in range(8)]
    return [ParticipantFactory(delegation=city) for city in cities for _ in range(10)]


@pytest.fixture
def hall(tracks):
    session = tracks["technical-morning"]
    Session.objects.filter(pk=session.pk).update(capacity=40)
    return session


def choose(participant, session, slot, **how):
    wish = Wish(slot=slot, session=session, is_full=True, **how)
    return choose_seats(participant=participant, wishes=[wish], by=participant.user)


def slots_of(edition):
    ordered = edition.sessions.parallel().select_related("track").order_by("starts_at", "track__position")
    return choice_slots(list(ordered))


def test_eighty_at_once_for_forty_places(hall, crowd):
    slot = next(slot for slot in slots_of(hall.edition) if hall in slot.sessions)

    outcomes = in_threads([lambda it=it: choose(it, hall, slot) for it in crowd])

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert hall.seats.held().count() == 40
    waiting = [seat.participant for seat in hall.seats.waiting_list().select_related("participant")]
    assert [seats_of(it)[hall.pk].position for it in waiting] == list(range(1, 41))


def test_eighty_at_once_without_the_locks_are_too_many(hall, crowd, monkeypatch):
    """The negative control: the same choosing oversells where nothing holds it between the count and the seat."""
    slot = next(slot for slot in slots_of(hall.edition) if hall in slot.sessions)
    counted, save = threading.Barrier(len(crowd)), Chooser.save

    def save_once_all_have_counted(one, by, **how):
        counted.wait()
        return save(one, by, **how)

    monkeypatch.setattr(chooser, "lock_slots", slots_with)
    monkeypatch.setattr(Chooser, "save", save_once_all_have_counted)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE programme_seat DISABLE TRIGGER USER")
    try:
        outcomes = in_threads([lambda it=it: choose(it, hall, slot) for it in crowd])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE programme_seat ENABLE TRIGGER USER")

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert hall.seats.held().count() == 80


def filled(*sessions, people):
    """Everybody has a seat in one of the sessions, as many as it has places."""
    queue = iter(people)
    for session in sessions:
        Session.objects.filter(pk=session.pk).update(capacity=len(people) // len(sessions))
        for _ in range(len(people) // len(sessions)):
            SeatFactory(participant=next(queue), session=session)


def test_all_who_want_each_others_seats_at_the_same_moment_change_them(tracks, crowd):
    """Twenty sit in each of two full sessions and would rather sit in the other; whoever comes last closes the circle."""
    both = tracks["governance-morning"], tracks["technical-morning"]
    people = crowd[:40]
    filled(*both, people=people)
    slot = next(slot for slot in slots_of(both[0].edition) if both[0] in slot.sessions)

    wishes = [lambda it=it, n=n: choose(it, both[n < 20], slot) for n, it in enumerate(people)]
    outcomes = in_threads(wishes)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert set(both[1].seats.held().values_list("participant", flat=True)) == {it.pk for it in people[:20]}
    assert set(both[0].seats.held().values_list("participant", flat=True)) == {it.pk for it in people[20:]}
    assert not Seat.objects.waiting().exists()
    assert Message.objects.filter(kind__in=["seat_promoted", "seats_chosen"]).count() == 40


def test_of_twenty_who_take_two_places_at_once_two_have_them(tracks, crowd, organiser):
    wanted, other = tracks["governance-morning"], tracks["technical-morning"]
    filled(wanted, other, people=crowd[:40])
    for person in crowd[20:40]:
        SeatFactory(participant=person, session=wanted, state="waiting")
    start = timezone.now() + dt.timedelta(minutes=30)
    Session.objects.filter(pk__in=[wanted.pk, other.pk]).update(starts_at=start, ends_at=start + dt.timedelta(hours=1))
    for person in crowd[:2]:
        remove_seat(seat=person.seats.get(), by=organiser)
    assert wanted.seats.filter(offered_at__isnull=False).count() == 20

    outcomes = in_threads(
        [lambda it=it: take_offered_seat(participant=it, session=wanted, by=it.user) for it in crowd[20:40]]
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, ProgrammeError)]
    assert (len(refused), len([it for it in outcomes if isinstance(it, Exception)])) == (18, 18)
    assert (wanted.seats.held().count(), other.seats.held().count()) == (20, 18)
    assert not wanted.seats.filter(offered_at__isnull=False).exists()


class Storm:
    """Random deeds of people and organisers, each with its own dice."""

    def __init__(self, edition, people, organiser):
        self.edition, self.people, self.organiser = edition, people, organiser

    def run(self, seed, n_deeds):
        dice = random.Random(seed)
        done = dict.fromkeys(["choose", "meanwhile", "release", "none", "raise", "withdraw", "assign", "remove"], 0)
        weights = [44, 8, 12, 6, 2, 6, 4, 4]
        for _ in range(n_deeds):
            (deed,) = dice.choices(list(done), weights)
            try:
                getattr(self, f"do_{deed}")(dice)
            except ProgrammeError:
                continue
            done[deed] += 1
        return done

    def anybody(self, dice):
        return Participant.objects.get(pk=dice.choice(self.people).pk)

    def do_choose(self, dice, **how):
        slot = dice.choice(slots_of(self.edition))
        choose(self.anybody(dice), dice.choice(slot.sessions), slot, **how)

    def do_meanwhile(self, dice):
        self.do_choose(dice, is_meanwhile=True)

    def do_none(self, dice):
        choose(self.anybody(dice), None, dice.choice(slots_of(self.edition)))

    def do_release(self, dice):
        seat = Seat.objects.filter(participant=self.anybody(dice)).select_related("participant", "session").first()
        if seat:
            release_seat(
                participant=seat.participant,
                session=seat.session,
                by=seat.participant.user,
                is_back=dice.random() < 0.5,
            )

    def do_raise(self, dice):
        with transaction.atomic():
            lock_sessions([self.edition.pk])
            session = dice.choice(list(self.edition.sessions.parallel()))
            session.capacity = min(session.capacity + 1, 5)  # so that there always are those who wait
            save_session(session=session, by=self.organiser)

    def do_withdraw(self, dice):
        participant = self.anybody(dice)
        if not withdraw(participant=participant, by=self.organiser):
            approve(participant=participant, by=self.organiser)

    def do_assign(self, dice):
        session = dice.choice(list(self.edition.sessions.parallel()))
        assign_seat(participant=self.anybody(dice), session=session, by=self.organiser, reason="Overruled")

    def do_remove(self, dice):
        seat = Seat.objects.order_by("?").first()
        if seat:
            remove_seat(seat=seat, by=self.organiser)


@pytest.fixture
def exchanged(monkeypatch):
    """The numbers of the seats that came by changing seats in a circle."""
    carry_out, noted = waiting_list_actions.carry_out, set()

    def carry_out_and_note(effects, **how):
        noted.update(it.seat.number for it in effects if isinstance(it, SeatPromoted) and it.is_exchange)
        return carry_out(effects, **how)

    monkeypatch.setattr(waiting_list_actions, "carry_out", carry_out_and_note)
    return noted


@pytest.mark.parametrize("n_deeds", [50, pytest.param(125, marks=pytest.mark.nightly)])
def test_a_mixed_storm_leaves_everything_in_order(tracks, open_edition, organiser, exchanged, n_deeds):
    """As many deeds from each of sixteen threads, over three slots: one of them staggered, with three tracks."""
    third = TrackFactory(edition=open_edition, position=2)
    base = tracks["governance-morning"].starts_at + dt.timedelta(days=2)
    for track, (start, end) in zip(
        [tracks["governance-morning"].track, tracks["technical-morning"].track, third, third],
        [(0, 3), (0, 2), (0, 1), (1, 3)],
        strict=True,
    ):
        times = {"starts_at": base + dt.timedelta(hours=start), "ends_at": base + dt.timedelta(hours=end)}
        SessionFactory(edition=open_edition, track=track, **times)
    Session.objects.filter(edition=open_edition).update(capacity=3)
    cities = [DelegationFactory(edition=open_edition, quota=9) for _ in range(6)]
    people = [ParticipantFactory(delegation=city) for city in cities for _ in range(8)]
    storm = Storm(open_edition, people, organiser)

    done = in_threads([lambda seed=seed: storm.run(seed, n_deeds) for seed in range(16)])

    assert [it for it in done if isinstance(it, Exception)] == []
    assert all(sum(it[deed] for it in done) > 5 for deed in done[0]), "every deed was done"
    assert Seat.objects.waiting().exists()
    assert Message.objects.filter(kind="seat_promoted").exists()
    assert exchanged, "some changed seats in a circle"
    assert_in_order(exchanged)


def assert_in_order(exchanged):
    """Whoever changes seats in a circle overtakes, but nobody who would have got the place: it came by the exchange."""
    sessions = Session.objects.parallel().with_seats()
    overbooked = {it.pk: it.seats.filter(is_overbooked=True).count() for it in sessions}
    assert [it for it in sessions if it.n_held > it.n_seats + overbooked[it.pk]] == []
    assert [it for it in sessions if it.has_free_seat and it.n_waiting] == []
    assert stored() == counted()
    twice = Seat.objects.held().filter(
        participant__seats__state="held",
        participant__seats__pk__gt=F("pk"),
        participant__seats__starts_at__lt=F("ends_at"),
        participant__seats__ends_at__gt=F("starts_at"),
    )
    assert not twice.exists()
    assert not Seat.objects.exclude(participant__state="registered").exists()
    last_served = Max("seats__pk", filter=Q(seats__state="held", seats__assigned_by=None) & ~Q(seats__in=exchanged))
    first_waiting = Min("seats__pk", filter=Q(seats__state="waiting"))
    overtaken = Session.objects.annotate(last=last_served, first=first_waiting).filter(last__gt=F("first"))
    assert not overtaken.exists()
    assert seat_book({it.edition_id for it in sessions}, timezone.now()).next_to_move().numbers == []


def test_bulk_withdrawals_across_editions_and_a_change_of_a_room_never_wait_in_a_circle(
    tracks, open_edition, organiser
):
    other = DelegationFactory().edition
    SessionFactory(edition=other, room=RoomFactory(venue=open_edition.venue))
    pairs = [
        [ParticipantFactory(delegation=DelegationFactory(edition=it, quota=9)) for it in editions]
        for editions in ([other, open_edition], [open_edition, other])
        for _ in range(6)
    ]

    def withdraw_both(people):
        with transaction.atomic():
            lock_people(people)
            return [withdraw(participant=it, by=organiser) for it in people]

    def touch_the_rooms():
        for _ in range(12):
            with waiting_list_actions.settling_rooms(open_edition.venue, by=organiser):
                pass

    outcomes = in_threads([*(lambda it=it: withdraw_both(it) for it in pairs), touch_the_rooms])

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert Participant.objects.filter(state="withdrawn").count() == 24


@pytest.fixture
def two_slots(tracks, crowd):
    """The halls of the morning and of the afternoon, with their slots."""
    halls = [tracks["technical-morning"], tracks["technical-afternoon"]]
    Session.objects.filter(pk__in=[it.pk for it in halls]).update(capacity=10)
    return [(hall, slot) for hall in halls for slot in slots_of(hall.edition) if hall in slot.sessions]


def test_choosing_in_one_slot_waits_only_for_those_in_the_same(two_slots, crowd):
    (morning, morning_slot), (afternoon, afternoon_slot) = two_slots

    def choose_at_once(session, slot):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            return choose(crowd[1], session, slot)

    with transaction.atomic():
        choose(crowd[0], morning, morning_slot)
        in_the_other, in_the_same = in_threads([lambda: choose_at_once(afternoon, afternoon_slot)]) + in_threads(
            [lambda: choose_at_once(morning, morning_slot)]
        )

    assert [it.is_granted for it in in_the_other] == [True]
    assert isinstance(in_the_same, OperationalError)


def wishing_for_both(two_slots, people):
    """Half of the people wish for the morning first, half for the afternoon first."""
    wishes = [Wish(slot=slot, session=hall, is_full=True) for hall, slot in two_slots]
    orders = [wishes, wishes[::-1]] * (len(people) // 2)
    return [
        lambda person=person, order=order: choose_seats(participant=person, wishes=order, by=person.user)
        for person, order in zip(people, orders, strict=True)
    ]


def test_all_who_choose_in_two_slots_at_once_are_answered(two_slots, crowd):
    outcomes = in_threads(wishing_for_both(two_slots, crowd[:60]))

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    for hall, _slot in two_slots:
        assert (hall.seats.held().count(), hall.seats.waiting().count()) == (10, 50)


def test_all_who_choose_in_two_slots_at_once_would_wait_in_a_circle_without_one_order(two_slots, crowd, monkeypatch):
    """The negative control: each slot locked as it is wished for."""
    first_is_locked = threading.Barrier(2)

    def lock_as_wished(edition, sessions):
        for number, (hall, _slot) in enumerate(order_of[threading.get_ident()]):
            list(Session.objects.select_for_update(no_key=True).filter(pk=hall.pk).order_by().values_list("pk"))
            if number == 0:
                first_is_locked.wait()
        return slots_with(edition, sessions)

    order_of = {}
    monkeypatch.setattr(chooser, "lock_slots", lock_as_wished)

    def choose_both(participant, order):
        order_of[threading.get_ident()] = order
        wishes = [Wish(slot=slot, session=hall, is_full=True) for hall, slot in order]
        return choose_seats(participant=participant, wishes=wishes, by=participant.user)

    outcomes = in_threads([lambda: choose_both(crowd[0], two_slots), lambda: choose_both(crowd[1], two_slots[::-1])])

    assert [type(it) for it in outcomes if isinstance(it, Exception)] == [OperationalError]
