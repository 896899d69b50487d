"""Pages follow what their visitors have set: magnified four times, forced colours, less motion; and on paper."""

import base64
import datetime as dt

import pytest
from django.utils import timezone

from attendance.actions.decisions import decide
from tests.factories.programme import SessionFactory

MAGNIFIED = {"width": 320, "height": 256}  # 1280 × 1024 px at 400 %
PAGES = ["/academy/", "/academy/sessions/kick-off/", *(f"/portal/academy/{it}" for it in ("", "tracks/", "team/"))]
# The name of what has the focus, and whether something lies over its middle.
FOCUSED = """() => {
  const target = document.activeElement;
  if (target === document.body) return null;
  const box = [...target.getClientRects()].find(it => it.width);
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, innerHeight / 2));
  return [target.textContent.trim() || target.name, !target.contains(over)];
}"""
CHANGES_SLOWLY = """() => [...document.querySelectorAll("*")].filter(it => {
  const style = getComputedStyle(it);
  return style.transitionDuration !== "0s" || style.animationName !== "none" || style.scrollBehavior !== "auto";
}).map(it => it.outerHTML.slice(0, 120))"""
BARS = ".site-header, .tabs, .page-bar, .save-bar, .site-footer, .filters, .skip-link"


@pytest.fixture
def visitor(visit, tracks, coordinator, organiser):
    """A coordinator who was at one of two core sessions."""
    now = timezone.now()
    values = {"edition": coordinator.edition, "is_core": True, "status": "confirmed", "starts_at": now}
    SessionFactory(**values | {"starts_at": now + dt.timedelta(days=9), "ends_at": now + dt.timedelta(days=9, hours=1)})
    began = now - dt.timedelta(days=1)
    session = SessionFactory(
        **values | {"starts_at": began, "ends_at": began + dt.timedelta(hours=1)}, slug="kick-off", title="Kick-off"
    )
    decide(cells=[(coordinator, session)], outcome="present", reason="Seen there", by=organiser)

    def start(**options):
        visitor = visit(**options)
        visitor.sign_in(coordinator.user)
        return visitor

    return start


def test_magnified_four_times_nothing_is_lost_or_covered(visitor):
    visitor = visitor(**MAGNIFIED, reduced_motion="reduce")

    covered = []
    for path in PAGES:
        visitor.open(path)
        assert not visitor.overflows(), path
        assert visitor.page.evaluate(CHANGES_SLOWLY) == [], path
        visitor.page.keyboard.press("Tab")
        while focused := visitor.page.evaluate(FOCUSED):
            covered += [(path, focused[0])] if focused[1] else []
            visitor.page.keyboard.press("Tab")

    assert covered == []


def test_forced_colours_leave_the_bar_the_badges_and_the_focus(visitor):
    visitor = visitor(forced_colors="active")
    page = visitor.page
    visitor.open("/portal/academy/")

    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("it => getComputedStyle(it).outlineStyle") == "solid"
    assert page.locator(".badge").first.evaluate("it => getComputedStyle(it).borderStyle") == "solid"
    assert n_colours(page.locator(".progress")) == 2  # what is done, and what is left


def n_colours(target):
    """Return how many colours take more than a tenth of the middle row of an element."""
    page = target.page.context.new_page()  # without a policy
    return page.evaluate(
        """async png => {
          const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
          const canvas = new OffscreenCanvas(image.width, 1).getContext("2d");
          canvas.drawImage(image, 0, -Math.floor(image.height / 2));
          const row = [...new Uint32Array(canvas.getImageData(0, 0, image.width, 1).data.buffer)];
          return [...new Set(row)].filter(it => row.filter(other => other === it).length > row.length / 10).length;
        }""",
        base64.b64encode(target.screenshot()).decode(),
    )


def test_pages_are_printed_without_bars(visitor):
    visitor = visitor(width=700)
    visitor.page.emulate_media(media="print")

    for path in PAGES:
        visitor.open(path)
        assert visitor.page.locator(BARS).locator("visible=true").count() == 0, path
        assert not visitor.overflows(), path


def test_what_a_participant_does_needs_no_script(visitor, coordinator):
    """The tasks that no other test does without JavaScript. Only passkeys and the scanner's camera need it."""
    edition = coordinator.edition
    edition.coming_question_days = 60
    edition.save()
    edition.sessions.filter(slug="kick-off").update(ends_at=timezone.now() + dt.timedelta(hours=1))
    visitor = visitor(java_script_enabled=False)
    page = visitor.page

    visitor.open("/academy/?core")
    page.get_by_role("navigation", name="Show sessions").get_by_role("link", name="All").click()
    visitor.open("/academy/sessions/kick-off/")
    page.get_by_role("link", name="My page").click()
    page.get_by_role("link", name="Me", exact=True).click()
    page.get_by_label("Job title").fill("Mayor")
    page.get_by_role("group", name="photos").get_by_label("No").check()
    page.get_by_role("button", name="Save", exact=True).click()
    visitor.open("/portal/academy/coming/")
    page.get_by_role("button", name="Yes, I am coming").click()
    visitor.open("/portal/academy/calendar/")
    page.get_by_text("Somebody else has the link").click()
    page.get_by_role("button", name="Create a new link").click()
    visitor.open("/portal/academy/profile/")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Save reminders").click()
    page.get_by_text("I cannot take part").click()
    page.get_by_role("button", name="Withdraw from this edition").click()
    page.get_by_role("button", name="Sign out").click()

    coordinator.refresh_from_db()
    assert (coordinator.job_title, coordinator.state) == ("Mayor", "withdrawn")
    assert visitor.complaints == []
