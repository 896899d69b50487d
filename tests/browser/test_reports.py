"""From a platform's file to the board, and back."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.attendance.reports import files
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

REPORTS = "/admin/attendance/reports/academy/"
BOARD = "/admin/attendance/board/academy/"


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
    girona = DelegationFactory(edition=open_edition, city__name="Girona", seats=5)
    graz = DelegationFactory(edition=open_edition, city__name="Graz", seats=5)
    people = [ParticipantFactory(delegation=girona, user__name=name) for name in names]
    return [*people, ParticipantFactory(delegation=graz, user__name="María García")]


def drop(visit, name, content):
    visit.open(REPORTS)
    visit.page.get_by_label("Attendance files of a meeting").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    visit.page.get_by_role("button", name="Read", exact=True).click()


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
    expect(visit.page.get_by_role("heading", name="To choose (1)")).to_be_visible()
    choices = visit.page.get_by_role("group", name="Maria Garcia")
    choices.get_by_role("radio", name="later").focus()
    visit.page.keyboard.press("ArrowDown")  # the first of those suggested
    choices.get_by_role("radio", name=maria.user.email).check()
    visit.page.get_by_role("button", name="Save choices").click()
    expect(visit.page.get_by_text("1 person is chosen.")).to_be_visible()
    visit.page.get_by_role("button", name="Apply").click()
    expect(visit.page.get_by_text("Applied: 3 attendances changed.")).to_be_visible()
    assert board(visit).count("✓") == before.count("✓") + 3

    drop(
        visit, "teams.csv", files.teams([("Ana Anaya", "", 0, 60), ("Maria Garcia", "", 0, 60)], second.starts_at, zone)
    )
    expect(visit.page.get_by_role("heading", name="Matched (2)")).to_be_visible()
    expect(visit.page.get_by_text("as confirmed before")).to_be_visible()
    between = board(visit)
    visit.page.go_back()
    visit.page.get_by_role("button", name="Apply").click()
    expect(visit.page.get_by_text("Applied: 2 attendances changed.")).to_be_visible()
    assert board(visit).count("✓") == between.count("✓") + 2
    visit.page.go_back()
    visit.page.get_by_role("button", name="Undo").click()
    expect(visit.page.get_by_text("Undone: 2 attendances are as before.")).to_be_visible()
    assert board(visit) == between
    assert visit.complaints == []


def test_a_file_that_is_none_is_said_so_and_nothing_is_lost(visit, sessions, organiser):
    visit = visit(width=375)
    visit.sign_in(organiser)

    drop(visit, "report.csv", b"%PDF-1.7")

    expect(visit.page.get_by_text("This is a PDF document, not a report.")).to_be_visible()
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
    expect(wide.page.get_by_role("heading", name="To choose (3)")).to_be_visible()

    phone.open(wide.page.url.removeprefix(wide.site))

    assert not phone.overflows()
    assert [*wide.violations(), *phone.violations()] == []
    phone.page.get_by_role("group", name="Petra Pending").get_by_role("link", name="Approve first").click()
    phone.page.get_by_role("button", name="Approve …").click()
    phone.page.get_by_role("button", name="Approve").click()
    expect(phone.page.get_by_text("Approved: 1 person.")).to_be_visible()
    phone.open(wide.page.url.removeprefix(wide.site))
    phone.page.get_by_role("group", name="Petra Pending").get_by_role("radio", name=petra.user.email).check()
    phone.page.get_by_role("group", name="Anaya Ana").get_by_role("radio", name="Ana Anaya").check()
    phone.page.get_by_role("button", name="Save choices").click()
    expect(phone.page.get_by_text("2 people are chosen.")).to_be_visible()
    assert [*wide.complaints, *phone.complaints] == []
