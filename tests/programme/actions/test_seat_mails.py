"""Emails about seats that became untrue before they were sent: withdrawn, and replaced while the person has the seat."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programme.actions.registrations import withdraw
from programme.actions.seats import assign_seat, release_seat, remove_seat, take_offered_seat
from programme.actions.session_changes import follow_changes
from programme.actions.sessions import cancel_session, save_session
from programme.actions.untrue_messages import take_back_waiting
from programme.actions.waiting_lists import serve_waiting_lists
from programme.models import Announcement, Session
from programme.queries.announcements import differences_in
from tests.factories.people import ParticipantFactory, SeatFactory, everybody_was_told
from tests.factories.programme import SessionFactory, TrackFactory
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.mime import Content
from udtacademy.outbox.models import Message

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def people(delegation):
    delegation.quota = 60
    delegation.save()
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(4)]


@pytest.fixture
def sessions(open_edition):
    """Art and bridges, at the same time in three days, with a place each."""
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=3)
    return [
        SessionFactory(
            edition=open_edition,
            slug=slug,
            title=slug.capitalize(),
            status="confirmed",
            capacity=1,
            track=TrackFactory(edition=open_edition, position=position),
            starts_at=starts_at,
            ends_at=starts_at + HOUR,
        )
        for position, slug in enumerate(("art", "bridges"), start=7)
    ]


@pytest.fixture
def swap(sessions, people):
    """The second person sits in bridges, and waits for art, in which the first sits. They were told."""
    art, bridges = sessions
    SeatFactory(participant=people[0], session=art)
    SeatFactory(participant=people[1], session=bridges)
    SeatFactory(participant=people[1], session=art, state="waiting")
    everybody_was_told(art.edition)
    return art, bridges


@pytest.fixture
def asked(swap, people):
    """It is half an hour before both, and the place in art is free: the second person is asked to take it."""
    starts_at = timezone.now().replace(microsecond=0) + HOUR / 2
    Session.objects.filter(pk__in=[it.pk for it in swap]).update(starts_at=starts_at, ends_at=starts_at + HOUR)
    people[0].seats.all().delete()
    everybody_was_told(swap[0].edition)
    serve_waiting_lists()
    assert states() == [("seat_offered", "queued")]
    for session in swap:
        session.refresh_from_db()
    return swap


def free(session, person, by):
    remove_seat(seat=person.seats.get(session=session), by=by)


def change(session, by, **values):
    session.refresh_from_db()
    for name, value in values.items():
        setattr(session, name, value)
    save_session(session=session, by=by)


def states():
    return list(Message.objects.order_by("pk").values_list("kind", "state"))


def titles_in(message):
    return re.findall("“([^”]+)”", message.text)


def sent():
    return [it.kind for it in Message.objects.filter(state="sent").order_by("pk")]


# A place that was offered


def test_an_offer_that_holds_is_sent(asked):
    deliver_messages()

    assert sent() == ["seat_offered"]
    offer = Announcement.objects.get(message__isnull=False, session=asked[0])
    assert (offer.is_offer, offer.state, offer.method) == (True, "sent", "")


@pytest.mark.parametrize(
    "what",
    ["taken by another", "taken by an organiser", "taken by themselves", "not waited for", "withdrawn", "cancelled"],
)
def test_an_offer_that_holds_no_more_is_not_sent(asked, people, organiser, what):
    art, _bridges = asked
    person = people[1]
    if what == "taken by another":
        SeatFactory(participant=people[2], session=art, state="waiting", offered_at=timezone.now())
        take_offered_seat(participant=people[2], session=art, by=people[2].user)
    elif what == "taken by an organiser":
        assign_seat(participant=people[2], session=art, by=organiser)
    elif what == "taken by themselves":
        take_offered_seat(participant=person, session=art, by=person.user)
    elif what == "not waited for":
        release_seat(participant=person, session=art, by=person.user)
    elif what == "withdrawn":
        withdraw(participant=person, by=organiser)
    else:
        cancel_session(session=art, by=organiser)

    deliver_messages()

    offer = Message.objects.get(kind="seat_offered")
    assert offer.state == "outdated"
    assert "“Art” is no longer offered" in offer.last_error
    assert "seat_offered" not in sent()
    assert sent() == [kind for kind, _state in states() if kind != "seat_offered"], "the others are"


@pytest.mark.parametrize("values", [{"status": "cancelled"}, {"is_published": False}, {"format": "break"}])
def test_an_offer_of_what_was_changed_by_hand_is_not_sent(asked, values):
    Session.objects.filter(pk=asked[0].pk).update(**values)

    deliver_messages()

    assert sent() == []


@pytest.mark.parametrize("which", [0, 1])
def test_an_offer_of_what_is_elsewhere_now_is_written_anew_once(asked, organiser, which):
    change(asked[which], organiser, title="Renamed")

    follow_changes()
    deliver_messages()

    assert [it for it in states() if it[0] == "seat_offered"] == [
        ("seat_offered", "outdated"),
        ("seat_offered", "sent"),
    ]
    assert "“Renamed”" in Message.objects.filter(kind="seat_offered").latest("pk").text


def test_of_two_offers_the_later_one_is_sent(asked, people, organiser):
    art, _bridges = asked
    assign_seat(participant=people[2], session=art, by=organiser)
    free(art, people[2], organiser)

    deliver_messages()

    offers = Message.objects.filter(kind="seat_offered").order_by("pk")
    assert [it.state for it in offers] == ["outdated", "sent"]


def test_comparing_offers_is_part_of_the_one_query(asked):
    with CaptureQueriesContext(connection) as captured:
        deliver_messages()

    assert sum('FROM "programme_announcement"' in it["sql"] for it in captured if "is_asked" in it["sql"]) == 1
    assert sum('"programme_seat"' in it["sql"] for it in captured) == 1


# Seats that others gave, or took


def test_calendar_files_are_made_when_the_email_is_sent_and_stored_with_it(swap, people, organiser):
    art, _bridges = swap
    free(art, people[0], organiser)
    queued = Message.objects.get(kind="seat_promoted")
    files = calendars_of(queued)
    assert (queued.content, [it["method"] for it in files]) == (b"", ["REQUEST", "CANCEL"])

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=3)):
        deliver_messages()

    sent = Message.objects.get(kind="seat_promoted")
    assert sent.state == "sent"
    assert Content(bytes(sent.content)).calendars == files


def test_a_promotion_written_anew_wording(swap, people, organiser):
    art, _bridges = swap
    free(art, people[0], organiser)
    change(art, organiser, location="Blue room")

    deliver_messages()

    text = Message.objects.filter(kind="seat_promoted").latest("pk").text
    assert "You were on the waiting list for this session, and you now have a seat in it:\n\n• “Art”" in text
    assert "We have released your seat in “Bridges”.\n\nIf you prefer your old seat, decline" in text


def test_a_promotion_is_written_anew_with_what_was_given_up_and_the_way_back(swap, people, organiser):
    art, _bridges = swap
    free(art, people[0], organiser)
    change(art, organiser, location="Blue room")

    follow_changes()
    deliver_messages()

    old, new = Message.objects.filter(kind="seat_promoted").order_by("pk")
    assert (old.state, new.state) == ("outdated", "sent")
    assert titles_in(new) == ["Art", "Bridges"]
    assert "Blue room" in new.text
    assert "old seat" in new.text
    assert [(it["name"], it["method"]) for it in calendars_of(new)] == [
        ("art.ics", "REQUEST"),
        ("bridges.ics", "CANCEL"),
    ]
    with_time = Message.objects.filter(user=people[1].user, kind="changed")
    assert not with_time.exists(), "nobody is told twice"


def test_a_promotion_whose_way_back_is_closed_offers_none(swap, people, organiser):
    art, bridges = swap
    free(art, people[0], organiser)
    change(bridges, organiser, starts_at=bridges.starts_at + 5 * HOUR, ends_at=bridges.ends_at + 5 * HOUR)
    change(art, organiser, location="Blue room")

    deliver_messages()

    last = Message.objects.filter(kind="seat_promoted").latest("pk")
    assert titles_in(last) == ["Art", "Bridges"]
    assert "old seat" not in last.text


@pytest.mark.parametrize("what", ["given up", "again"])
def test_a_promotion_to_a_seat_that_is_gone_is_not_written_anew(swap, people, organiser, what):
    art, _bridges = swap
    free(art, people[0], organiser)
    release_seat(participant=people[1], session=art, by=people[1].user)
    if what == "again":
        SeatFactory(participant=people[1], session=art, is_promoted=True)
        change(art, organiser, location="Blue room")

    deliver_messages()

    assert "seat_promoted" not in sent()


def test_an_assignment_is_written_anew(swap, people, organiser):
    art, _bridges = swap
    assign_seat(participant=people[1], session=art, by=organiser, reason="Speaks there")
    change(art, organiser, location="Blue room")

    follow_changes()
    deliver_messages()

    old, new = Message.objects.filter(kind="seat_assigned").order_by("pk")
    assert (old.state, new.state) == ("outdated", "sent")
    assert titles_in(new) == ["Art", "Bridges"]
    assert "Blue room" in new.text
    assert {it["method"] for it in calendars_of(new)} == {"REQUEST", "CANCEL"}


def test_what_was_taken_before_its_entry_arrived_says_the_reason_all_the_same(sessions, people, organiser):
    """The entry that it would take out never came: only that part of it was overtaken."""
    art, _bridges = sessions
    assign_seat(participant=people[0], session=art, by=organiser)
    remove_seat(seat=people[0].seats.get(), by=organiser, reason="Too small")

    deliver_messages()
    follow_changes()

    assert states() == [("seat_assigned", "outdated"), ("seat_removed", "outdated"), ("seat_removed", "sent")]
    last = Message.objects.latest("pk")
    assert "Reason: Too small" in last.text
    assert calendars_of(last) == []


@pytest.fixture
def clash(sessions, people, organiser):
    """Somebody held both, before bridges came to be at the time of art."""
    art, bridges = sessions
    Session.objects.filter(pk=bridges.pk).update(starts_at=art.starts_at + 5 * HOUR, ends_at=art.ends_at + 5 * HOUR)
    for session in sessions:
        session.refresh_from_db()
        SeatFactory(participant=people[0], session=session)
    everybody_was_told(art.edition)
    change(bridges, organiser, starts_at=art.starts_at, ends_at=art.ends_at)
    assert states() == [("seat_clash", "queued")]
    return art, bridges


def test_a_clash_written_anew_wording(clash, people, organiser):
    art, _bridges = clash
    change(art, organiser, location="Blue room")

    deliver_messages()
    follow_changes()
    deliver_messages()

    old, new = Message.objects.filter(kind="seat_clash").order_by("pk")
    assert (old.state, new.state) == ("outdated", "sent")
    assert "You keep your seat in the session that you chose first:\n\n• “Art”" in new.text
    assert "Blue room" in new.text
    assert "You no longer have a seat in:\n\n• “Bridges”" in new.text


def test_a_clash_that_is_none_any_more_is_told_by_a_notice(clash, people, organiser):
    art, _bridges = clash
    change(art, organiser, starts_at=art.starts_at + 24 * HOUR, ends_at=art.ends_at + 24 * HOUR)

    deliver_messages()

    assert states() == [("seat_clash", "outdated")]
    (news,) = [it for it in differences_in(art.edition, timezone.now()).news if it.session.slug == "bridges"]
    assert news.is_owed


def test_writing_anew_costs_three_queries_and_a_few_for_each(swap, delegation, organiser):
    counts = []
    for n in (1, 5):
        session = SessionFactory(
            edition=swap[0].edition,
            track=TrackFactory(edition=swap[0].edition),
            status="confirmed",
            capacity=0,
            starts_at=swap[0].starts_at + n * 24 * HOUR,
            ends_at=swap[0].ends_at + n * 24 * HOUR,
        )
        for person in ParticipantFactory.create_batch(n, delegation=delegation):
            SeatFactory(participant=person, session=session, state="waiting")
        change(session, organiser, capacity=None)
        change(session, organiser, location="Blue room")
        with CaptureQueriesContext(connection) as captured:
            take_back_waiting(session.edition)
        counts.append(len(captured))
        assert Message.objects.filter(kind="seat_promoted", state="queued").count() == n
        deliver_messages()
        Message.objects.all().delete()

    assert (counts[1] - counts[0]) / 4 <= 4
