"""A simulated meeting, as an organiser holds it: people come, go and reconnect, the live page follows, and the report is reconciled."""

import datetime as dt
import queue
import re
import threading

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from attendance.actions.platform_events import read_events
from attendance.demo.simulators import meeting, views
from attendance.demo.simulators.scenario import STRANGERS, acts_of, in_disorder
from attendance.models import Attendance, PlatformPerson
from attendance.rules.meeting_events import EventKind
from programme.demo.seed import ORGANISER
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory
from udtacademy.meeting_platforms import platforms_of, simulated

LIVE = "/admin/editions/academy/attendance/live/peer-learning/"
REPORTS = "/admin/editions/academy/attendance/reports/?session=peer-learning"
LENGTH = dt.timedelta(minutes=90)
SEED = 2  # the meeting that is held: the microseconds of the moment at which it begins
NAMES = ("Ana Anaya", "Bo Berg", "Cleo Cruz", "Dag Dahl", "Eva Ek", "Fay Falk", "Gil Gray", "Hana Holm")
CUT_OFF, HIDDEN, STAYS_AWAY = NAMES[3], NAMES[4], NAMES[6]  # as `scenario` and `somebody` have it


@pytest.fixture
def clock(open_edition):
    """The clock, standing still: a meeting begins, and goes on when it is moved."""
    begins = timezone.now().replace(second=0, microsecond=SEED)
    with time_machine.travel(begins, tick=False) as traveller:
        yield traveller


@pytest.fixture
def session(open_edition, clock, site, settings):
    """The site is its own Zoom, as on a development machine."""
    settings.DEBUG = settings.DEMO = True
    settings.ROOT_URLCONF = "tests.development_urls"
    settings.SITE_URL = site
    settings.MEETING_PLATFORMS = platforms_of(simulated(site))
    starts_at = timezone.now().replace(microsecond=0)
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        meeting_url=f"{site}/styleguide/simulators/zoom/j/89012345678",
        starts_at=starts_at,
        ends_at=starts_at + LENGTH,
    )


@pytest.fixture
def steps(clock, monkeypatch):
    """Hold meetings step by step: `steps()` returns once all before is sent and something is to happen, and lets it happen."""
    asked, may_go_on = queue.Queue(), queue.Queue()

    def wait_until(moment):
        asked.put(moment)
        may_go_on.get(timeout=60)

    monkeypatch.setattr(meeting, "wait_until", wait_until)
    monkeypatch.setattr(views, "SECONDS", LENGTH.total_seconds())

    def step(look):
        moment = asked.get(timeout=60)
        look()
        clock.move_to(max(moment, timezone.now()))
        may_go_on.put(None)

    return step


def those_in(acts):
    """Return who is in the meeting and who waits, by name, if these acts are all that is known."""
    inside, waiting = {}, {}
    for act in sorted(acts, key=lambda it: it.share):
        changed = {EventKind.JOINED: inside, EventKind.WAITING: waiting}.get(act.kind)
        if act.kind is EventKind.ENDED:
            inside, waiting = {}, {}
        elif changed is not None:
            changed[act.connection] = act.somebody.name
        else:
            (inside if act.kind is EventKind.LEFT else waiting).pop(act.connection, None)
    return set(inside.values()), set(waiting.values()) - set(inside.values())


def shows(page, inside, waiting):
    """The live page has followed, when it asks next."""
    read_events()
    page.clock.fast_forward(5000)
    text = f"In the meeting now, as its platform reports: {len(inside)} · in its waiting room: {len(waiting)}"
    expect(page.get_by_text(re.compile(text))).to_be_visible()


def test_a_simulated_meeting_is_followed_live_and_reconciled_with_its_report(visit, session, steps, clock):
    girona = DelegationFactory(edition=session.edition, city__name="Girona", quota=10)
    people = [ParticipantFactory(delegation=girona, user__name=it) for it in NAMES]
    office = visit()
    page = office.page
    page.clock.install(time=timezone.now())
    office.sign_in(UserFactory(email=ORGANISER[0], is_staff=True, is_superuser=True))
    office.open(LIVE)
    page.get_by_role("button", name="Hold a meeting (simulated)").click()
    expect(page.get_by_text("A simulated meeting is being held: 0 of")).to_be_visible()

    sent, seen = [], []
    (held,) = (it for it in threading.enumerate() if it.name == "meeting of peer-learning")
    delivered = list(in_disorder(acts_of(meeting.people_at(session), SEED), SEED))

    def look():
        """Look after what happens to the person who is cut off."""
        if sent and sent[-1].somebody and sent[-1].somebody.name == CUT_OFF:
            inside, waiting = those_in(sent)
            seen.append((CUT_OFF in inside, CUT_OFF in waiting))
            shows(page, inside, waiting)

    for act in delivered:
        steps(look)
        sent.append(act)
    held.join(timeout=60)

    assert seen == [
        (False, True),
        (False, False),
        (True, False),
        (False, False),
        (True, False),
    ]  # waits, comes, goes, is back
    clock.move_to(session.ends_at + dt.timedelta(minutes=5))
    read_events()
    assert not PlatformPerson.objects.filter(is_inside=True).exists()
    assert set(PlatformPerson.objects.filter(participant=None).values_list("name", flat=True)) == {HIDDEN, *STRANGERS}
    office.open(LIVE)
    expect(page.get_by_text("The meeting’s platform reported 10 people.")).to_be_visible()

    office.open(REPORTS)
    page.get_by_role("link", name=re.compile("^meeting-peer-learning")).click()
    differing = page.get_by_text("1 person differs from what the platform reported live")
    differing.click()
    expect(page.get_by_text("minutes in the report, not matched to anybody live")).to_be_visible()
    page.get_by_role("button", name="Apply report").click()
    expect(page.get_by_text("Report applied.")).to_be_visible()

    rows = Attendance.objects.established().filter(session=session).select_related("participant__user")
    found = {it.participant.user.name: (it.status, it.source) for it in rows}
    assert STAYS_AWAY not in found
    assert {source for _status, source in found.values()} == {"report"}
    assert len(found) == len(people) - 1
    assert found[HIDDEN][0] == "partial"  # came late
    assert office.complaints == []
