"""Questions that organisers are asked on the phone: each is answered in at most two clicks from the overview.

A click is a click. Typing a name and pressing Enter is one.
"""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from attendance.actions.decisions import decide
from programme.actions.session_changes import take_as_known
from tests.factories.people import DelegationFactory, MessageFactory, ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory, TrackFactory

MOST_CLICKS = 2
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def organiser(db):
    organiser = UserFactory(name="Olga Organiser", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


@pytest.fixture
def academy(open_edition, organiser):
    """A core session yesterday, which Bo missed, two parallel ones next week, and a session tomorrow."""
    now = timezone.now().replace(second=0, microsecond=0)
    team = DelegationFactory(edition=open_edition, city__name="Girona", quota=10)
    early = {"delegation": team, "state_at": now - dt.timedelta(days=9)}
    ana, bo = (ParticipantFactory(user__name=name, **early) for name in ("Ana Anaya", "Bo Berg"))
    core = SessionFactory(
        edition=open_edition,
        slug="kick-off",
        title="Kick-off",
        is_core=True,
        status="confirmed",
        starts_at=now - 25 * HOUR,
        ends_at=now - 24 * HOUR,
    )
    decide(cells=[(ana, core)], outcome="present", reason="Sat beside Carme", by=organiser)
    for name in ("Governance", "Technical"):
        starts_at = now + dt.timedelta(days=7)
        track = TrackFactory(edition=open_edition, name=name)
        values = {"edition": open_edition, "title": f"{name} workshop", "format": "in_person", "track": track}
        SessionFactory(starts_at=starts_at, ends_at=starts_at + HOUR, **values)
    SessionFactory(
        edition=open_edition,
        title="Peer-learning",
        status="confirmed",
        starts_at=now + dt.timedelta(days=1, hours=2),
        ends_at=now + dt.timedelta(days=1, hours=3),
    )
    take_as_known(open_edition)
    MessageFactory(context=open_edition, user=bo.user, to=bo.user.email, state="sent", subject="You are registered")
    return open_edition


class Counting:
    """Somebody on the overview, whose clicks are counted."""

    def __init__(self, visit, organiser):
        self.visit, self.page, self.n_clicks = visit, visit.page, 0
        visit.sign_in(organiser)
        visit.open("/admin/editions/academy/")

    def click(self, target):
        self.n_clicks += 1
        target.click()
        self.page.wait_for_load_state()

    def link(self, name):
        self.click(self.page.get_by_role("link", name=name, exact=True).first)

    def search(self, typed):
        box = self.page.get_by_role("searchbox", name="Search this edition")
        box.fill(typed)
        self.n_clicks += 1
        with self.page.expect_navigation():
            box.press("Enter")

    def sees(self, target):
        """The answer is there."""
        expect(target.first).to_be_visible()
        assert self.n_clicks <= MOST_CLICKS
        assert self.visit.complaints == []
        return self.n_clicks


@pytest.fixture(params=[1280, 375])
def organising(request, visit, academy, organiser):
    return Counting(visit(width=request.param, height=900), organiser)


def test_who_is_missing_from_the_last_core_session(organising):
    organising.link("Kick-off")

    assert organising.sees(organising.page.get_by_role("main").get_by_text("Bo Berg")) == 1


def test_why_a_cell_says_so(organising):
    organising.link("Attendance")
    organising.click(organising.page.get_by_role("grid").get_by_title("present: decision").first)

    assert organising.sees(organising.page.get_by_text("Sat beside Carme")) == 2


def test_what_a_person_was_sent(organising):
    organising.search("bo berg")

    assert organising.sees(organising.page.get_by_role("link", name="You are registered", exact=True)) == 1


def test_who_has_not_chosen_a_track(organising):
    organising.link("Seats")

    assert organising.sees(organising.page.get_by_role("main").get_by_text("Bo Berg")) == 1


def test_what_leaves_tomorrow(organising):
    """The overview names it; how many people get it is one click away."""
    reminder = "Reminder of “Peer-learning”, 1 day before"
    assert organising.sees(organising.page.get_by_role("link", name=reminder)) == 0

    organising.link("Messages")

    assert (
        organising.sees(organising.page.get_by_role("listitem").filter(has_text=reminder).get_by_text("2 people")) == 1
    )
