import datetime as dt
import json
import re

import pytest
import vobject
from playwright.sync_api import expect

from programme.calendars.files import calendar_of
from programme.models import Edition, Session
from tests.factories.people import ParticipantFactory

PLACES_WITH_AND_WITHOUT = """() => {
  const places = () => [...document.querySelectorAll("body *")].filter((it) => !it.matches(".viewer-time"))
    .map((it) => { const box = it.getBoundingClientRect(); return [box.x, box.y, box.width, box.height].join(); });
  const filled = places();
  document.querySelectorAll(".viewer-time").forEach((it) => { it.textContent = ""; });
  return [filled, places()];
}"""

# Numbers of requests, and of shifts of what was drawn before.
REQUESTS_AND_SHIFTS = """() => new Promise(resolve => {
  const n_requests = performance.getEntriesByType("resource").length + 1;
  const observer = new PerformanceObserver(list => resolve([n_requests, list.getEntries().length]));
  observer.observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve([n_requests, 0]), 100);
})"""


NOT_OVER = dt.date(2099, 12, 31)  # the last day of an edition that offers its calendar


def test_a_visitor_from_elsewhere_sees_the_own_time(visit, edition_2025):
    visit = visit(width=375, timezone_id="America/New_York")

    visit.open("/udt-2025/")

    item = visit.page.locator("#peer-learning .when")
    assert item.inner_text().split("\n") == ["Thu 25 September 2025", "16:00–17:30 · 90 min", "10:00–11:30 your time"]
    # 28 October: Madrid has left summer time, New York has not.
    assert "11:00–12:00 your time" in visit.page.locator("#smart-cities-for-people .when").inner_text()
    expect(visit.page.get_by_text("If your time zone is different")).to_be_visible()


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_the_own_time_shifts_nothing(visit, edition_2025, zone):
    for width in (320, 375, 800, 1280):
        visitor = visit(width=width, timezone_id=zone)  # who has nothing in the cache
        visitor.open("/udt-2025/")
        assert "your time" in visitor.page.locator("#peer-learning .when").inner_text()
        heights = visitor.page.locator(".viewer-time").evaluate_all(
            "all => [...new Set(all.map(it => it.offsetHeight))]"
        )
        assert len(heights) == 1, width  # each takes the one line that was kept for it
        n_requests, n_shifts = visitor.page.evaluate(REQUESTS_AND_SHIFTS)
        assert (n_requests <= 5, n_shifts) == (True, 0), width
        filled, empty = visitor.page.evaluate(PLACES_WITH_AND_WITHOUT)
        assert filled == empty, width


def test_the_room_for_the_own_time_is_kept_before_anything_is_drawn(visit, edition_2025):
    visit = visit(timezone_id="America/New_York")

    visit.open("/udt-2025/")

    script = visit.page.locator("head > script[src*='/site.']")
    assert script.evaluate("it => [it.async, it.defer, it.type]") == [False, False, ""]


def test_a_visitor_across_the_date_line_sees_the_own_day(visit, edition_2025):
    visit = visit(timezone_id="Pacific/Auckland")

    visit.open("/udt-2025/sessions/peer-learning/")

    assert "Fri 02:00–03:30 your time" in visit.page.locator("dd.when").inner_text()


def test_a_visitor_whose_clocks_change_during_a_session_sees_both_zones(visit, edition_2025):
    times = {
        "starts_at": dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2027, 10, 31, 1, 45, tzinfo=dt.UTC),
    }
    Session.objects.filter(slug="peer-learning").update(**times)
    visit = visit(width=375, timezone_id="Europe/London")

    visit.open("/udt-2025/sessions/peer-learning/")

    when = visit.page.locator("dd.when").inner_text()
    assert "02:30 CEST–02:45 CET" in when
    assert "01:30 BST–01:45 GMT your time" in when


def test_a_visitor_whose_clock_agrees_sees_no_second_time(visit, edition_2025):
    visit = visit(timezone_id="Europe/Paris")

    visit.open("/udt-2025/")

    assert visit.page.locator("#peer-learning .when").inner_text().split("\n") == [
        "Thu 25 September 2025",
        "16:00–17:30 · 90 min",
    ]
    expect(visit.page.get_by_text("If your time zone is different")).to_be_hidden()


def test_everything_is_there_without_javascript(visit, edition_2025):
    Edition.objects.update(last_on=NOT_OVER)
    visit = visit(width=320, java_script_enabled=False)

    visit.open("/udt-2025/")
    expect(
        visit.page.locator("#peer-learning").get_by_role("link", name="Peer-learning: from challenge to use case")
    ).to_be_visible()
    expect(visit.page.get_by_role("link", name="Google Calendar")).to_be_hidden()
    visit.page.locator("summary").click()
    expect(visit.page.get_by_role("link", name="Google Calendar")).to_be_visible()
    visit.page.get_by_role("link", name="Preparing for the in-person meeting").first.click()
    assert visit.page.get_by_role("heading", level=1).inner_text() == "Preparing for the in-person meeting"


def test_the_calendar_menu_is_used_by_keyboard(visit, edition_2025):
    Edition.objects.update(last_on=NOT_OVER)
    visit = visit()
    visit.open("/udt-2025/")

    visit.page.locator("summary").focus()
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent").startswith("Subscribe")
    visit.page.keyboard.press("Escape")

    expect(visit.page.get_by_role("link", name="Google Calendar")).to_be_hidden()
    assert visit.page.evaluate("document.activeElement.tagName") == "SUMMARY"


COVERED = """(element) => {
  const bar = document.querySelector(".page-bar").getBoundingClientRect();
  const box = element.getBoundingClientRect();
  return element.closest(".page-bar") === null && box.top < bar.bottom && box.bottom > bar.top;
}"""
FOCUSED = f"""() => {{
  const element = document.activeElement;
  return element === document.body ? null : [element.textContent.trim(), ({COVERED})(element)];
}}"""
SMALL_TARGETS = """least => [...document.querySelectorAll(".page-bar a, .filters a, summary, .menu__list a")].filter(it => {
  const box = it.getBoundingClientRect();
  return it.checkVisibility() && (box.width < least || box.height < least);
}).map(it => it.textContent.trim())"""


def test_the_bar_covers_nothing_that_is_focused_or_jumped_to_and_its_menu_fits(visit, edition_2025):
    Edition.objects.update(last_on=NOT_OVER)
    visit = visit(width=375, height=640, reduced_motion="reduce")
    visit.open("/udt-2025/")
    page = visit.page
    bar = page.locator(".page-bar")

    covered, n_focused = [], 0
    for key in ("Tab", "Shift+Tab"):
        page.keyboard.press(key)
        while focused := page.evaluate(FOCUSED):
            n_focused += 1
            covered += [(key, focused[0])] if focused[1] else []
            page.keyboard.press(key)
    jumps = bar.locator(".page-bar__links a").evaluate_all("all => all.map(it => it.hash)")
    for target in [*jumps, "#session_list", "#peer-learning", "#data-infrastructure"]:
        page.evaluate("hash => { location.hash = hash; }", target)
        covered += [target] if page.locator(target).evaluate(COVERED) else []
    page.locator("summary").click()
    menu = page.locator(".page-bar .menu__list").bounding_box()

    assert covered == []
    assert n_focused > 60  # there and back
    assert bar.bounding_box()["height"] < 70  # one row
    assert 0 <= menu["x"] <= 375 - menu["width"]
    assert menu["y"] + menu["height"] <= 640
    assert page.evaluate(SMALL_TARGETS, 44) == []


def test_the_timetable_has_tracks_side_by_side_and_folds_on_a_phone(visit, edition_2025):
    def places(width):
        page = visit(width=width)
        page.open("/udt-2025/")
        names = ["Codesigning Digital Twins", "Working with data: data infrastructure"]
        return [page.page.get_by_role("link", name=name).bounding_box() for name in names]

    governance, technical = places(1280)
    assert governance["y"] == technical["y"]
    assert governance["x"] < technical["x"]
    governance, technical = places(320)
    assert governance["y"] < technical["y"]
    assert governance["x"] == technical["x"]


def test_all_three_readers_find_the_same_instants(edition_2025, run_node):
    sessions = Session.objects.filter(edition=edition_2025).with_place()
    source = calendar_of(edition_2025, sessions, version="any").decode()

    done = run_node("read_calendar.cjs", source=source)
    by_icaljs = json.loads(done.stdout)
    by_vobject = {event.uid.value: event for event in vobject.readOne(source).vevent_list}

    timed = edition_2025.sessions.timed()
    assert len(by_icaljs) == len(by_vobject) == 26
    for session in timed:
        event = by_icaljs[str(session.calendar_uid)]
        assert dt.datetime.fromisoformat(event["starts"]) == session.starts_at
        assert dt.datetime.fromisoformat(event["ends"]) == session.ends_at
        assert by_vobject[str(session.calendar_uid)].dtstart.value == session.starts_at
    starts = {session.slug: by_icaljs[str(session.calendar_uid)]["starts"] for session in edition_2025.sessions.timed()}
    assert starts["preparing-for-the-in-person-meeting"] == "2025-10-16T14:00:00.000Z"
    assert starts["smart-cities-for-people"] == "2025-10-28T15:00:00.000Z"


def test_an_organiser_postpones_a_session_and_the_programme_follows(visit, edition_2025, organiser):
    ParticipantFactory.create_batch(2, delegation__edition=edition_2025)
    visit = visit()
    visit.sign_in(organiser)
    page = visit.page

    visit.open("/admin/programme/session/?q=peer-learning")
    page.get_by_role("link", name="Peer-learning: from challenge to use case").click()
    page.get_by_role("button", name="Postpone").click()
    expect(page.get_by_text("This affects 2 people.")).to_be_visible()
    page.get_by_label("New day").fill("2025-10-30")
    page.get_by_role("button", name="Postpone").click()
    expect(page.get_by_text("Postponed: 1 session.")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("cell", name="Olga Organiser")).to_be_visible()

    visit.open("/udt-2025/sessions/peer-learning/")
    when = re.sub(r"\s+", " ", page.locator("dd.when").inner_text())
    assert when.startswith("Thursday 30 October 2025 16:00–17:30 CET · 90 min")
    assert visit.complaints == []


@pytest.mark.parametrize("width", [320, 1280])
def test_an_organiser_chooses_which_of_two_times_is_meant(visit, edition_2025, organiser, width):
    visit = visit(width=width)
    visit.sign_in(organiser)
    page = visit.page
    session = edition_2025.sessions.get(slug="peer-learning")

    visit.open(f"/admin/programme/session/{session.pk}/change/")
    for name, value in {"Starts: date": "2025-10-26", "Ends: date": "2025-10-26", "Starts: time": "02:30"}.items():
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("02:30 comes twice in Madrid on that day, because the clocks go back.")).to_be_visible()
    assert visit.violations() == []
    page.get_by_label("02:30 CET, after the clocks go back").check()
    page.get_by_role("button", name="Save", exact=True).click()

    session.refresh_from_db()
    assert session.starts_at == dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC)
    visit.open(f"/admin/programme/session/{session.pk}/change/")
    expect(page.get_by_label("02:30 CET, after the clocks go back")).to_be_checked()
    assert visit.complaints == []
