import datetime as dt
import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from programme.actions.registrations import remove_participant, withdraw
from programme.actions.seats import assign_seat, choose_seats, release_seat, remove_seat
from programme.actions.sessions import (
    cancel_session,
    postpone_session,
    publish_session,
    save_session,
    unpublish_session,
)
from programme.actions.wishes import Wish
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Seat, Session
from programme.programme_files.dump import dump_programme
from programme.programme_files.load import load_programme
from programme.queries.announcements import differences_in
from programme.queries.email_words import words_of
from programme.queries.session_changes import news_sentences
from programme.rules.sessions import choice_slots
from programme.tasks import serve_waiting_lists
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, everybody_was_told
from tests.factories.programme import RoomFactory, SessionFactory, TrackFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message


def slot_of(session):
    ordered = session.edition.sessions.parallel().select_related("track").order_by("starts_at", "track__position")
    return next(slot for slot in choice_slots(list(ordered)) if session in slot.sessions)


def wish(session, *, is_full=True, **how):
    return Wish(slot=slot_of(session), session=session, is_full=is_full, **how)


def no_seat_at(session):
    return Wish(slot=slot_of(session), session=None)


def choose(participant, *sessions, **how):
    return choose_seats(
        participant=participant, wishes=[wish(session, **how) for session in sessions], by=participant.user
    )


def states(participant):
    return set(participant.seats.values_list("session__slug", "state"))


def line(session):
    return [str(seat.participant) for seat in session.seats.waiting_list().select_related("participant__user")]


def mails():
    return list(others_messages().order_by("pk").values_list("kind", "to"))


def others_messages():
    """Return the messages to people about what others did."""
    return Message.objects.exclude(kind="seats_chosen")


def titles_in(text):
    return re.findall(r"“([^”]+)”", text)


def numbers_in(text):
    """Return the positions on waiting lists."""
    return [int(it) for it in re.findall(r"number (\d+)", text)]


@pytest.fixture
def morning(tracks):
    """The governance and the technical session of the morning."""
    return tracks["governance-morning"], tracks["technical-morning"]


@pytest.fixture
def people(delegation):
    """Five registered people of the edition."""
    delegation.quota = 10
    delegation.save()
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(5)]


def fill(session, people):
    for participant in people:
        choose(participant, session)


def test_the_outcomes_of_wishes_wording(morning, people):
    governance, technical = morning
    person = people[2]
    fill(technical, people[:2])
    fill(governance, people[3:])

    outcomes = choose(person, technical)
    outcomes += choose(person, governance, is_full=False)
    outcomes += choose_seats(participant=person, wishes=[no_seat_at(technical)], by=person.user)
    release_seat(participant=people[3], session=governance, by=people[3].user)
    outcomes += choose(person, governance)
    outcomes += choose(person, technical)
    release_seat(participant=people[0], session=technical, by=people[0].user)
    outcomes += choose(person, governance)
    outcomes += choose(person, technical, seen=())

    assert [outcome.text for outcome in outcomes] == [
        "“Technical in the morning” is full. You are number 1 on the waiting list.",
        "“Governance in the morning” is now full, so nothing was changed. You can join its waiting list.",
        "You have no seat at this time. You are no longer on the waiting list for “Technical in the morning”, where you were number 1.",
        "You have a seat in “Governance in the morning”.",
        "“Technical in the morning” is full. You are number 1 on the waiting list. You keep your seat in “Governance in the morning” until a seat becomes free.",
        "You now have a seat in “Governance in the morning” instead of “Technical in the morning”.",
        "Your choice has changed since you opened this page, so nothing was saved. Check it, then choose again.",
    ]


def test_choosing_gives_a_seat_in_each_slot_and_says_so(tracks, people):
    chosen = (tracks["governance-morning"], tracks["technical-afternoon"])

    outcomes = choose(people[0], *chosen)

    assert [outcome.is_granted for outcome in outcomes] == [True, True]
    assert [titles_in(outcome.text) for outcome in outcomes] == [[session.title] for session in chosen]
    assert states(people[0]) == {("governance-morning", "held"), ("technical-afternoon", "held")}
    assert mails() == []


def test_the_email_about_a_choice_says_for_what_one_waits(tracks, people):
    fill(tracks["technical-morning"], people[:2])

    choose(people[3], tracks["technical-morning"], tracks["governance-afternoon"])

    text = Message.objects.get(user=people[3].user).text
    assert "• “Governance in the afternoon”, " in text
    assert (
        "\nYou are on the waiting list for “Technical in the morning”. We will email you when you get a seat.\n" in text
    )


@pytest.mark.parametrize(("status", "is_tentative"), [("tentative", True), ("confirmed", False)])
def test_an_email_about_a_seat_says_that_the_session_is_to_be_confirmed(
    morning, people, organiser, status, is_tentative
):
    Session.objects.filter(pk=morning[0].pk).update(status=status)

    assign_seat(participant=people[0], session=morning[0], by=organiser)

    (line,) = re.findall(r"^• (.+)$", others_messages().get().text, re.MULTILINE)
    assert line.endswith(", to be confirmed") == is_tentative


def test_choosing_again_changes_nothing(morning, people):
    for _ in range(2):
        (outcome,) = choose(people[0], morning[0])

    assert outcome.is_granted
    assert titles_in(outcome.text) == [morning[0].title]
    assert Seat.objects.count() == 1


def test_a_free_session_at_the_same_time_is_swapped_for(morning, people):
    governance, technical = morning
    choose(people[0], governance)

    (outcome,) = choose(people[0], technical)

    assert titles_in(outcome.text) == [technical.title, governance.title]
    assert states(people[0]) == {("technical-morning", "held")}


def test_a_full_session_is_waited_for_and_the_seat_kept(morning, people):
    governance, technical = morning
    fill(technical, people[:3])
    choose(people[3], governance)

    (outcome,) = choose(people[3], technical)

    assert outcome.is_granted
    assert (titles_in(outcome.text), numbers_in(outcome.text)) == ([technical.title, governance.title], [2])
    assert states(people[3]) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert line(technical) == ["Person 2", "Person 3"]


def test_a_session_that_became_full_meanwhile_is_waited_for_and_the_seat_kept(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    choose(people[3], governance)

    (outcome,) = choose(people[3], technical, is_full=False)

    assert outcome.is_granted
    assert (titles_in(outcome.text), numbers_in(outcome.text)) == ([technical.title, governance.title], [1])
    assert states(people[3]) == {("governance-morning", "held"), ("technical-morning", "waiting")}


def test_a_session_that_became_full_meanwhile_ends_no_other_waiting(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    fill(governance, people[2:5])

    (outcome,) = choose(people[4], technical, is_full=False)

    assert not outcome.is_granted
    assert titles_in(outcome.text) == [technical.title]
    assert states(people[4]) == {("governance-morning", "waiting")}


def test_a_freed_seat_goes_to_the_first_in_line_who_is_moved_and_told(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    choose(people[2], governance)
    fill(technical, people[2:4])

    release_seat(participant=people[0], session=technical, by=people[0].user)

    assert states(people[2]) == {("technical-morning", "held")}
    assert line(technical) == ["Person 3"]
    assert mails() == [("seat_promoted", people[2].user.email)]
    assert titles_in(others_messages().get().text) == [technical.title, governance.title]
    seat = Seat.objects.get(participant=people[2])
    assert (seat.is_promoted, seat.moved_from) == (True, governance)


def test_whoever_moves_leaves_the_place_to_the_next_who_waits_there(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    fill(governance, people[2:4])
    choose(people[2], technical)
    choose(people[4], governance)

    release_seat(participant=people[0], session=technical, by=people[0].user)

    assert states(people[2]) == {("technical-morning", "held")}
    assert states(people[4]) == {("governance-morning", "held")}
    assert [kind for kind, _to in mails()] == ["seat_promoted"] * 2


def test_declining_leads_back_while_there_is_a_place(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    choose(people[2], governance)
    fill(technical, people[2:4])
    release_seat(participant=people[0], session=technical, by=people[0].user)

    text = release_seat(participant=people[2], session=technical, by=people[2].user, is_back=True)

    assert titles_in(text) == [governance.title, technical.title]
    assert states(people[2]) == {("governance-morning", "held")}
    assert states(people[3]) == {("technical-morning", "held")}


def test_declining_never_leaves_with_nothing(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    choose(people[2], governance)
    choose(people[2], technical)
    release_seat(participant=people[0], session=technical, by=people[0].user)
    fill(governance, people[3:5])

    text = release_seat(participant=people[2], session=technical, by=people[2].user, is_back=True)

    assert (titles_in(text), numbers_in(text)) == ([governance.title, technical.title], [1])
    assert states(people[2]) == {("technical-morning", "held"), ("governance-morning", "waiting")}


@pytest.mark.parametrize("why", ["cancelled", "begun", "at another time"])
def test_there_is_no_way_back_to_what_cannot_be_chosen_and_nothing_is_lost(morning, people, why):
    governance, technical = morning
    SeatFactory(participant=people[0], session=technical, is_promoted=True, moved_from=governance)
    later, now = governance.starts_at + dt.timedelta(days=1), timezone.now()
    values = {
        "cancelled": {"status": "cancelled"},
        "begun": {"starts_at": now},
        "at another time": {"starts_at": later, "ends_at": later + dt.timedelta(hours=1)},
    }
    Session.objects.filter(pk=governance.pk).update(**values[why])

    with refused("no_way_back"):
        release_seat(participant=people[0], session=technical, by=people[0].user, is_back=True)

    assert states(people[0]) == {("technical-morning", "held")}


def test_declining_is_possible_after_choosing_has_closed_and_giving_up_ones_choice_is_not(morning, people):
    _governance, technical = morning
    fill(technical, people[:3])
    release_seat(participant=people[0], session=technical, by=people[0].user)
    Edition.objects.update(choice_closes_at=timezone.now())

    release_seat(participant=people[2], session=technical, by=people[2].user)

    assert states(people[2]) == set()
    with refused("choosing_over"):
        release_seat(participant=people[1], session=technical, by=people[1].user)
    assert states(people[1]) == {("technical-morning", "held")}


def test_a_seat_meanwhile_keeps_the_place_in_line(morning, people):
    governance, technical = morning
    fill(technical, people[:3])

    choose(people[2], governance, is_meanwhile=True)

    assert states(people[2]) == {("technical-morning", "waiting"), ("governance-morning", "held")}


def test_a_seat_meanwhile_is_for_those_without_one_only(morning, people):
    governance, technical = morning
    choose(people[0], technical)

    (outcome,) = choose(people[0], governance, is_meanwhile=True)  # from a page where one still waited for it

    assert not outcome.is_granted
    assert states(people[0]) == {("technical-morning", "held")}


def test_a_long_session_beside_two_short_ones_leaves_them_to_be_mixed(tracks, people, open_edition):
    """A workshop over the whole day is an option in the morning and in the afternoon."""
    first, last = tracks["technical-morning"], tracks["governance-afternoon"]
    workshop = SessionFactory(
        edition=open_edition,
        title="Workshop",
        slug="workshop",
        track=TrackFactory(edition=open_edition, position=5),
        starts_at=first.starts_at,
        ends_at=last.ends_at,
    )
    assert [len(slot_of(it).sessions) for it in (first, last)] == [3, 3]
    choose(people[0], first, last)
    assert states(people[0]) == {("technical-morning", "held"), ("governance-afternoon", "held")}

    (outcome,) = choose(people[0], workshop)

    assert titles_in(outcome.text) == [workshop.title, first.title, last.title]
    assert states(people[0]) == {("workshop", "held")}


@pytest.fixture
def workshop(tracks, open_edition):
    """Over the whole day, in a track of its own, for one person."""
    return SessionFactory(
        edition=open_edition,
        title="Workshop",
        slug="workshop",
        capacity=1,
        track=TrackFactory(edition=open_edition, position=5),
        starts_at=tracks["technical-morning"].starts_at,
        ends_at=tracks["governance-afternoon"].ends_at,
    )


def test_whoever_gives_up_two_seats_for_a_long_session_is_offered_no_way_back_to_one(workshop, tracks, people):
    choose(people[0], workshop)
    choose(people[1], tracks["technical-morning"], tracks["governance-afternoon"])
    choose(people[1], workshop)

    release_seat(participant=people[0], session=workshop, by=people[0].user)

    assert states(people[1]) == {("workshop", "held")}
    assert people[1].seats.get().moved_from is None
    assert "old seat" not in others_messages().get().text


def test_giving_up_a_seat_in_what_has_begun_is_refused(morning, people):
    SeatFactory(participant=people[0], session=morning[0], is_promoted=True)
    Session.objects.filter(pk=morning[0].pk).update(starts_at=timezone.now())

    with refused("session_started"):
        release_seat(participant=people[0], session=morning[0], by=people[0].user)

    assert states(people[0]) == {("governance-morning", "held")}


def test_nobody_is_overtaken_while_a_place_is_free_for_somebody_who_waits(morning, people):
    """Before the task has served a place that was freed by hand."""
    fill(morning[0], people[:3])
    people[0].seats.all().delete()

    (outcome,) = choose(people[3], morning[0])

    assert states(people[3]) == {("governance-morning", "waiting")}
    assert numbers_in(outcome.text) == [2]


def wishes_for(*sessions, seen):
    """One for each of the stretches, as a form sends them."""
    every = choice_slots(
        list(sessions[0].edition.sessions.parallel().select_related("track").order_by("starts_at", "pk"))
    )
    return [Wish(slot, it, seen=seen, is_full=True) for slot in every for it in sessions if it in slot.sessions]


def test_a_full_long_session_is_waited_for_once_though_it_is_in_two_stretches(workshop, people):
    choose(people[0], workshop)

    outcomes = choose_seats(participant=people[1], wishes=wishes_for(workshop, seen=()), by=people[1].user)

    assert [(titles_in(it.text), numbers_in(it.text)) for it in outcomes] == [([workshop.title], [1])] * 2
    assert states(people[1]) == {("workshop", "waiting")}


def test_two_short_sessions_take_the_place_of_a_long_one_in_one_form(workshop, tracks, people):
    choose(people[0], workshop)
    short = (tracks["technical-morning"], tracks["technical-afternoon"])

    outcomes = choose_seats(participant=people[0], wishes=wishes_for(*short, seen=(workshop,)), by=people[0].user)

    assert all(outcome.is_granted for outcome in outcomes)
    assert states(people[0]) == {("technical-morning", "held"), ("technical-afternoon", "held")}


def test_a_long_session_for_the_meanwhile_costs_no_seat_of_another_stretch(workshop, tracks, people):
    waited_for, held = tracks["technical-morning"], tracks["governance-afternoon"]
    fill(waited_for, people[:3])
    choose(people[2], held)

    (outcome,) = choose(people[2], workshop, is_meanwhile=True)

    assert not outcome.is_granted
    assert states(people[2]) == {("technical-morning", "waiting"), ("governance-afternoon", "held")}


def test_choosing_something_else_ends_waiting_and_says_so(morning, people):
    governance, technical = morning
    fill(technical, people[:4])

    (outcome,) = choose(people[3], governance)

    assert (titles_in(outcome.text), numbers_in(outcome.text)) == ([governance.title, technical.title], [2])
    assert titles_in(Message.objects.get(user=people[3].user).text) == [governance.title, technical.title]
    choose(people[2], governance)
    assert states(people[2]) == {("governance-morning", "held")}


def test_waiting_elsewhere_ends_waiting_and_says_so(tracks, workshop, people):
    """Both are full; the seat is kept."""
    technical, governance = tracks["technical-morning"], tracks["governance-morning"]
    fill(technical, people[:3])
    fill(workshop, people[4:5])
    SeatFactory(participant=people[2], session=governance)

    (outcome,) = choose(people[2], workshop)

    assert titles_in(outcome.text) == [workshop.title, governance.title, technical.title]
    assert numbers_in(outcome.text) == [1, 1]
    assert states(people[2]) == {("governance-morning", "held"), ("workshop", "waiting")}


def test_going_back_to_a_seat_one_holds_ends_waiting_and_says_so(morning, people):
    governance, technical = morning
    fill(technical, people[:2])
    choose(people[2], governance)
    choose(people[2], technical)

    (outcome,) = choose(people[2], governance)

    assert (titles_in(outcome.text), numbers_in(outcome.text)) == ([governance.title, technical.title], [1])
    assert states(people[2]) == {("governance-morning", "held")}


def test_no_seat_here_ends_waiting_and_says_so(morning, people):
    _governance, technical = morning
    fill(technical, people[:3])

    (outcome,) = choose_seats(participant=people[2], wishes=[no_seat_at(technical)], by=people[2].user)

    assert (titles_in(outcome.text), numbers_in(outcome.text)) == ([technical.title], [1])
    assert states(people[2]) == set()


def test_declining_ends_what_one_waited_for_at_the_time_of_the_old_seat_and_says_so(tracks, workshop, people):
    """Here the seat one came from overlaps with more than the one declined."""
    morning, afternoon = tracks["technical-morning"], tracks["technical-afternoon"]
    fill(workshop, people[:1])
    SeatFactory(participant=people[1], session=morning, is_promoted=True, moved_from=workshop)
    fill(afternoon, people[2:4])
    SeatFactory(participant=people[1], session=afternoon, state="waiting")

    text = release_seat(participant=people[1], session=morning, by=people[1].user, is_back=True)

    assert (titles_in(text), numbers_in(text)) == ([workshop.title, morning.title, afternoon.title], [1, 1])
    assert states(people[1]) == {("technical-morning", "held"), ("workshop", "waiting")}


def test_no_seat_gives_all_of_the_slot_back(morning, people):
    _governance, technical = morning
    fill(technical, people[:3])

    (outcome,) = choose_seats(participant=people[0], wishes=[no_seat_at(technical)], by=people[0].user)

    assert titles_in(outcome.text) == []
    assert states(people[0]) == set()
    assert states(people[2]) == {("technical-morning", "held")}


def test_a_wish_from_an_old_page_changes_nothing(morning, people):
    governance, technical = morning
    choose(people[0], technical)

    (outcome,) = choose(people[0], governance, seen=())

    assert (outcome.is_granted, states(people[0])) == (False, {("technical-morning", "held")})
    assert choose(people[0], technical, seen=())[0].is_granted  # the double click


@pytest.mark.parametrize("what", ["cancelled", "unpublished", "begun", "without a track", "without a time", "foreign"])
def test_what_cannot_be_chosen_is_refused_and_nothing_changes(tracks, people, what):
    session = tracks["technical-morning"]
    wishes = [wish(tracks["governance-afternoon"]), wish(session)]
    now = timezone.now()
    values = {
        "cancelled": {"status": "cancelled"},
        "unpublished": {"is_published": False},
        "begun": {"starts_at": now},
        "without a track": {
            "track": None,
            "starts_at": now + dt.timedelta(days=9),
            "ends_at": now + dt.timedelta(days=10),
        },
        "without a time": {"starts_at": None, "ends_at": None},
        "foreign": {"edition": DelegationFactory().edition, "track": None},
    }
    Session.objects.filter(pk=session.pk).update(**values[what])

    with refused("session_not_open"):
        choose_seats(participant=people[0], wishes=wishes, by=people[0].user)

    assert not Seat.objects.exists()


@pytest.mark.parametrize(
    ("opens_in", "closes_in", "code"),
    [
        (None, None, "choosing_not_open"),
        (1, None, "choosing_not_open"),
        (-2, -1, "choosing_over"),
    ],
)
def test_nothing_is_chosen_outside_of_the_window(morning, people, opens_in, closes_in, code):
    moments = [hours and timezone.now() + dt.timedelta(hours=hours) for hours in (opens_in, closes_in)]
    Edition.objects.update(choice_opens_at=moments[0], choice_closes_at=moments[1])

    with refused(code):
        choose(people[0], morning[0])

    assert not Seat.objects.exists()


@pytest.mark.parametrize("state", ["pending", "withdrawn", "declined"])
def test_only_those_registered_choose(morning, people, state):
    Participant.objects.filter(pk=people[0].pk).update(state=state)

    with refused("not_registered"):
        choose(people[0], morning[0])


def test_giving_up_what_one_does_not_have_says_so(morning, people):
    with refused("no_seat"):
        release_seat(participant=people[0], session=morning[0], by=people[0].user)


# What frees seats


@pytest.mark.parametrize("how", ["withdrawn", "removed", "cancelled seat", "capacity", "no limit", "room"])
def test_whatever_frees_a_place_serves_the_first_in_line_at_once(morning, people, organiser, how):
    technical = morning[1]
    if how == "room":
        technical.room, technical.capacity = RoomFactory(venue=technical.edition.venue, capacity=2), None
        technical.save()
    fill(technical, people[:4])
    technical.refresh_from_db()

    if how == "withdrawn":
        withdraw(participant=people[0], by=people[0].user)
    elif how == "removed":
        remove_participant(participant=people[0], by=organiser)
    elif how == "cancelled seat":
        remove_seat(seat=people[0].seats.get(), by=organiser, reason="Not in this room")
    elif how == "room":
        technical.room = RoomFactory(venue=technical.edition.venue, capacity=3)
        save_session(session=technical, by=organiser)
    else:
        technical.capacity = 3 if how == "capacity" else None
        save_session(session=technical, by=organiser)

    assert states(people[2]) == {("technical-morning", "held")}
    assert line(technical) == ([] if how == "no limit" else ["Person 3"])
    assert ("seat_promoted", people[2].user.email) in mails()


def test_fewer_places_evict_nobody_and_serve_nobody(morning, people, organiser):
    technical = morning[1]
    fill(technical, people[:3])

    technical.capacity = 1
    save_session(session=technical, by=organiser)
    release_seat(participant=people[0], session=technical, by=people[0].user)

    assert states(people[1]) == {("technical-morning", "held")}
    assert line(technical) == ["Person 2"]


def test_a_cancelled_session_ends_its_seats_and_everybody_is_told(morning, people, organiser):
    technical = morning[1]
    fill(technical, people[:3])

    everybody_was_told(technical.edition)
    cancel_session(session=technical, by=organiser)

    assert not Seat.objects.exists()
    assert mails() == [("seat_lost", people[2].user.email)]
    news = differences_in(technical.edition, timezone.now()).news
    assert [(it.participant_id, it.was_theirs, it.is_theirs) for it in news if it.session == technical] == [
        (person.pk, True, False) for person in people[:2]
    ]


def test_a_session_put_off_without_a_day_ends_its_seats(morning, people, organiser):
    fill(morning[1], people[:3])
    everybody_was_told(morning[1].edition)

    postpone_session(session=morning[1], date_hint="December", reason="Illness", by=organiser)

    assert not Seat.objects.exists()
    assert mails() == [("seat_lost", people[2].user.email)]
    (sentence,) = news_sentences(differences_in(morning[1].edition, timezone.now()).news)
    assert sentence.startswith("2 people ")
    assert "December" in sentence
    assert "Illness" in sentence


def test_what_becomes_everybodys_needs_no_seats_and_no_word(tracks, people, organiser):
    lonely = tracks["technical-afternoon"]
    tracks["governance-afternoon"].delete()
    fill(lonely, people[:1])

    lonely.track = None
    save_session(session=lonely, by=organiser)

    assert not Seat.objects.exists()
    assert mails() == []


def test_nobody_is_served_in_a_session_that_has_begun_or_is_not_published(morning, people, organiser):
    technical = morning[1]
    fill(technical, people[:3])
    Session.objects.filter(pk=technical.pk).update(is_published=False)

    remove_seat(seat=people[0].seats.get(), by=organiser)
    assert line(technical) == ["Person 2"]

    technical.refresh_from_db()
    publish_session(session=technical, by=organiser)
    assert line(technical) == []


def test_what_somebody_freed_by_hand_is_served_by_the_task(morning, people):
    technical = morning[1]
    fill(technical, people[:3])
    people[0].seats.all().delete()

    serve_waiting_lists()

    assert line(technical) == []
    assert mails() == [("seat_promoted", people[2].user.email)]


@pytest.mark.parametrize("values", [{"status": "cancelled"}, {"starts_at": None, "ends_at": None}])
def test_a_seat_in_what_was_cancelled_by_hand_keeps_nobody_from_choosing(tracks, people, values):
    for session in (tracks["technical-morning"], tracks["governance-afternoon"]):
        choose(people[0], session)
    Session.objects.filter(pk=tracks["technical-morning"].pk).update(**values)

    (outcome,) = choose(people[0], tracks["technical-afternoon"])

    assert titles_in(outcome.text) == [tracks["technical-afternoon"].title, tracks["governance-afternoon"].title]
    assert tracks["technical-morning"].title not in Message.objects.latest("pk").text


def test_seats_in_what_was_cancelled_by_hand_are_ended_by_the_task(morning, people):
    technical = morning[1]
    fill(technical, people[:3])
    everybody_was_told(technical.edition)
    Session.objects.filter(pk=technical.pk).update(status="cancelled")

    serve_waiting_lists()
    serve_waiting_lists()

    assert not Seat.objects.exists()
    assert mails() == [("seat_lost", people[2].user.email)]
    news = differences_in(technical.edition, timezone.now()).news
    assert sorted(it.participant_id for it in news if it.session == technical) == sorted(it.pk for it in people[:2])


def test_seats_in_what_is_over_are_kept_as_they_are(morning, people):
    """What was cancelled years ago is no news."""
    technical = morning[1]
    fill(technical, people[:3])
    ended = timezone.now() - dt.timedelta(days=1)
    Session.objects.filter(pk=technical.pk).update(
        status="cancelled", starts_at=ended - dt.timedelta(hours=1), ends_at=ended
    )

    serve_waiting_lists()

    assert Seat.objects.count() == 3


def test_a_session_with_seats_is_cancelled_rather_than_taken_off_the_pages(morning, people, organiser):
    fill(morning[1], people[:1])

    with refused("session_with_seats"):
        unpublish_session(session=morning[1], by=organiser)

    assert Session.objects.get(pk=morning[1].pk).is_published


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"status": "cancelled"}, "Cancelled: Technical in the morning"),
        ({"starts_at": None, "ends_at": None}, "Postponed, without seats: Technical in the morning"),
        ({"format": "break"}, "No more seats: Technical in the morning"),
    ],
)
def test_the_email_about_a_lost_seat_wording(morning, people, organiser, values, subject):
    fill(morning[1], people[:3])

    for name, value in values.items():
        setattr(morning[1], name, value)
    save_session(session=morning[1], by=organiser)

    message = others_messages().get(kind="seat_lost")
    assert message.subject == subject
    assert "You are no longer on its waiting list." in message.text


# Sessions that move


def test_nobody_who_waits_loses_a_seat_for_what_came_to_be_at_the_same_time_later(tracks, people, organiser):
    waited_for, moving = tracks["technical-morning"], tracks["governance-afternoon"]
    tracks["governance-morning"].delete()
    fill(waited_for, people[:3])
    choose(people[2], moving)

    moving.starts_at, moving.ends_at = waited_for.starts_at, waited_for.ends_at
    save_session(session=moving, by=organiser)
    release_seat(participant=people[0], session=waited_for, by=people[0].user)

    assert states(people[2]) == {("governance-afternoon", "held")}
    assert mails() == [("seat_clash", people[2].user.email)]
    message = others_messages().get()
    assert "on the waiting list" in message.subject
    assert re.findall("• “([^”]+)”", message.text) == [moving.title, waited_for.title]


def test_waiting_while_keeping_a_seat_outlives_a_move_of_both(tracks, people, organiser):
    governance, technical = tracks["governance-morning"], tracks["technical-morning"]
    fill(technical, people[:2])
    choose(people[2], governance)
    choose(people[2], technical)

    for session in (governance, technical):
        session.ends_at += dt.timedelta(minutes=15)
        save_session(session=session, by=organiser)

    assert states(people[2]) == {("governance-morning", "held"), ("technical-morning", "waiting")}
    assert mails() == []


def test_two_seats_at_the_same_time_become_the_one_chosen_first(tracks, people, organiser):
    first, moving = tracks["governance-morning"], tracks["technical-afternoon"]
    choose(people[0], first)
    choose(people[0], moving)
    fill(moving, people[1:3])  # the last of them waits
    tracks["technical-morning"].delete()

    moving.starts_at, moving.ends_at = first.starts_at, first.ends_at
    save_session(session=moving, by=organiser)

    assert states(people[0]) == {("governance-morning", "held")}
    assert states(people[2]) == {("technical-afternoon", "held")}
    assert mails() == [("seat_clash", people[0].user.email), ("seat_promoted", people[2].user.email)]
    clash = others_messages().earliest("pk")
    assert "waiting list" not in clash.subject
    assert re.findall("• “([^”]+)”", clash.text) == [first.title, moving.title]


def test_of_three_that_overlap_in_a_chain_the_last_stays_when_the_middle_goes(open_edition, people, organiser, tracks):
    base = tracks["governance-morning"].starts_at + dt.timedelta(days=3)
    third = TrackFactory(edition=open_edition, position=9)
    made = [
        SessionFactory(
            edition=open_edition,
            track=track,
            starts_at=base + dt.timedelta(hours=start),
            ends_at=base + dt.timedelta(hours=start + 1),
        )
        for track, start in (
            (tracks["governance-morning"].track, 0),
            (tracks["technical-morning"].track, 2),
            (third, 4),
        )
    ]
    for session in made:
        choose(people[0], session)
    middle = made[1]

    middle.starts_at, middle.ends_at = base, base + dt.timedelta(hours=5)
    save_session(session=middle, by=organiser)

    assert set(people[0].seats.values_list("session", flat=True)) == {made[0].pk, made[2].pk}
    assert len(mails()) == 1


def test_sessions_that_trade_places_in_a_file_cost_nobody_a_seat(tracks, people):
    one, other = tracks["governance-morning"], tracks["governance-afternoon"]
    choose(people[0], one, other)
    document = dump_programme(edition=one.edition)
    times = {
        one.slug: {
            "starts_at": next(s.starts_at for s in document.sessions if s.slug == other.slug),
            "ends_at": next(s.ends_at for s in document.sessions if s.slug == other.slug),
        },
        other.slug: {
            "starts_at": next(s.starts_at for s in document.sessions if s.slug == one.slug),
            "ends_at": next(s.ends_at for s in document.sessions if s.slug == one.slug),
        },
    }
    swapped = document.model_copy(
        update={"sessions": tuple(s.model_copy(update=times.get(s.slug, {})) for s in document.sessions)}
    )

    load_programme(document=swapped, by=None)

    assert len(states(people[0])) == 2
    assert Seat.objects.get(session=one).starts_at == other.starts_at
    assert mails() == []


def test_a_file_says_who_is_written_to_and_hides_no_session_with_seats(tracks, people):
    session = tracks["governance-morning"]
    fill(session, people[:1])
    everybody_was_told(session.edition)
    document = dump_programme(edition=session.edition)

    def with_session(**values):
        changed = [it.model_copy(update=values if it.slug == session.slug else {}) for it in document.sessions]
        return document.model_copy(update={"sessions": tuple(changed)})

    with refused("session_with_seats"):
        load_programme(document=with_session(is_published=False), by=None)
    _edition, changes = load_programme(document=with_session(status="cancelled"), by=None)

    assert changes.made[-1].startswith(f"1 person will be told: “{session.title}” is cancelled.")
    assert mails() == []


def test_a_file_that_enlarges_a_room_serves_who_waits_in_other_editions_at_once(morning, people, edition):
    session = morning[1]
    edition.venue = session.edition.venue
    edition.save()
    room = RoomFactory(venue=edition.venue, capacity=2)
    Session.objects.filter(pk=session.pk).update(room=room, capacity=None)
    fill(session, people[:3])
    document = dump_programme(edition=edition)
    rooms = tuple(it.model_copy(update={"capacity": 3}) for it in document.venue.rooms)

    larger = document.model_copy(update={"venue": document.venue.model_copy(update={"rooms": rooms})})
    load_programme(document=larger, by=None)

    assert states(people[2]) == {("technical-morning", "held")}


# Organisers


def test_an_organiser_gives_a_seat_in_place_of_another_and_it_shows(morning, people, organiser):
    governance, technical = morning
    choose(people[0], governance)

    assert assign_seat(participant=people[0], session=technical, by=organiser)
    assert not assign_seat(participant=people[0], session=technical, by=organiser)

    assert states(people[0]) == {("technical-morning", "held")}
    assert (Seat.objects.get().assigned_by, Seat.objects.get().is_overbooked) == (organiser, False)
    assert mails() == [("seat_assigned", people[0].user.email)]
    assert titles_in(others_messages().get().text) == [technical.title, governance.title]


def test_a_full_session_is_overbooked_with_a_reason_only(morning, people, organiser):
    technical = morning[1]
    fill(technical, people[:4])

    with pytest.raises(ProgrammeError, match="is full: 2 of 2. Enter a reason"):
        assign_seat(participant=people[3], session=technical, by=organiser)
    assign_seat(participant=people[3], session=technical, by=organiser, reason="Speaks there")

    seat = people[3].seats.get()
    assert (seat.state, seat.is_overbooked, seat.reason) == ("held", True, "Speaks there")
    release_seat(participant=people[0], session=technical, by=people[0].user)
    assert line(technical) == ["Person 2"]  # the place that became free was one too many


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("another edition", "other_edition"),
        ("cancelled", "session_without_seats"),
        ("not registered", "not_registered"),
        ("not published", "session_without_seats"),
        ("over", "session_without_seats"),
    ],
)
def test_an_organiser_gives_no_seat_where_there_is_none(morning, people, organiser, what, code):
    session, participant = morning[1], people[0]
    if what == "another edition":
        participant = ParticipantFactory()
    elif what == "cancelled":
        cancel_session(session=session, by=organiser)
    elif what == "not published":
        Session.objects.filter(pk=session.pk).update(is_published=False)
    elif what == "over":
        earlier = timezone.now() - dt.timedelta(hours=2)
        Session.objects.filter(pk=session.pk).update(starts_at=earlier, ends_at=earlier + dt.timedelta(hours=1))
    else:
        withdraw(participant=participant, by=participant.user)

    with refused(code):
        assign_seat(participant=participant, session=session, by=organiser, reason="Because")

    assert not Seat.objects.exists()


def test_taking_a_seat_tells_why_and_happens_once(morning, people, organiser):
    choose(people[0], morning[0])
    seat = people[0].seats.get()

    assert remove_seat(seat=seat, by=organiser, reason="Speakers only")
    assert not remove_seat(seat=seat, by=organiser)

    assert mails() == [("seat_removed", people[0].user.email)]
    assert "Speakers only" in others_messages().get().text


# What the database refuses


def test_the_database_refuses_two_seats_at_the_same_time(morning, people):
    governance, technical = morning
    SeatFactory(participant=people[0], session=governance)

    with pytest.raises(IntegrityError, match="seat_one_at_a_time"):
        SeatFactory(participant=people[0], session=technical)


def test_the_database_refuses_to_move_a_session_onto_another_seat(tracks, people):
    one, other = tracks["governance-morning"], tracks["technical-afternoon"]
    tracks["technical-morning"].delete()
    for session in (one, other):
        SeatFactory(participant=people[0], session=session)

    with pytest.raises(IntegrityError, match="seat_one_at_a_time"):
        Session.objects.filter(pk=other.pk).update(starts_at=one.starts_at, ends_at=one.ends_at)


def test_the_database_refuses_more_people_than_seats(morning, people):
    for participant in people[:2]:
        SeatFactory(participant=participant, session=morning[0])

    with pytest.raises(IntegrityError, match="all seats are taken"):
        SeatFactory(participant=people[2], session=morning[0])


def test_the_smaller_of_the_session_and_its_room_counts(morning, people):
    governance = morning[0]
    governance.room = RoomFactory(venue=governance.edition.venue, capacity=1)
    governance.save()

    assert Session.objects.with_seats().get(pk=governance.pk).n_seats == 1
    SeatFactory(participant=people[0], session=governance)
    with pytest.raises(IntegrityError, match="all seats are taken"):
        SeatFactory(participant=people[1], session=governance)


def test_the_database_refuses_a_seat_of_another_edition(morning, fire_deferred_triggers):
    SeatFactory(participant=ParticipantFactory(), session=morning[0])

    with pytest.raises(IntegrityError, match="participant_id_same_edition"):
        fire_deferred_triggers()


@pytest.mark.parametrize("values", [{"held_at": None}, {"is_overbooked": True}])
def test_the_database_refuses_half_a_story(morning, people, values):
    with pytest.raises(IntegrityError, match="seat_is"), transaction.atomic():
        SeatFactory(participant=people[0], session=morning[0], **values)


def test_withdrawing_by_any_way_frees_the_seats(morning, people):
    SeatFactory(participant=people[0], session=morning[0])

    with connection.cursor() as cursor:
        cursor.execute("UPDATE programme_participant SET state = 'withdrawn' WHERE id = %s", [people[0].pk])

    assert not Seat.objects.exists()


def test_choosing_costs_the_same_however_many_people_and_sessions(
    tracks, people, open_edition, delegation, django_assert_num_queries
):
    n_queries = 12
    words_of(open_edition)  # read once in a transaction, and this test is one
    two = (tracks["governance-morning"], tracks["technical-afternoon"])
    wishes = [wish(session) for session in two]
    with django_assert_num_queries(n_queries):
        choose_seats(participant=people[0], wishes=wishes, by=people[0].user)

    delegation.quota = 100
    delegation.save()
    Session.objects.update(capacity=50)
    for number in range(10):
        later = dt.timedelta(days=20 + number)
        for session in two:
            SessionFactory(
                edition=open_edition,
                track=session.track,
                starts_at=session.starts_at + later,
                ends_at=session.ends_at + later,
            )
    for participant in ParticipantFactory.create_batch(30, delegation=delegation):
        choose(participant, two[0], two[1])
    with django_assert_num_queries(n_queries):
        choose_seats(participant=people[1], wishes=wishes, by=people[1].user)
