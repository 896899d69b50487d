"""The board by touch and by keyboard, Here in one tap, and what is done about people who missed a core session."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Attendance, Decision, Evidence
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from udtacademy.outbox.models import Message

PHONE = {"width": 375, "height": 740}
EDITION = "/admin/editions/academy/"
BOARD, MISSING = f"{EDITION}attendance/board/", f"{EDITION}attendance/missing/"
HOUR = dt.timedelta(hours=1)


def core_session(edition, slug, starts_at):
    times = {"starts_at": starts_at, "ends_at": starts_at + HOUR}
    return SessionFactory(edition=edition, slug=slug, title=slug.title(), is_core=True, status="confirmed", **times)


@pytest.fixture
def over(open_edition):
    return core_session(open_edition, "over", timezone.now().replace(microsecond=0) - 30 * HOUR)


@pytest.fixture
def running(open_edition):
    return core_session(open_edition, "running", timezone.now().replace(microsecond=0) - HOUR / 4)


@pytest.fixture
def people(open_edition, over):
    """Two cities: Ada, who coordinates, and Bo of Aveiro; Cleo of Bergen."""
    since = {"state_at": over.starts_at - HOUR}
    aveiro, bergen = (DelegationFactory(edition=open_edition, city__name=name) for name in ("Aveiro", "Bergen"))
    ada = ParticipantFactory(delegation=aveiro, user__name="Ada First", is_coordinator=True, **since)
    bo = ParticipantFactory(delegation=aveiro, user__name="Bo Second", **since)
    return [ada, bo, ParticipantFactory(delegation=bergen, user__name="Cleo Third", **since)]


def decide(page, n, reason):
    page.get_by_role("button", name="Decide about selected cells").click()
    page.get_by_role("radio", name="excused").check()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=f"Save decision about {n} cell").click()


def test_cells_are_selected_by_touch_and_by_column_and_city(visit, people, running, organiser):
    phone = visit(**PHONE, has_touch=True)
    phone.sign_in(organiser)
    phone.open(BOARD)
    page = phone.page
    cells = page.locator("[data-grid] td a")

    page.get_by_role("button", name="Select cells").tap()
    cells.nth(0).tap()
    cells.nth(2).tap()
    expect(page.get_by_text("2 selected")).to_be_visible()
    cells.nth(0).tap()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("button", name="Select open cells of Aveiro").tap()
    expect(page.get_by_text("4 selected")).to_be_visible()
    page.get_by_role("button", name="Clear selection").tap()
    page.get_by_role("button", name="Select open cells of Over").tap()
    expect(page.get_by_text("3 selected")).to_be_visible()
    expect(page.get_by_role("button", name="Select open cells of Over")).to_have_attribute("aria-pressed", "true")
    assert phone.violations() == []
    parts = [page.locator(it).bounding_box() for it in ("[data-grid] thead tr:first-child", "[data-selection]")]
    assert sum(it["height"] for it in parts) < PHONE["height"] * 0.4
    decide(page, 3, "A strike")

    expect(page.get_by_text("You have just saved 3 decisions.")).to_be_visible()
    assert set(Decision.objects.values_list("session__slug", "outcome")) == {("over", "excused")}
    assert phone.complaints == []


def test_a_decision_updates_the_standing_and_the_totals_on_the_board(visit, people, over, organiser):
    desktop = visit()
    desktop.sign_in(organiser)
    desktop.open(BOARD)
    page = desktop.page
    row = page.get_by_role("row", name="Bo Second")
    expect(row).to_contain_text("at risk 0/1 core")
    expect(page.locator(".academy-grid__total td")).to_have_text(["0/3"])

    row.get_by_title("missed").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Present: there for")).to_be_visible()
    dialog.get_by_role("radio", name="present", exact=True).check()
    dialog.get_by_label("Reason").fill("Sat beside Ada")
    page.keyboard.press("Enter")

    expect(row).to_contain_text("met 1/1 core")
    expect(page.locator(".academy-grid__total td")).to_have_text(["1/3"])
    expect(page.locator(".academy-grid__city td")).to_have_text(["1/2", "0/1"])
    shown = page.locator("[data-grid]").inner_text()
    page.reload()
    assert page.locator("[data-grid]").inner_text() == shown
    assert desktop.complaints == []


def test_a_column_is_selected_by_keyboard(visit, people, over, organiser):
    desktop = visit()
    desktop.sign_in(organiser)
    desktop.open(BOARD)
    desktop.page.get_by_role("button", name="Select open cells of Over").focus()
    desktop.page.keyboard.press("Space")
    expect(desktop.page.get_by_text("3 selected")).to_be_visible()
    desktop.page.get_by_role("button", name="Select open cells of Bergen").focus()
    desktop.page.keyboard.press("Enter")  # all of them are selected: not any more
    expect(desktop.page.get_by_text("2 selected")).to_be_visible()
    assert desktop.complaints == []


def test_a_column_is_selected_without_javascript(visit, people, over, organiser):
    desktop = visit(java_script_enabled=False)
    desktop.sign_in(organiser)
    desktop.open(BOARD)
    desktop.page.get_by_role("button", name="Select open cells of Over").click()
    desktop.page.get_by_role("checkbox", name="Cleo Third").uncheck()
    decide(desktop.page, 2, "A strike")

    expect(desktop.page.get_by_text("You have just saved 2 decisions.")).to_be_visible()
    assert not Decision.objects.filter(participant=people[2]).exists()


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_here_in_one_tap(visit, people, running, organiser, has_script):
    phone = visit(**PHONE, has_touch=True, java_script_enabled=has_script)
    phone.sign_in(organiser)
    phone.open(f"{EDITION}attendance/live/running/")
    page = phone.page

    page.get_by_role("button", name="Bo Second is here").tap()

    expect(page.get_by_text("ecorded as here")).to_be_visible()
    expect(page.get_by_role("button", name="Bo Second is here")).to_have_count(0)
    piece = Evidence.objects.get()
    assert (piece.kind, piece.by, piece.participant) == ("word", organiser, people[1])
    expect(page.get_by_text("1 of 3 expected are here")).to_be_visible()
    page.get_by_role("button", name="Undo: Bo Second is not here").tap()
    expect(page.get_by_text("0 of 3 expected are here")).to_be_visible()
    expect(page.get_by_role("button", name="Bo Second is here")).to_be_visible()
    assert not Attendance.objects.established().exists()
    assert phone.complaints == []


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_what_is_done_about_people_who_missed_a_session(visit, people, over, organiser, has_script):
    desktop = visit(java_script_enabled=has_script)
    desktop.sign_in(organiser)
    desktop.open(EDITION)
    page = desktop.page
    page.get_by_role("link", name="See who is missing").click()
    expect(page.get_by_text("Of 3 people expected, 0 were present and 3 are missing.")).to_be_visible()

    page.get_by_role("checkbox", name="Aveiro").check()
    page.get_by_role("button", name="Write to them").click()
    page.get_by_role("button", name="Send 2 emails").click()
    expect(page.get_by_text("Sending 2 emails.")).to_be_visible()
    expect(page.get_by_role("link", name="emailed")).to_have_count(2)
    page.get_by_role("checkbox", name="Bo Second").check()
    page.get_by_role("button", name="Ask the coordinators").click()
    page.get_by_role("button", name="Send 1 email").click()
    expect(page.get_by_role("link", name="asked")).to_have_count(1)
    page.get_by_role("checkbox", name="Cleo Third").check()
    page.get_by_role("button", name="Excuse").click()
    page.get_by_label("Why are they excused?").fill("Ill")
    page.get_by_role("button", name="Save decision about 1 person").click()
    expect(page.get_by_text("You have just saved 1 decision.")).to_be_visible()
    page.get_by_role("checkbox", name="Bo Second").check()
    page.get_by_role("button", name="Record a make-up").click()
    page.get_by_label("What did they do instead?").fill("Watched the recording")
    page.get_by_role("button", name="Save decision about 1 person").click()

    expect(page.get_by_text("and 1 is missing")).to_be_visible()
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["missed", "missed", "missed_question"]
    assert sorted(Decision.objects.values_list("outcome", flat=True)) == ["excused", "made_up"]
    assert desktop.complaints == []


def test_boxes_of_a_city_and_of_all_follow_those_of_people(visit, people, over, organiser):
    ParticipantFactory(delegation=people[0].delegation, user__name="Lena Late", state_at=over.ends_at)
    desktop = visit()
    desktop.sign_in(organiser)
    desktop.open(MISSING)
    page = desktop.page
    names = ("Everybody", "Aveiro", "Bo Second", "Lena Late")
    everybody, aveiro, bo, late = (page.get_by_role("checkbox", name=name) for name in names)

    everybody.focus()
    page.keyboard.press("Space")
    expect(bo).to_be_checked()
    expect(aveiro).to_be_checked()
    expect(late).not_to_be_checked()  # registered later
    bo.focus()
    page.keyboard.press("Space")

    expect(everybody).not_to_be_checked()
    expect(aveiro).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="Cleo Third")).to_be_checked()


def test_these_pages_are_accessible_and_fit(visit, people, over, running, organiser):
    ExcuseFactory(participant=people[1], session=over)
    visitor = visit()
    visitor.sign_in(organiser)
    paths = [MISSING, f"{EDITION}attendance/live/running/", f"{EDITION}attendance/live/running/people/"]
    paths += [f"{BOARD}select/?session=over", f"{BOARD}{people[1].pk}/over/", BOARD]
    for path in paths:
        assert visitor.open(path).status == 200, path
        for look in visitor.looks():
            assert visitor.violations() == [], (path, look)
            assert not visitor.overflows(), (path, look)
    for name in ("Write to them", "Ask the coordinators", "Excuse", "Record a make-up"):
        visitor.open(MISSING)
        visitor.page.get_by_role("checkbox", name="Everybody").check()
        visitor.page.get_by_role("button", name=name).click()
        for look in visitor.looks():
            assert visitor.violations() == [], (name, look)
            assert not visitor.overflows(), (name, look)
    assert visitor.complaints == []
