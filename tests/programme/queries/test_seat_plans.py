"""What was planned is what comes about: small editions at random, planned in memory and then changed in the database."""

import datetime as dt
import random
from contextlib import contextmanager, suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from programme.actions.registrations import withdraw
from programme.actions.seats import assign_seat, remove_seat
from programme.actions.sessions import cancelled, change_sessions, confirmed, postponed, published, save_session
from programme.actions.waiting_lists import carrying_out_at_the_end, set_constraint
from programme.errors import ProgrammeError
from programme.models import Participant, Seat, Session
from programme.queries.announcements import news_to_tell
from programme.queries.seat_book import seat_book
from programme.queries.seat_effects import (
    OfferEnded,
    SeatClashed,
    SeatEnded,
    SeatOffered,
    SeatPromoted,
    by_email,
    sentences,
)
from programme.queries.seat_plans import (
    plan_assignment,
    plan_free_seats,
    plan_leaving,
    plan_removal,
    plan_settlement,
)
from programme.queries.session_changes import SessionChange
from programme.queries.session_plans import plan_news, plan_session_change, sessions_after
from tests.factories.people import ParticipantFactory, SeatFactory, everybody_was_told
from tests.factories.programme import RoomFactory, SessionFactory, TrackFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.slow

HOUR = dt.timedelta(hours=1)
N_CHANGES, AT_ONCE = 96, 12
# A few always, all of them at night.
SEEDS = [*range(6), *(pytest.param(it, marks=pytest.mark.nightly) for it in range(6, 20))]
PARTS = [0, AT_ONCE, *(pytest.param(it, marks=pytest.mark.nightly) for it in range(2 * AT_ONCE, N_CHANGES, AT_ONCE))]
KINDS_OF_EFFECTS = {
    ("SeatEnded", True),
    ("SeatEnded", False),
    ("SeatClashed", True),
    ("SeatClashed", False),
    ("SeatPromoted", False),
    ("SeatOffered", False),
    ("OfferEnded", False),
    "for everybody",
}
KINDS = {
    "seat_lost": SeatEnded,
    "seat_clash": SeatClashed,
    "seat_promoted": SeatPromoted,
    "seat_offered": SeatOffered,
}


@pytest.fixture
def people(delegation):
    delegation.quota = 20
    delegation.save()
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(7)]


@pytest.fixture
def sessions(open_edition):
    """Sessions of three tracks, which overlap in several ways; the first begin in 50 minutes, the last is alone."""
    now = timezone.now()
    tracks = [TrackFactory(edition=open_edition, position=n) for n in range(3)]
    hours = [(0.8, 1.8), (0.8, 2.8), (2, 3), (24, 25), (24, 26), (25, 26), (60, 61)]
    return [
        SessionFactory(
            edition=open_edition,
            title=f"Session {n}",
            track=tracks[n % 3],
            format="in_person",
            status="confirmed",
            capacity=2,
            starts_at=now + start * HOUR,
            ends_at=now + end * HOUR,
        )
        for n, (start, end) in enumerate(hours)
    ]


@contextmanager
def undone():
    """What the block changes in the database is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def seat_people(dice, people, sessions):
    """Give people seats and places on waiting lists at random, one seat at a time, and no more than there are places."""
    for _ in range(20):
        person, session = dice.choice(people), dice.choice(sessions)
        theirs = person.seats.filter(starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
        if person.seats.filter(session=session).exists():
            continue
        is_free = session.seats.held().count() < session.capacity and not theirs.held().exists()
        asked = {"offered_at": timezone.now()} if not is_free and dice.random() < 0.2 else {}
        SeatFactory(participant=person, session=session, state="held" if is_free else "waiting", **asked)


def changed_at_random(dice, sessions, room):
    """Change in memory something of one of the sessions that seats depend on, as its constraints allow."""
    while True:
        session = Session.objects.select_related("edition", "room").get(pk=dice.choice(sessions).pk)
        change(dice, session, room)
        with suppress(ValidationError):
            session.full_clean()
            return session


def change(dice, session, room):
    kind = dice.choice(
        [
            "time",
            "time",
            "time",
            "no time",
            "capacity",
            "no limit",
            "room",
            "status",
            "format",
            "track",
            "track",
            "hidden",
        ]
    )
    if kind == "time":
        days = dt.timedelta(hours=dice.choice([-24, -22, 0.5, 24, 48]))
        session.starts_at, session.ends_at = session.starts_at + days, session.ends_at + days
    elif kind == "no time":
        session.starts_at = session.ends_at = None
        session.status = "tentative"
    elif kind == "capacity":
        session.capacity = dice.choice([0, 1, 3, 9])
    elif kind == "no limit":
        session.capacity = None
    elif kind == "room":
        session.room, session.capacity = room, dice.choice([None, 2, 9])
    elif kind == "status":
        session.status = "cancelled"
    elif kind == "format":
        session.format = "break"
    elif kind == "track":
        session.track = None
    else:
        session.is_published = not session.is_published


def mails():
    return sorted(Message.objects.values_list("kind", "user__participations"))


def mails_of(effects):
    kinds = {effect: kind for kind, effect in KINDS.items()}
    return sorted((kinds[type(it)], it.seat.participant) for it, *_joined in by_email(effects))


def state():
    return set(Seat.objects.values_list("pk", "state")), set(
        Seat.objects.exclude(offered_at=None).values_list("pk", flat=True)
    )


def expected_state(effects):
    """The seats there are once the effects are carried out, worked out from the effects alone."""
    (seats, asked) = state()
    states = dict(seats)
    for effect in effects:
        if isinstance(effect, (SeatEnded, SeatClashed)):
            del states[effect.seat.number]
        elif isinstance(effect, SeatPromoted):
            states[effect.seat.number] = "held"
            for other in effect.others:
                del states[other.number]
    offered = {it.seat.number for it in effects if isinstance(it, SeatOffered)}
    no_longer = {it.seat.number for it in effects if isinstance(it, OfferEnded)}
    waiting = {number for number, it in states.items() if it == "waiting"}
    return set(states.items()), ((asked | offered) - no_longer) & waiting


@pytest.mark.parametrize("first", PARTS)
def test_a_changed_session_has_the_planned_effects_and_no_others(open_edition, sessions, people, first):
    room = RoomFactory(venue=open_edition.venue, capacity=3)
    for seed in range(first, first + AT_ONCE):
        with undone():
            assert_comes_about_as_planned(seed, sessions, people, room)


def assert_comes_about_as_planned(seed, sessions, people, room):
    dice = random.Random(seed)
    seat_people(dice, people, sessions)
    editions = {sessions[0].edition_id}
    agreed = seat_book(editions, timezone.now()).swaps()
    session = changed_at_random(dice, sessions, room)

    effects = plan_session_change([session])

    assert kinds_of(effects) <= KINDS_OF_EFFECTS
    assert len(sentences(effects)) >= bool(effects)
    with undone():
        set_constraint("DEFERRED")
        session.save()
        assert plan_settlement(editions, agreed) == effects, "as planned once it is saved"
    expected = expected_state(effects)
    save_session(session=session, by=None)
    assert state() == expected
    assert mails() == mails_of(effects)
    assert plan_settlement(editions, seat_book(editions, timezone.now()).swaps()) == []


@pytest.mark.nightly
def test_the_changes_at_random_have_effects_of_every_kind(open_edition, sessions, people):
    """So the test before this one tries them all."""
    kinds = set()
    room = RoomFactory(venue=open_edition.venue, capacity=3)
    for seed in range(N_CHANGES):
        dice = random.Random(seed)
        with undone():
            seat_people(dice, people, sessions)
            kinds |= kinds_of(plan_session_change([changed_at_random(dice, sessions, room)]))
        if kinds == KINDS_OF_EFFECTS:
            break  # the test before this one looks for others

    assert kinds == KINDS_OF_EFFECTS


def kinds_of(effects):
    kinds = {(type(it).__name__, it.seat.is_held) for it in effects}
    return kinds | {"for everybody" for it in effects if isinstance(it, SeatEnded) and it.is_for_all}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", ["remove", "withdraw", "assign"])
def test_what_organisers_do_to_several_people_has_the_planned_effects(
    open_edition, sessions, people, organiser, what, seed
):
    dice = random.Random(seed)
    seat_people(dice, people, sessions)
    by, reason = organiser, "Overruled"
    seats = dice.sample(list(Seat.objects.with_people()), 2)
    chosen = [it.participant for it in seats]
    pairs = [(person, dice.choice(sessions)) for person in dict.fromkeys(chosen)]
    plans = {
        "remove": lambda: plan_removal(seats),
        "withdraw": lambda: plan_leaving(chosen),
        "assign": lambda: plan_assignment(pairs, may_overbook=True),
    }
    effects = plans[what]()

    def act():
        if what == "remove":
            return [remove_seat(seat=it, by=by) for it in seats]
        if what == "withdraw":
            return [withdraw(participant=it, by=by) for it in dict.fromkeys(chosen)]
        return [assign_seat(participant=it, session=session, by=by, reason=reason) for it, session in pairs]

    with undone():
        with carrying_out_at_the_end([]):
            act()
        assert plan_free_seats([open_edition.pk]) == effects, "as planned once it is done"
    with carrying_out_at_the_end(effects):
        act()
    assert plan_free_seats([open_edition.pk]) == []
    about_others = [it for it in mails() if it[0] in KINDS]
    assert about_others == mails_of(effects)


def test_nothing_is_planned_where_somebody_cannot_have_the_seat(sessions, people, organiser):
    """The action says why, and does nothing."""
    held, wanted = sessions[3], sessions[4]
    for person in people[:2]:
        SeatFactory(participant=person, session=wanted)
    SeatFactory(participant=people[2], session=held)
    SeatFactory(participant=people[3], session=held, state="waiting")
    pairs = [(people[2], wanted)]

    assert plan_assignment(pairs, may_overbook=False) == []
    with refused("session_full"):
        assign_seat(participant=people[2], session=wanted, by=organiser)
    (effect,) = plan_assignment(pairs, may_overbook=True)
    assert (effect.seat.participant, effect.seat.session) == (people[3].pk, held.pk)
    Participant.objects.filter(pk=people[2].pk).update(state="withdrawn")
    people[2].refresh_from_db()
    assert plan_assignment(pairs, may_overbook=True) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", ["cancel", "postpone", "hint", "confirm", "publish"])
def test_news_is_planned_as_it_will_be_told(open_edition, sessions, people, organiser, what, seed):
    dice = random.Random(seed)
    seat_people(dice, people, sessions)
    common = SessionFactory(
        edition=open_edition, starts_at=sessions[3].starts_at + 100 * HOUR, ends_at=sessions[3].starts_at + 101 * HOUR
    )
    for session in dice.sample(sessions, 2):
        Session.objects.filter(pk=session.pk).update(is_published=False)
    everybody_was_told(open_edition)
    Session.objects.filter(pk=dice.choice(sessions).pk).update(status="cancelled")  # news that nobody was told of yet
    everybody_was_told(open_edition, news_to_tell(open_edition, timezone.now())[:1])
    new_day = (sessions[0].starts_at + 24 * HOUR).date()
    changes = {
        "cancel": cancelled(reason="Ill."),
        "postpone": postponed(new_day=new_day),
        "hint": postponed(date_hint="December"),
        "confirm": confirmed(),
        "publish": published(),
    }
    chosen = [common, *dice.sample(sessions, 2)] if what != "postpone" else [dice.choice(sessions)]

    after, changed = sessions_after(chosen, changes[what])
    planned = plan_news(after, plan_session_change(changed), timezone.now())

    try:
        change_sessions(sessions=chosen, change=changes[what], by=organiser)
    except ProgrammeError:
        return  # the new day is taken, or it was cancelled and something else is on
    assert news_of(planned) == news_of(news_to_tell(open_edition, timezone.now()), of=chosen)


def news_of(news, of=None):
    """Who is told what of which session."""
    return [
        (one.participant_id, one.session.pk, one.is_theirs, SessionChange.of(one).in_words())
        for one in news
        if of is None or one.session in of
    ]
