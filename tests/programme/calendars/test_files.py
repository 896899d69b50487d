"""Calendar files in emails: what is sent, and what a calendar makes of it that is fed by two independent parsers."""

import datetime as dt
import re
from urllib.parse import unquote

import icalendar
import pytest
import time_machine
import vobject
from django.utils import timezone

from programme.actions.registrations import approve, withdraw
from programme.actions.seats import choose_seats, release_seat
from programme.actions.session_changes import follow_changes
from programme.actions.sessions import cancel_session
from programme.calendars.files import calendar_file
from programme.models import Seat, Session
from programme.queries.calendar_entries import CalendarEntry
from programme.rules.sessions import slots
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from udtacademy.outbox.contents import calendars_of
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


class Calendar:
    """Somebody's calendar, as RFC 5546 has it: one entry per UID; a later SEQUENCE wins, then a later DTSTAMP."""

    def __init__(self):
        self.entries = {}

    def take(self, text):
        calendar = vobject.readOne(text)
        event = calendar.vevent
        key = (int(event.sequence.value), event.dtstamp.value)
        if self.entries.get(event.uid.value, (key,))[0] > key:
            return
        is_cancelled = calendar.method.value == "CANCEL"
        self.entries[event.uid.value] = (key, "CANCELLED" if is_cancelled else event.status.value, event)

    def take_all(self, user):
        for message in user.messages.order_by("pk"):
            for file in calendars_of(message):
                self.take(file["text"])

    def statuses(self):
        return sorted(status for _key, status, _event in self.entries.values())


@pytest.fixture
def coming(open_edition):
    starts_at = timezone.now().replace(microsecond=0) + 7 * DAY
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


@pytest.fixture
def pia(open_edition):
    return ParticipantFactory(
        delegation=DelegationFactory(edition=open_edition), state="pending", user__name='Pia; "Pi", Paz\nBcc: x'
    )


def test_created_moved_and_cancelled_is_one_cancelled_entry(coming, pia, organiser):
    approve(participant=pia, by=organiser)
    deliver_messages()
    coming.starts_at += dt.timedelta(hours=2)
    coming.ends_at += dt.timedelta(hours=2)
    coming.save()
    for _again in range(2):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=20)):
            follow_changes()
            deliver_messages()
        cancel_session(session=coming, by=organiser)
    calendar = Calendar()

    calendar.take_all(pia.user)

    files = [file for message in Message.objects.order_by("pk") for file in calendars_of(message)]
    assert [it["method"] for it in files] == ["REQUEST", "REQUEST", "CANCEL"]
    sequences = [icalendar.Calendar.from_ical(it["text"]).walk("VEVENT")[0]["sequence"] for it in files]
    assert sequences == [0, 1, 2]
    assert calendar.statuses() == ["CANCELLED"]
    assert list(calendar.entries) == [str(coming.calendar_uid)]


def test_an_invitation_says_who_asks_whom_and_where_to_join(coming, pia):
    text = calendar_file(coming, pia, method="REQUEST", sequence=3, at=timezone.now())["text"]

    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    assert event["organizer"] == "mailto:academy@localhost"
    assert event["sequence"] == 3
    assert event["attendee"] == f"mailto:{pia.user.email}"
    assert event["attendee"].params["ROLE"] == "REQ-PARTICIPANT"
    assert event["attendee"].params["RSVP"] == "FALSE"
    assert event["description"].startswith("Join here: http://testserver/join/academy/peer-learning/")
    assert event["conference"] == "http://testserver/join/academy/peer-learning/"
    assert icalendar.Calendar.from_ical(text)["method"] == "REQUEST"
    assert "\nBcc:" not in text.replace("\r\n ", "")
    assert len(icalendar.Calendar.from_ical(text).walk("VTIMEZONE")) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ana+udt@girona.example", "mailto:ana+udt@girona.example"),
        ("100%25@girona.example", "mailto:100%2525@girona.example"),
        ("o'neill/ana?x=1&y#2@girona.example", "mailto:o'neill%2Fana%3Fx%3D1%26y%232@girona.example"),
        ('"a@b"@girona.example', "mailto:%22a%40b%22@girona.example"),
        ("josé@münchen.example", "mailto:jos%C3%A9@m%C3%BCnchen.example"),
    ],
)
def test_what_a_link_to_an_address_cannot_hold_is_escaped(coming, pia, settings, address, expected):
    settings.DEFAULT_FROM_EMAIL = f"Academy <{address}>"
    pia.user.email = address

    text = calendar_file(coming, pia, method="REQUEST", sequence=0, at=timezone.now())["text"].replace("\r\n ", "")

    assert re.findall(r"^(?:ORGANIZER|ATTENDEE);.*?:(mailto:.*)\r$", text, re.MULTILINE) == [expected, expected]
    assert unquote(expected) == f"mailto:{address}"


def test_lines_are_short_and_no_letter_is_cut_in_two(coming, pia):
    coming.title = coming.description = "Évaluation des jumeaux numériques – 数字孪生 🏙️ " * 4
    pia.user.name = "Bogdana Șerbănescu-Ștefănescu " * 5

    folded = calendar_file(coming, pia, method="REQUEST", sequence=0, at=timezone.now())["text"].encode().split(b"\r\n")

    assert max(map(len, folded)) <= 75
    assert all(line.decode() for line in folded[:-1])
    assert [it for it in folded if it.startswith(b"BEGIN:")][:2] == [b"BEGIN:VCALENDAR", b"BEGIN:VTIMEZONE"]
    event = vobject.readOne(calendar_file(coming, pia, method="REQUEST", sequence=0, at=timezone.now())["text"]).vevent
    assert event.summary.value == f"★ {coming.title}"
    assert event.attendee.params["CN"] == [pia.user.name]


def test_one_without_a_day_is_taken_out_of_calendars(coming, pia):
    coming.starts_at = coming.ends_at = None
    coming.date_hint = "December"

    assert CalendarEntry(exists=True).method(coming, is_theirs=True) == "CANCEL"
    assert CalendarEntry(exists=False).method(coming, is_theirs=True) is None
    file = calendar_file(coming, pia, method="CANCEL", sequence=1, at=timezone.now())
    assert vobject.readOne(file["text"]).vevent.status.value == "CANCELLED"


def test_registering_brings_the_core_sessions_and_withdrawing_takes_them(coming, open_edition, pia, organiser):
    earlier = {"starts_at": coming.starts_at - DAY, "ends_at": coming.ends_at - DAY}
    SessionFactory(
        edition=open_edition, slug="optional", starts_at=coming.starts_at - 2 * DAY, ends_at=coming.ends_at - 2 * DAY
    )
    SessionFactory(edition=open_edition, slug="first", is_core=True, **earlier)
    SessionFactory(edition=open_edition, slug="day", is_core=True, held_on=(timezone.now() + 9 * DAY).date())
    SessionFactory(edition=open_edition, slug="hint", date_hint="December")
    past = timezone.now() - DAY
    SessionFactory(edition=open_edition, slug="past", starts_at=past, ends_at=past + dt.timedelta(hours=1))
    SessionFactory(
        edition=open_edition, slug="hidden", starts_at=past + 3 * DAY, ends_at=past + 4 * DAY, is_published=False
    )

    approve(participant=pia, by=organiser)
    pia.refresh_from_db()
    assert [it["name"] for it in calendars_of(Message.objects.get())] == ["first.ics", "peer-learning.ics", "day.ics"]

    withdraw(participant=pia, by=pia.user)

    calendar = Calendar()
    calendar.take_all(pia.user)
    assert calendar.statuses() == ["CANCELLED"] * 3


def test_a_seat_given_up_and_taken_again_is_there_again(tracks, coordinator):
    session = tracks["technical-morning"]
    slot = next(it for it in slots(Session.objects.with_place()) if session in it.sessions)
    from programme.actions.wishes import Wish  # noqa: PLC0415 - only here

    def choose():
        choose_seats(participant=coordinator, wishes=[Wish(slot, session)], by=coordinator.user)

    now = timezone.now()
    for seconds, act in enumerate(
        [choose, lambda: release_seat(participant=coordinator, session=session, by=coordinator.user), choose]
    ):
        with time_machine.travel(now + dt.timedelta(seconds=seconds), tick=False):
            act()

    calendar = Calendar()
    calendar.take_all(coordinator.user)
    assert Seat.objects.held().count() == 1
    assert [calendars_of(it)[0]["method"] for it in coordinator.user.messages.order_by("pk")] == [
        "REQUEST",
        "CANCEL",
        "REQUEST",
    ]
    assert calendar.statuses() == ["TENTATIVE"]


def test_the_private_feed_says_where_to_join_and_the_public_one_does_not(client, coming, coordinator):
    private = client.get(f"/calendar/{coordinator.calendar_token}.ics").content.decode().replace("\r\n ", "")
    paths = ("/academy/programme.ics", "/academy/sessions/peer-learning.ics")
    public = [client.get(path).content.decode().replace("\r\n ", "") for path in paths]

    assert "http://testserver/join/academy/peer-learning/" in private
    assert ["BEGIN:VEVENT" in it for it in public] == [True, True]
    assert ["/join/" in it for it in public] == [False, False]
