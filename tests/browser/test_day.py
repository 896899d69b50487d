"""A whole day at the door: three devices, a dead network from 08:30 to 09:10, 60 people, a wrong room, an undo (decision 60)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.signals import request_started
from playwright.sync_api import expect

from attendance.models import Attendance, Evidence
from tests.browser import test_door
from tests.browser.test_door import (
    CLOCK,
    DOOR,
    PHONE,
    READY,
    answer,
    at_the_door,
    go_offline,
    go_online,
    scan,
    until_sent,
)
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import EditionFactory, SessionFactory, TrackFactory

desk = test_door.desk  # a fixture
ZONE = ZoneInfo("Europe/Madrid")
HOURS_OFF = (0, 3, -11)  # by the devices' clocks
CLOCK_OF_THE_DAY = CLOCK.replace("OFF", "Number(sessionStorage.ahead ?? AHEAD)")  # outlives a reload
N_OTHERS = 56


def at(clock):
    """Return the moment of the day at a time in Madrid, such as "08:30"."""
    return dt.datetime.combine(dt.date(2026, 5, 12), dt.time.fromisoformat(clock), ZONE)


def ahead(clock, hours_off):
    """Return by how many milliseconds a device's clock is then before the clock of this machine."""
    real = time_machine.escape_hatch.time.time()
    return int((at(clock).timestamp() - real + hours_off * 3600) * 1000)


def until_heard(page):
    """Wait for an answer to a request that began now, as devices send one every five seconds. None is under way after it.

    An answer that was under way while the clocks of the day moved has the time before, or comes to a device that has not moved
    yet: it takes its clock for wrong by as much, and no seconds of the page tell otherwise, as they do not move along.
    """
    with page.expect_request("**/count/") as asked:
        pass
    asked.value.response()


class Day:
    """The time of the day, for the server and three devices, and whom they scanned when."""

    def __init__(self, traveller, doors):
        self.traveller, self.doors, self.clock, self.scanned = traveller, doors, "08:10", {}

    def goes_on_to(self, clock):
        self.clock = clock
        self.traveller.move_to(at(clock))
        for door, hours_off in zip(self.doors, HOURS_OFF, strict=True):
            door.page.evaluate("ahead => { sessionStorage.ahead = ahead; }", ahead(clock, hours_off))

    def scan(self, people):
        """Each device scans one of these people after the other."""
        for number, person in enumerate(people):
            self.scan_at(number % 3, person)

    def scan_at(self, n, person):
        scan(self.doors[n].page, person)
        self.scanned.setdefault(person, self.clock)


@pytest.fixture
def programme(db):
    """A morning for everybody, and two workshops at once for those who have a seat."""
    edition = EditionFactory(slug="academy", name="Academy", first_on=at("00:00").date(), last_on=at("00:00").date())
    times = {"starts_at": at("11:00"), "ends_at": at("12:30")}
    about = {"edition": edition, "status": "confirmed", "format": "in_person"}
    morning = {"starts_at": at("09:00"), "ends_at": at("10:30")}
    SessionFactory(slug="peer-learning", title="Peer-learning", is_core=True, **morning, **about)
    for name in ("Governance", "Technical"):
        track = TrackFactory(edition=edition, name=name)
        SessionFactory(slug=name.lower(), title=f"{name} workshop", track=track, **times, **about)
    return edition


@pytest.fixture
def day(programme, visit, desk):
    """Ten past eight: three devices are about to open the door."""
    with time_machine.travel(at("08:10")) as traveller:
        doors = []
        for hours_off in HOURS_OFF:
            door = visit(**PHONE)
            door.page.context.add_init_script(CLOCK_OF_THE_DAY.replace("AHEAD", str(ahead("08:10", hours_off))))
            doors.append(door)
        yield Day(traveller, doors)


def counted_at(session):
    """Return who is checked in at a door and counts, with the moment, each as often as they count."""
    pieces = Evidence.objects.effective().filter(session=session, kind="door").select_related("participant")
    return [(it.participant, it.observed_at) for it in pieces.order_by("participant")]


@pytest.fixture
def posts():
    """Return the scans that reach the site from now on: `posts()`. Browsers look for a new service worker all the same."""
    seen = []

    def note(environ, **_more):
        seen.extend([environ["PATH_INFO"]] if environ["REQUEST_METHOD"] == "POST" else [])

    def begin():
        request_started.connect(note)
        return seen

    yield begin
    request_started.disconnect(note)


def test_a_day_with_three_devices_and_a_dead_network_counts_everybody_once(day, programme, desk, posts):
    morning, governance, technical = (
        programme.sessions.get(slug=it) for it in ("peer-learning", "governance", "technical")
    )
    people = test_door.many_people(morning, N_OTHERS)
    girona = DelegationFactory(edition=programme, city__name="Girona", quota=10)
    robin, lukasz, _sinead, sean = [
        ParticipantFactory(delegation=girona, user__name=it)
        for it in ("Robin Room", "Łukasz Nowak", "Sinéad Murphy", "Seán Murphy")
    ]
    SeatFactory(participant=robin, session=technical)
    first, second, third = day.doors
    for door in day.doors:
        at_the_door(door, desk)

    day.goes_on_to("08:15")
    for door in day.doors:
        until_heard(door.page)
    day.scan(people[:20])
    first.page.get_by_label("Or search for a name").fill("murphy")
    first.page.get_by_role("button", name="Check in Sinéad Murphy").click()  # it is Seán who has come
    expect(answer(first.page, "checked_in")).to_contain_text("Sinéad Murphy")
    first.page.get_by_role("button", name="Undo Sinéad Murphy").click()
    expect(answer(first.page, "undone")).to_contain_text("Sinéad Murphy")
    day.scan_at(0, sean)
    for door in day.doors:
        until_sent(door.page)

    day.goes_on_to("08:30")
    for door in day.doors:
        until_heard(door.page)
        go_offline(door.page)
    arrived = posts()
    day.goes_on_to("08:35")
    day.scan(people[20:35])
    wanda = ParticipantFactory(delegation=girona, user__name="Wanda Walker")  # registers this morning, on her own phone
    day.goes_on_to("08:45")
    day.scan_at(1, wanda)
    expect(answer(second.page, "unknown_here")).to_be_visible()
    day.scan(people[35:45])
    second.page.reload()
    second.page.wait_for_selector("[data-ready]")
    day.goes_on_to("08:55")
    day.scan_at(0, robin)
    expect(answer(first.page, "noted")).to_contain_text("Robin Room")
    third.page.get_by_label("Or search for a name").fill("murphy")
    third.page.get_by_role("button", name="Check in Sinéad Murphy").click()
    third.page.get_by_role("list", name="Not sent yet").get_by_role("button", name="Undo Sinéad Murphy").click()
    day.goes_on_to("09:05")
    day.scan(people[45:])
    day.scan_at(2, robin)  # goes in by the other entrance
    day.scan_at(1, lukasz)
    expect(answer(second.page, "noted")).to_contain_text("Łukasz Nowak")
    assert arrived == []  # the network is dead
    assert sorted(map(str, dict(counted_at(morning)))) == sorted(map(str, [*people[:20], sean]))

    day.goes_on_to("09:10")
    for door in day.doors:
        go_online(door.page)
        until_sent(door.page)

    came = [*people, sean, wanda, robin, lukasz]
    counted = counted_at(morning)
    assert len(came) == len(counted) == 60
    assert {person for person, _at in counted} == set(came)
    off = {person: moment - at(day.scanned[person]) for person, moment in counted}
    assert {it: off[it] for it in off if abs(off[it]) > dt.timedelta(minutes=4)} == {}  # not when it was sent
    assert set(Attendance.objects.established().values_list("participant", "status")) == {
        (it.pk, "present") for it in came
    }
    for door in day.doors:
        expect(door.page.get_by_text("Here: 60 of 61")).to_be_visible()
    expect(first.page.locator("#differences")).to_be_hidden()
    expect(second.page.locator("#differences li")).to_have_count(1)
    expect(second.page.locator("#differences li")).to_contain_text("Wanda Walker")
    expect(third.page.locator("#differences li")).to_have_count(1)
    expect(third.page.locator("#differences li")).to_contain_text("Already checked in")

    day.goes_on_to("10:50")
    for door, session in ((first, governance), (third, technical)):
        door.open(DOOR.replace("peer-learning", session.slug))
        door.page.evaluate(READY)
    scan(first.page, robin)
    expect(answer(first.page, "elsewhere")).to_contain_text("Has a seat in “Technical workshop”")
    scan(first.page, lukasz)
    expect(answer(first.page, "elsewhere")).to_contain_text("Has no seat in any session at this time.")
    first.page.get_by_role("button", name="Check in here anyway").click()
    expect(answer(first.page, "checked_in")).to_contain_text("Łukasz Nowak")
    scan(third.page, robin)
    expect(answer(third.page, "checked_in")).to_contain_text("Robin Room")

    assert [[it for it, _at in counted_at(session)] for session in (governance, technical)] == [[lukasz], [robin]]
    complaints = [it for door in day.doors for it in door.complaints]
    assert [it for it in complaints if "Failed to load resource" not in it] == []  # no network, and refused scans
