"""Lists inside an edition: nothing off-screen on a wide screen, a card for each row on a narrow one."""

import datetime as dt
import itertools

import pytest
from django.urls import reverse

from programme.areas import all_pages
from programme.queries.ready_lists import READY_LISTS
from tests.factories.attendance import DecisionFactory, EvidenceFactory, ExcuseFactory
from tests.factories.people import (
    DelegationFactory,
    InvitationFactory,
    MessageFactory,
    NoticeFactory,
    ParticipantFactory,
    SeatFactory,
)

LOOKS = [(375, "light"), *itertools.product([320, 1280], ["light", "dark"])]
OTHERS = {"programme-staff:settings", "attendance-staff:board"}  # pages with a model that are no list of the admin
LISTS = [page.name for _area, page in all_pages() if page.model and page.name not in OTHERS]
LONG = "Wolfeschlegelsteinhausenbergerdorff"
OUT_OF_SIGHT = """() => {
  const results = document.querySelector(".results");
  return results ? results.scrollWidth - results.clientWidth : 0;
}"""
LABELS = """() => [...document.querySelectorAll("#result_list tbody tr:first-child td[data-label]")].map(
  cell => getComputedStyle(cell, "::before").content)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("#result_list :is(a, input, button, label)")].filter(
  it => it.checkVisibility() && it.offsetWidth && (it.offsetWidth < 24 || it.offsetHeight < 24)).map(it => it.outerHTML)"""


@pytest.fixture
def edition(edition_2025, organiser):
    """Two rows of every list, with the longest of names, and of ready lists."""
    edition = edition_2025
    sessions = edition.sessions.filter(slug__in=["data-infrastructure", "peer-learning"])
    seat_in = edition.sessions.get(slug="data-infrastructure")
    for number, session in enumerate(sessions):
        delegation = DelegationFactory(
            edition=edition,
            city__name=f"Llanfairpwllgwyngyllgogerychwyrndrobwll {number}",
            coordinator_email=f"coordinator.{number}@llanfairpwllgwyngyllgogerychwyrndrobwll.example",
            email_domains=["llanfairpwllgwyngyllgogerychwyrndrobwll.example", "another-domain.example"],
        )
        person = ParticipantFactory(
            delegation=delegation,
            user__name=f"Ana {LONG} {number}",
            user__email=f"ana.{number}@{LONG}.example".lower(),
            dietary_needs="No nuts, no fish and no dairy products",
            accessibility_needs="A seat near the door, and slides beforehand",
            expo_pass="wanted",
            arrives_at=dt.datetime(2025, 11, 5, 20, 15 + number, tzinfo=dt.UTC),
        )
        ParticipantFactory(delegation=delegation, state="pending")
        SeatFactory(participant=person, session=seat_in)
        EvidenceFactory(participant=person, session=session, by=organiser, note="Came late. " * 9)
        DecisionFactory(participant=person, session=session, by=organiser, reason="Was there all the time. " * 9)
        ExcuseFactory(participant=person, session=session, reason="My train from the other end was late. " * 9)
        InvitationFactory(delegation=delegation, email=f"nele@{LONG}.example".lower(), name=f"Nele {LONG}")
        MessageFactory(context=edition, to=f"ana@{LONG}.example".lower(), state="failed", last_error="550 " + "x" * 60)
        NoticeFactory(edition=edition, state=["open", "sent"][number])
    return edition


def url_of(name, edition):
    return reverse(name, args=[edition.slug])


def widths(visit, path):
    """Open a page and look at it in each look; yield each width once. At 375 px it is laid out as at 320 px: it only has to fit."""
    visit.open(path)
    assert visit.page.locator(":is(button, input).default:visible").count() <= 1, path
    for width, scheme in visit.looks(LOOKS):
        if scheme == "dark":
            assert visit.violations_of_colours() == [], (path, width, scheme)
            continue
        assert not visit.overflows(), (path, width)
        assert width == 375 or visit.violations() == [], (path, width)
        yield width
    assert visit.complaints == [], path


@pytest.mark.parametrize("part", range(2))  # so that no process has all of them
def test_lists_fit_every_screen(visit, edition, organiser, part):
    visit = visit()
    visit.sign_in(organiser)

    for name in LISTS[part::2]:
        for width in widths(visit, url_of(name, edition)):
            assert visit.page.evaluate(OUT_OF_SIGHT) == 0, (name, width)
            labels = visit.page.evaluate(LABELS)
            assert all((label != "none") == (width < 700) for label in labels), (name, labels)
            assert width > 700 or visit.page.evaluate(SMALL_TARGETS) == [], (name, width)


def test_a_card_is_ticked_opened_and_filtered_by_keyboard(visit, edition, organiser):
    visit = visit(width=375)
    visit.sign_in(organiser)
    visit.open(url_of("programme-staff:participants", edition))
    page = visit.page

    page.get_by_label("Select all").focus()
    page.keyboard.press("Space")
    assert page.locator("tr:has(.action-select:checked)").count() == 4
    page.keyboard.press("Space")
    page.locator(".action-select").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('th.field-user') !== null")
    assert page.locator("tr:has(.action-select:checked)").count() == 1
    page.locator("summary", has_text="State:").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="waiting for approval").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/?state__exact=pending")
    assert page.locator("#result_list tbody tr").count() == 2


def test_a_card_is_ticked_and_opened_by_touch(visit, edition, organiser):
    visit = visit(width=375, has_touch=True, is_mobile=True)
    visit.sign_in(organiser)
    visit.open(url_of("programme-staff:participants", edition))
    page = visit.page

    page.locator(".action-select").first.tap()
    assert page.locator("tr:has(.action-select:checked)").count() == 1
    page.locator("#result_list th.field-user a").first.tap()
    page.wait_for_url("**/change/*")


@pytest.mark.parametrize("width", [375, 1280])
def test_a_list_keeps_its_meaning_in_forced_colours(visit, edition, organiser, width):
    visit = visit(width=width, forced_colors="active")
    visit.sign_in(organiser)
    visit.open(url_of("programme-staff:participants", edition))

    # axe compares the colours of the sheet, which this mode replaces.
    assert [it for it in visit.violations() if not it.startswith("color-contrast")] == []
    assert visit.page.get_by_role("row").count() == 5
    assert visit.page.get_by_role("rowheader").count() == 4
    border = visit.page.locator("#result_list tbody tr").first.evaluate("it => getComputedStyle(it).borderTopStyle")
    assert border == ("solid" if width == 375 else "none")


def test_ready_lists_fit_every_screen_and_a_printed_page(visit, edition, organiser):
    visit = visit()
    visit.sign_in(organiser)

    for name in ["", *(f"{it}/" for it in READY_LISTS)]:
        visit.page.emulate_media(media="screen")
        assert len(list(widths(visit, url_of("programme-staff:ready-lists", edition) + name))) == 3
        visit.page.emulate_media(media="print")
        assert not visit.page.locator(".academy-place").is_visible(), name
        assert visit.page.locator("h1").is_visible(), name
