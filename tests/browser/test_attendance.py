"""The story of a session: joined online, checked in at the door, seen on the board, decided, exported."""

import datetime as dt
import http.client
import re
import uuid
from collections import Counter
from contextlib import closing
from functools import partial
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Attendance, Decision, Evidence
from attendance.personal_links import badges
from programme.models import Participant
from tests.client import Client
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory
from tests.threads import in_threads
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

PHONE = {"width": 375, "height": 740}
BOARD = "/admin/editions/academy/attendance/board/"


@pytest.fixture
def desk(db):
    """As in conftest.py; but groups, which migrations make, are gone once a test has emptied the tables."""
    user = UserFactory(name="Desi Desk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_evidence"))
    return user


@pytest.fixture
def running(open_edition):
    """A core session that began five minutes ago, in a room and online at once."""
    now = timezone.now().replace(second=0, microsecond=0)
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        meeting_url="https://meet.example/peer-learning",
        format="in_person",
        starts_at=now - dt.timedelta(minutes=5),
        ends_at=now + dt.timedelta(minutes=55),
    )


@pytest.fixture
def team(open_edition):
    delegation = DelegationFactory(edition=open_edition, city__name="Girona", quota=10)
    names = ("Ada First", "Bo Second", "Cleo Third", "Dag Fourth", "Eva Fifth", "Fay Sixth", "=Gil Seventh")
    return [ParticipantFactory(delegation=delegation, user__name=name) for name in names]


def test_the_story_of_a_session(visit, running, team, desk, organiser):
    joins, *at_the_door, stays_away = team
    phone = visit(**PHONE)
    phone.sign_in(joins.user)
    phone.open("/portal/academy/")
    phone.page.get_by_role("button", name="Join now").click()
    expect(phone.page.get_by_role("link", name="Open the meeting")).to_have_attribute("href", running.meeting_url)

    door = visit(**PHONE)
    door.sign_in(desk)
    door.open("/check-in/academy/peer-learning/")
    for person in at_the_door[:4]:
        door.page.get_by_label("Code on the badge").fill(badges.code_of(person).lower())
        door.page.keyboard.press("Enter")
        expect(door.page.locator(".verdict__name")).to_have_text(str(person))
        expect(door.page.locator('[data-answer="checked_in"]')).to_be_visible()
    door.page.get_by_label("Or search for a name").press_sequentially("fay")
    door.page.get_by_role("button", name="Check in Fay Sixth").click()
    expect(door.page.locator(".verdict__name")).to_have_text("Fay Sixth")
    expect(door.page.locator(".verdict__word")).to_be_in_viewport()
    expect(door.page.get_by_text("Here: 6 of 7")).to_be_visible()  # one of them online
    assert not door.overflows()
    door.page.get_by_role("button", name="Undo", exact=True).first.click()
    expect(door.page.get_by_text("Here: 5 of 7")).to_be_visible()
    door.page.get_by_role("button", name="Check in Fay Sixth").click()
    expect(door.page.get_by_text("Here: 6 of 7")).to_be_visible()

    desktop = visit()
    desktop.sign_in(organiser)
    desktop.open(BOARD)
    grid = desktop.page.get_by_role("grid")
    expect(grid.get_by_text("6/7")).to_have_count(2)
    expect(grid.get_by_title("here so far: join click")).to_have_count(1)
    expect(grid.get_by_title("here so far: door")).to_have_count(5)
    grid.get_by_title("not here yet").focus()
    desktop.page.keyboard.press("Enter")
    dialog = desktop.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="present", exact=True).check()
    dialog.get_by_label("Reason").fill("Sat beside Fay")
    dialog.get_by_role("button", name="Save decision").click()
    expect(grid.get_by_title("present: decision")).to_be_focused()
    with desktop.page.expect_download() as download:
        desktop.page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert '"present: decision"' in text or "present: decision" in text
    assert "'=Gil Seventh" in text
    assert Decision.objects.get(participant=stays_away).reason == "Sat beside Fay"
    assert [*phone.complaints, *door.complaints, *desktop.complaints] == []


def test_cells_are_chosen_by_keyboard_and_decided_about_together(visit, running, team, organiser):
    desktop = visit()
    desktop.sign_in(organiser)
    desktop.open(BOARD)
    desktop.page.locator("[data-grid] td a").first.focus()
    for key in ("Space", "ArrowDown", "Space", "Shift+ArrowDown"):
        desktop.page.keyboard.press(key)
    expect(desktop.page.get_by_text("3 selected")).to_be_visible()

    desktop.page.get_by_role("button", name="Decide about selected cells").click()
    desktop.page.get_by_role("radio", name="excused").check()
    desktop.page.get_by_label("Reason").fill("Train strike")
    desktop.page.get_by_role("button", name="Save decision about 3 cells").click()

    expect(desktop.page.get_by_text("You have just saved 3 decisions.")).to_be_visible()
    assert Attendance.objects.filter(status="excused").count() == 3
    desktop.page.get_by_role("button", name="Undo").click()
    expect(desktop.page.get_by_text("3 decisions undone.")).to_be_visible()
    assert not Attendance.objects.established().exists()


def test_the_door_uploads_again_when_the_network_is_back(visit, running, team, desk):
    door = visit(**PHONE)
    door.sign_in(desk)
    door.open("/check-in/academy/peer-learning/")
    door.page.context.set_offline(True)
    door.page.get_by_label("Code on the badge").fill(badges.code_of(team[0]))
    door.page.keyboard.press("Enter")
    expect(door.page.get_by_text("Scans waiting for the network: 1.")).to_be_visible()

    door.page.context.set_offline(False)

    expect(door.page.locator("#latest")).to_contain_text("Ada First")  # by the server; the device has answered already
    assert Evidence.objects.get().participant == team[0]


def test_a_scan_made_while_signed_out_waits_until_one_is_back(visit, running, team, desk):
    door = visit(**PHONE)
    door.sign_in(desk)
    door.open("/check-in/academy/peer-learning/")
    door.page.context.clear_cookies()
    door.page.get_by_label("Code on the badge").fill(badges.code_of(team[0]))
    door.page.keyboard.press("Enter")
    expect(door.page.get_by_text("You are signed out. Scans waiting: 1.")).to_be_visible()

    door.sign_in(desk)
    door.page.context.new_page().goto(
        f"{door.site}/check-in/academy/peer-learning/"
    )  # pages with forms bring another token

    expect(door.page.locator("#latest")).to_contain_text("Ada First")  # whichever of the two tabs has sent it
    assert Evidence.objects.get().participant == team[0]


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_those_missing_are_nudged_and_one_asks_to_be_excused(visit, running, team, organiser, has_script):
    desktop = visit(java_script_enabled=has_script)
    desktop.sign_in(organiser)
    desktop.open("/admin/editions/academy/attendance/live/peer-learning/")
    desktop.page.get_by_role("button", name="Email 7 missing people").click()
    expect(desktop.page.get_by_text("7 emails will be sent")).to_be_visible()
    desktop.page.get_by_role("button", name="Send emails").click()
    expect(desktop.page.get_by_text("Sending 7 emails.")).to_be_visible()
    assert Message.objects.filter(kind="nudge").count() == 7

    phone = visit(java_script_enabled=has_script, **PHONE)
    phone.sign_in(team[0].user)
    phone.open("/portal/academy/attendance/peer-learning/request/")
    phone.page.get_by_label("Excuse me").check()
    phone.page.get_by_label("Tell us more").fill("A council meeting")
    phone.page.get_by_role("button", name="Send request").click()
    expect(phone.page.get_by_text("Your request (excuse): waiting for a decision")).to_be_visible()


@pytest.fixture
def pages(running, team, desk, organiser):
    """Who opens which page."""
    ParticipantFactory(delegation__edition=running.edition, user__name="N" * 60, delegation__city__name="C" * 50)
    coordinator = team[0]
    coordinator.is_coordinator = True
    coordinator.save()
    ExcuseFactory(participant=team[1], session=running, asked_by=coordinator.user)
    participants_pages = ["/portal/academy/attendance/", "/portal/academy/attendance/city/", "/me/academy/badge/"]
    staff = [
        BOARD,
        f"{BOARD}{team[1].pk}/peer-learning/",
        f"{BOARD}changes/",
        "/admin/editions/academy/outcomes/standing/",
    ]
    live = "/admin/editions/academy/attendance/live/peer-learning/"
    return {
        coordinator.user: [
            *participants_pages,
            "/join/academy/peer-learning/",
            "/me/academy/check-in/peer-learning/",
            "/portal/academy/attendance/peer-learning/request/",
            "/academy/sessions/peer-learning/",
            f"/portal/academy/attendance/city/{team[2].pk}/peer-learning/excuse/",
            "/portal/academy/",
        ],
        team[1].user: ["/portal/academy/attendance/"],
        desk: [
            "/check-in/academy/",
            "/check-in/academy/peer-learning/?q=a",
            "/check-in/academy/peer-learning/screen/",
            "/check-in/academy/peer-learning/rehearsal/",
        ],
        organiser: [*staff, live, f"{live}people/", f"{live}actual-time/", "/admin/", "/admin/attendance/excuse/"],
    }


def test_pages_about_attendance_are_accessible_fit_and_valid(visit, pages, html_findings, tmp_path):
    files = []
    for user, paths in pages.items():
        visitor = visit()
        visitor.sign_in(user)
        for path in paths:
            opened = visitor.open(path)
            assert opened.status == 200, path
            for look in visitor.looks():
                assert visitor.violations(*([] if "admin" in path else ["best-practice"])) == [], (path, look)
                assert "/admin/" in path or not visitor.overflows(), (path, look)
                assert "/admin/" in path or visitor.small_targets() == [], (path, look)
            if "/admin/" not in path:
                files.append(tmp_path / f"{len(files)}{path.replace('/', '-').replace('?', '-')}.html")
                files[-1].write_bytes(opened.body())
        assert visitor.complaints == []
    assert html_findings(*files) == ""


def test_eight_phones_at_once_check_everybody_in(site, running, desk):
    """Over HTTP, each phone one after the other; two phones scan everybody, so that half of the answers are "already"."""
    delegation = DelegationFactory(edition=running.edition, quota=100)
    users = User.objects.bulk_create(User(email=f"person{n}@many.example", name=f"Person {n}") for n in range(100))
    people = Participant.objects.bulk_create(
        Participant(user=user, delegation=delegation, edition=running.edition, state="registered") for user in users
    )
    client = Client()
    client.force_login(desk)
    cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={'a' * 32}"
    headers = {"Cookie": cookies, "HX-Request": "true", "X-CSRFToken": "a" * 32, "Origin": site}
    headers |= {"Content-Type": "application/x-www-form-urlencoded"}

    def scan_all(mine):
        statuses = []
        with closing(http.client.HTTPConnection(site.removeprefix("http://"))) as connection:
            for person in mine:
                form = urlencode({"code": badges.code_of(person), "scan_id": uuid.uuid4()})
                connection.request("POST", "/check-in/academy/peer-learning/", form, headers)
                response = connection.getresponse()
                text = response.read().decode()
                statuses.append((response.status, re.search(r'data-answer="(\w+)"', text).group(1)))
        return statuses

    tasks = [partial(scan_all, people[start::4]) for start in range(4)] * 2
    answers = Counter(answer for statuses in in_threads(tasks) for answer in statuses)

    assert answers == {(200, "checked_in"): 100, (200, "already"): 100}
    assert Evidence.objects.count() == 100
    assert Attendance.objects.filter(status="present").count() == 100
