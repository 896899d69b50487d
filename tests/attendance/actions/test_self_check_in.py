"""Checking oneself in by the code on the room's screen."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.check_ins import Scan, check_in
from attendance.actions.evidence import record_join
from attendance.actions.self_check_in import check_oneself_in, set_room_screen
from attendance.models import Attendance, Evidence, RoomScreen
from attendance.personal_links.room_codes import code_of
from tests.factories.programme import SessionFactory, TrackFactory
from tests.refusals import refused
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_room(running):
    running.format = "in_person"
    running.save()
    RoomScreen.objects.create(session=running, takes_self_check_in=True)
    return running


def enters(who, session, code=None):
    code = code_of(session, timezone.now()) if code is None else code
    return check_oneself_in(participant=who, session=session, code=code, by=who.user)


def test_who_enters_the_code_of_the_moment_is_there_by_their_own_word(in_room, ana):
    first, second = enters(ana, in_room), enters(ana, in_room)

    assert first == second == Evidence.objects.get()
    assert (first.kind, first.by) == ("self", ana.user)
    row = Attendance.objects.get()
    assert (row.status, row.source) == ("present", "self")


def test_a_scan_at_the_door_is_trusted_more_and_a_click_less(in_room, ana, desk):
    in_room.meeting_url = "https://meet.example/abc"
    in_room.save()
    record_join(participant=ana, session=in_room, by=ana.user)
    enters(ana, in_room)
    assert Attendance.objects.get().source == "self"

    check_in(person=ana.pk, session=in_room, scan=Scan("00000000-0000-4000-8000-000000000001"), by=desk)

    assert Attendance.objects.get().source == "door"


def test_who_was_scanned_at_the_door_adds_nothing(in_room, ana, desk):
    check_in(person=ana.pk, session=in_room, scan=Scan("00000000-0000-4000-8000-000000000001"), by=desk)

    assert enters(ana, in_room, code="wrong").kind == "door"
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize("seconds", [40, 60, 3600])
def test_a_photo_is_worth_nothing_after_forty_seconds(in_room, ana, seconds):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        photo = code_of(in_room, timezone.now())
        clock.shift(seconds)

        with refused("room_code_wrong" if seconds < 3000 else "check_in_closed"):
            enters(ana, in_room, photo)

    assert not Evidence.objects.exists()
    assert not Attendance.objects.exists()


def test_the_code_of_another_session_is_refused(in_room, ana):
    other = SessionFactory(edition=in_room.edition, format="in_person", slug="other")

    with refused("room_code_wrong"):
        enters(ana, in_room, code_of(other, timezone.now()))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": "online"}, "self_check_in_off"),
        ({"status": "cancelled"}, "check_in_closed"),
        ({"starts_at": dt.timedelta(hours=2), "ends_at": dt.timedelta(hours=3)}, "check_in_closed"),
        ({"starts_at": -dt.timedelta(hours=3), "ends_at": -dt.timedelta(minutes=1)}, "check_in_closed"),
    ],
    ids=["online", "cancelled", "before the door opens", "over"],
)
def test_it_is_only_for_open_sessions_in_person(in_room, ana, changes, code):
    now = timezone.now()
    for name, value in changes.items():
        setattr(in_room, name, now + value if isinstance(value, dt.timedelta) else value)
    in_room.save()

    with refused(code):
        enters(ana, in_room)

    assert not Evidence.objects.exists()


def test_it_is_off_until_an_organiser_switches_it_on(running, ana, organiser):
    running.format = "in_person"
    running.save()
    with refused("self_check_in_off"):
        enters(ana, running)

    set_room_screen(session=running, takes_self_check_in=True, missing="numbers", by=organiser)

    assert enters(ana, running).kind == "self"


def test_who_has_no_seat_or_no_longer_takes_part_is_refused(in_room, ana):
    in_room.track = TrackFactory(edition=in_room.edition)
    in_room.save()
    with refused("no_seat"):
        enters(ana, in_room)

    ana.state = "withdrawn"
    ana.save()
    with refused("not_registered"):
        enters(ana, in_room)


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_piece_of_evidence(in_room, ana):
    in_threads([lambda: enters(ana, in_room)] * 2)

    assert Evidence.objects.count() == 1
