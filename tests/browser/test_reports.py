"""From a platform's file to the board, and back."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from tests.attendance.meeting_reports.reading import files
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

REPORTS = "/admin/editions/academy/attendance/reports/"
BOARD = "/admin/editions/academy/attendance/board/"


@pytest.fixture
def sessions(open_edition):
    """Two core sessions: a week ago and yesterday."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return [
        SessionFactory(
            edition=open_edition,
            slug=slug,
            title=slug.capitalize(),
            is_core=True,
            status="confirmed",
            starts_at=noon - dt.timedelta(days=days),
            ends_at=noon - dt.timedelta(days=days) + dt.timedelta(hours=1),
        )
        for slug, days in (("first", 7), ("second", 1))
    ]


@pytest.fixture
def team(open_edition):
    names = ("Ana Anaya", "Bruno Bach", "Maria Garcia")
    girona = DelegationFactory(edition=open_edition, city__name="Girona", quota=5)
    graz = DelegationFactory(edition=open_edition, city__name="Graz", quota=5)
    people = [ParticipantFactory(delegation=girona, user__name=name) for name in names]
    return [*people, ParticipantFactory(delegation=graz, user__name="María García")]


def drop(visit, name, content, *, session=""):
    visit.open(f"{REPORTS}?session={session}")
    visit.page.get_by_label("Attendance reports of meetings").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    visit.page.get_by_role("button", name="Upload and read", exact=True).click()


def board(visit):
    visit.open(BOARD)
    return visit.page.locator("[data-grid]").inner_text()


def test_from_a_file_to_the_board_and_back(visit, sessions, team, organiser):
    first, second = sessions
    zone = first.edition.zone
    maria = team[3]
    visit = visit()
    visit.sign_in(organiser)
    before = board(visit)

    present = [("Ana Anaya", team[0].user.email, 0, 60), ("Bach, Bruno", "", 2, 58), ("Maria Garcia", "", 0, 60)]
    drop(visit, "zoom.csv", files.zoom([*present, ("Otter.ai", "", 0, 60)], first.starts_at, zone))
    expect(visit.page.get_by_text("First join")).to_be_visible()
    expect(visit.page.get_by_role("heading", name="To match (1)")).to_be_visible()
    choices = visit.page.get_by_role("group", name="Maria Garcia")
    choices.get_by_role("radio", name="decide later").focus()
    visit.page.keyboard.press("ArrowDown")  # the first of those suggested
    choices.get_by_role("radio", name=maria.user.email).check()
    visit.page.get_by_role("button", name="Save choices").click()
    expect(visit.page.get_by_text("1 choice saved.")).to_be_visible()
    visit.page.get_by_role("button", name="Apply report").click()
    expect(visit.page.get_by_text("Report applied. 3 attendances changed.")).to_be_visible()
    assert board(visit).count("✓") == before.count("✓") + 3

    drop(
        visit, "teams.csv", files.teams([("Ana Anaya", "", 0, 60), ("Maria Garcia", "", 0, 60)], second.starts_at, zone)
    )
    expect(visit.page.get_by_role("heading", name="Matched (2)")).to_be_visible()
    expect(visit.page.get_by_text("by alias")).to_be_visible()
    between = board(visit)
    visit.page.go_back()
    visit.page.get_by_role("button", name="Apply report").click()
    expect(visit.page.get_by_text("Report applied.")).to_be_visible()
    assert board(visit).count("✓") == between.count("✓") + 2
    visit.page.go_back()
    visit.page.get_by_role("button", name="Undo report").click()
    expect(visit.page.get_by_text("Report undone. 2 attendances changed.")).to_be_visible()
    assert board(visit) == between
    assert visit.complaints == []


def test_a_spanish_file_with_two_people_of_one_first_name(visit, sessions, team, organiser):
    first, _second = sessions
    ParticipantFactory(delegation=team[0].delegation, user__name="Ana Beltrán")
    visit = visit()
    visit.sign_in(organiser)
    before = board(visit)
    local = first.starts_at.astimezone(first.edition.zone)
    times = {n: f"{local + dt.timedelta(minutes=n):%H:%M}" for n in (0, 20, 60)}
    rows = [
        "Nombre,Apellido,Correo electrónico,Duración,Hora a la que se unió,Hora a la que abandonó la reunión",
        f"Ana,Anaya,,1 h,{times[0]},{times[60]}",
        f"Ana,Beltrán,,20 min,{times[0]},{times[20]}",
        f"Ana,,,40 min,{times[20]},{times[60]}",
    ]
    drop(visit, "reunión.csv", "\n".join(rows).encode(), session=first.slug)

    expect(visit.page.get_by_role("heading", name="To match (1)")).to_be_visible()
    visit.page.get_by_role("group", name="Ana").get_by_role("radio", name="not a participant").check()
    visit.page.get_by_role("button", name="Save choices").click()
    visit.page.get_by_role("button", name="Apply report").click()

    expect(visit.page.get_by_text("Report applied.")).to_be_visible()
    board(visit)
    grid = visit.page.get_by_role("grid")
    expect(grid.get_by_title("present: 60 minutes, meeting report")).to_have_count(1)
    expect(grid.get_by_title("partly present: 20 minutes, meeting report")).to_have_count(1)
    visit.page.go_back()
    visit.page.get_by_role("button", name="Undo report").click()
    expect(visit.page.get_by_text("Report undone.")).to_be_visible()
    assert board(visit) == before
    assert visit.complaints == []


def test_a_click_that_the_report_does_not_confirm_is_decided_about(visit, sessions, team, organiser):
    """Click, end, report without the clicker, decision."""
    _first, session = sessions
    session.meeting_url = "https://meet.example/second"
    session.save()
    clicker = team[0]
    with time_machine.travel(session.starts_at - dt.timedelta(minutes=7)):
        phone = visit(width=375)
        phone.sign_in(clicker.user)
        phone.open("/portal/academy/")
        phone.page.get_by_role("button", name="Join now").click()
        expect(phone.page.get_by_role("link", name="Open the meeting")).to_be_visible()
        phone.open("/portal/academy/attendance/")
        expect(phone.page.get_by_text("Here so far")).to_be_visible()
        desktop = visit()
        desktop.sign_in(organiser)
        board(desktop)
        expect(desktop.page.get_by_title("here so far: join click")).to_have_count(1)

    board(desktop)
    expect(desktop.page.get_by_title("clicked Join, not confirmed: join click")).to_have_count(1)
    content = files.zoom(
        [("Bruno Bach", "", 0, 60), ("Quirk Quill", "", 0, 9)], session.starts_at, session.edition.zone
    )
    drop(desktop, "zoom.csv", content)
    expect(desktop.page.get_by_text("1 person clicked Join but is not in this file")).to_be_visible()
    desktop.page.get_by_role("button", name="Apply report").click()
    expect(desktop.page.get_by_text("Report applied.")).to_be_visible()

    phone.open("/portal/academy/attendance/")
    expect(phone.page.get_by_text("Clicked Join, needs a decision")).to_be_visible()
    desktop.open("/admin/")
    desktop.page.get_by_role("link", name="1 attendance needs a decision").click()
    desktop.page.get_by_role("grid").get_by_title("clicked Join, needs a decision: join click").click()
    dialog = desktop.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="present", exact=True).check()
    dialog.locator("form", has_text="Save decision").get_by_label("Reason").fill("Spoke for her city")
    dialog.get_by_role("button", name="Save decision").click()
    expect(desktop.page.get_by_title("present: decision")).to_be_focused()
    phone.page.reload()
    expect(phone.page.locator(".s-present")).to_be_visible()
    assert [*phone.complaints, *desktop.complaints] == []


def test_a_file_that_is_none_is_said_so_and_nothing_is_lost(visit, sessions, organiser):
    visit = visit(width=375)
    visit.sign_in(organiser)

    drop(visit, "report.csv", b"%PDF-1.7")

    expect(visit.page.get_by_text("This is a PDF document.")).to_be_visible()
    assert not visit.overflows()
    assert visit.violations() == []
    assert [it for it in visit.complaints if "422" not in it] == []


def test_choices_that_nobody_is_matched_by_are_readable_on_a_phone(visit, sessions, team, organiser):
    first = sessions[0]
    petra = ParticipantFactory(
        delegation=team[3].delegation,
        state="pending",
        user__name="Petra Pending",
        user__email="petra.pending.of.the.urban.planning.department@city-of-graz.example",
    )
    people = [("Maria", "", 0, 60), ("Anaya Ana", "ana@home.example", 0, 60), ("Petra Pending", "", 5, 55)]
    content = files.zoom(people, first.starts_at, first.edition.zone)
    wide, phone = visit(), visit(width=375)
    for one in (wide, phone):
        one.sign_in(organiser)
    drop(wide, "zoom.csv", content)
    expect(wide.page.get_by_role("heading", name="To match (3)")).to_be_visible()

    phone.open(wide.page.url.removeprefix(wide.site))

    assert not phone.overflows()
    assert [*wide.violations(), *phone.violations()] == []
    phone.page.get_by_role("group", name="Petra Pending").get_by_role("link", name="Approve registration first").click()
    phone.page.get_by_role("button", name="Approve …").click()
    phone.page.get_by_role("button", name="Approve").click()
    expect(phone.page.get_by_text("Approved: 1 person.")).to_be_visible()
    phone.open(wide.page.url.removeprefix(wide.site))
    phone.page.get_by_role("group", name="Petra Pending").get_by_role("radio", name=petra.user.email).check()
    phone.page.get_by_role("group", name="Anaya Ana").get_by_role("radio", name="Ana Anaya").check()
    phone.page.get_by_role("button", name="Save choices").click()
    expect(phone.page.get_by_text("2 choices saved.")).to_be_visible()
    assert [*wide.complaints, *phone.complaints] == []
