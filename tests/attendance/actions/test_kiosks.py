"""Kiosks: devices that check people in without anybody signed in."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.check_ins import Scan
from attendance.actions.kiosks import add_kiosk, open_kiosk, revoke_kiosk, scan_at_kiosk
from attendance.models import Evidence, Kiosk
from programme.rules.local_times import local_day
from tests.dump import found_in_dump
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 5, 11, 0, tzinfo=dt.UTC)


@pytest.fixture
def made(in_room, organiser):
    day = local_day(timezone.now(), in_room.edition.zone)
    return add_kiosk(edition=in_room.edition, name="Main entrance", day=day, session=in_room, by=organiser)


@pytest.fixture
def kiosk(made):
    return made[0]


def scan(kiosk, person):
    return scan_at_kiosk(kiosk=kiosk, person=person and person.pk, scan=Scan(uuid.uuid4()))


def test_a_scan_at_a_kiosk_is_a_door_scan_that_names_the_device(kiosk, ana):
    first, second = scan(kiosk, ana), scan(kiosk, ana)

    assert [first.answer, second.answer] == ["checked_in", "already"]
    piece = Evidence.objects.get()
    assert (piece.kind, piece.kiosk, piece.by) == ("door", kiosk, None)
    kiosk.refresh_from_db()
    assert kiosk.last_used_at is not None


def test_a_kiosk_knows_nobody_of_another_edition(kiosk, edition):
    elsewhere = ParticipantFactory(delegation__edition=edition)

    assert [scan(kiosk, elsewhere).answer, scan(kiosk, None).answer] == ["wrong_edition", "unknown"]
    assert not Evidence.objects.exists()


def test_a_kiosk_of_a_day_is_for_its_sessions_in_person_only(in_room, ana, organiser):
    day = local_day(timezone.now(), in_room.edition.zone)
    of_day, _token = add_kiosk(edition=in_room.edition, name="All", day=day, session=None, by=organiser)
    tomorrow = day + dt.timedelta(days=1)
    next_day, _token = add_kiosk(edition=in_room.edition, name="Next", day=tomorrow, session=None, by=organiser)

    assert scan(next_day, ana).answer == "closed"
    assert scan(of_day, ana).evidence.session == in_room


def test_a_kiosk_of_a_day_checks_people_in_to_the_next_session_while_one_runs(open_edition, delegation, organiser):
    ana, hour, answers = ParticipantFactory(delegation=delegation), dt.timedelta(hours=1), []
    with time_machine.travel(NOON, tick=False):
        running, following = (
            SessionFactory(
                edition=open_edition, format="in_person", status="confirmed", starts_at=it, ends_at=it + hour
            )
            for it in (NOON, NOON + hour)
        )
        day = running.local_day
        of_day, _token = add_kiosk(edition=open_edition, name="All", day=day, session=None, by=organiser)
    for minutes in (30, 50, 50):
        with time_machine.travel(NOON + dt.timedelta(minutes=minutes), tick=False):
            answers.append(scan(of_day, ana))

    assert [(it.answer, it.evidence.session) for it in answers] == [
        ("checked_in", running),
        ("checked_in", following),
        ("already", following),
    ]


def test_a_session_that_went_online_has_no_door(kiosk, in_room, ana):
    in_room.format = "online"
    in_room.save()

    assert scan(kiosk, ana).answer == "closed"


def test_a_link_gives_one_device_a_key_and_neither_is_in_the_database(made):
    kiosk, token = made

    opened, key = open_kiosk(token=token)

    assert opened == kiosk
    assert open_kiosk(token=token) is None
    assert [Kiosk.objects.of_key(it).first() for it in (key, token, "")] == [kiosk, None, None]
    assert found_in_dump({"token": token, "key": key}) == set()


@pytest.mark.django_db(transaction=True)
def test_two_devices_that_open_a_link_at_once_are_one(made):
    results = in_threads([lambda: open_kiosk(token=made[1])] * 2)

    assert sum(it is not None for it in results) == 1


def test_a_revoked_kiosk_is_useless_at_once(made, ana, organiser):
    kiosk, token = made
    assert revoke_kiosk(kiosk=kiosk, by=organiser)
    assert not revoke_kiosk(kiosk=kiosk, by=organiser)

    with refused("kiosk_revoked"):
        scan(kiosk, ana)

    assert open_kiosk(token=token) is None
    assert not Evidence.objects.exists()


def test_a_kiosk_works_until_its_day_is_over(open_edition, organiser, delegation):
    ana = ParticipantFactory(delegation=delegation)
    late = {"starts_at": NOON + dt.timedelta(hours=11), "ends_at": NOON + dt.timedelta(hours=14)}
    with time_machine.travel(NOON, tick=False):
        session = SessionFactory(edition=open_edition, format="in_person", status="confirmed", **late)
        kiosk, _token = add_kiosk(edition=open_edition, name="K", day=session.local_day, session=None, by=organiser)
        with refused("day_over"):
            add_kiosk(edition=open_edition, name="K", day=dt.date(2026, 11, 4), session=None, by=organiser)
    midnight = dt.datetime(2026, 11, 6, tzinfo=open_edition.zone)

    with time_machine.travel(midnight, tick=False), refused("kiosk_revoked"):
        scan(kiosk, ana)
    with time_machine.travel(midnight - dt.timedelta(seconds=1), tick=False):
        assert scan(kiosk, ana).answer == "checked_in"
