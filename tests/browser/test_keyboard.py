"""Five tasks from beginning to end with a keyboard alone: what has the focus, in which order, and what comes of it."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Evidence, Excuse
from programme.models import Invitation, Participant, Seat
from tests.factories.programme import SessionFactory
from udtacademy.outbox.models import Message

MOST_STEPS = 30
ROLE_AND_NAME = re.compile(r"""- '?(\w+(?: "(?:[^"\\]|\\.)*")?)""")


class Keyboard:
    """Somebody who has only a keyboard. `order`: the pages, and what had the focus on each, by role and name."""

    def __init__(self, visit):
        self.page, self.visit, self.order = visit.page, visit, []

    def open(self, path):
        self.visit.open(path)
        self.begin()

    def begin(self):
        """Skip to the content of the page that has opened, unless a form led there, which keeps the #content it was sent from."""
        self.page.wait_for_load_state()
        self.order.append(self.page.title())
        if self.page.url.endswith("#content"):
            return
        self.page.keyboard.press("Tab")
        assert self.focused() == 'link "Skip to content"'
        self.page.keyboard.press("Enter")

    def focused(self):
        return ROLE_AND_NAME.match(self.page.locator(":focus").aria_snapshot()).group(1)

    def go_to(self, name, key="Tab"):
        for _ in range(MOST_STEPS):
            self.page.keyboard.press(key)
            self.order.append(self.focused())
            if name in self.order[-1]:
                return
        raise AssertionError(f"{name} is not reached by {key}: {self.order}")

    def arrow_down(self, times):
        for _ in range(times):
            self.page.keyboard.press("ArrowDown")
            self.order.append(self.focused())

    def type_into(self, name, text):
        self.go_to(name)
        self.page.keyboard.type(text)

    def press(self, name):
        """Press what has the name, and wait for the page it leads to."""
        self.go_to(name)
        self.enter()

    def enter(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


@pytest.fixture
def keyboard(visit):
    def start(participant=None):
        visitor = visit(width=375, height=740, timezone_id="Europe/Madrid")
        if participant:
            visitor.sign_in(participant.user)
        return Keyboard(visitor)

    return start


@pytest.fixture
def tomorrow(open_edition):
    """Return the values of a core session online, tomorrow."""
    starts_at = timezone.now() + dt.timedelta(days=1)
    return {
        "edition": open_edition,
        "slug": "kick-off",
        "title": "Kick-off",
        "is_core": True,
        "status": "confirmed",
        "meeting_url": "https://meet.example/kick-off",
        "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(hours=1),
    }


def test_somebody_registers(keyboard, delegation):
    ana = keyboard()

    ana.open("/academy/register/")
    ana.type_into("Email address", "ana@girona.example")
    ana.press("Send me a code")
    ana.begin()
    ana.type_into("Code", Message.objects.latest("pk").text.split()[0])
    ana.enter()
    ana.begin()
    ana.type_into("Full name", "Ana Anaya")
    ana.type_into("What do you hope", "How others began.")
    ana.go_to("Job title", key="Shift+Tab")
    ana.page.keyboard.type("Planner")
    ana.type_into("Department", "Mobility")
    ana.press("Check my answers")
    ana.begin()
    ana.press("Send")

    expect(ana.page.get_by_text("You are registered.")).to_be_visible()
    assert Participant.objects.get().user.name == "Ana Anaya"
    assert ana.visit.complaints == []
    assert ana.order == [
        "Register · Academy · UDT Academy",
        'link "Academy"',
        'textbox "Email address"',
        'button "Send me a code"',
        "Register: enter your code (step 1 of 3) · UDT Academy",
        'textbox "Code"',
        "Register · Academy · UDT Academy",
        'link "Academy"',
        'combobox "Your city"',
        'textbox "Full name"',
        'textbox "Job title"',
        'textbox "Department"',
        'textbox "What do you hope to learn?"',
        'textbox "Department"',
        'textbox "Job title"',
        'textbox "Department"',
        'textbox "What do you hope to learn?"',
        'combobox "Your time zone"',
        'button "Check my answers"',
        "Check your answers · Academy · UDT Academy",
        'link "Academy"',
        'link "Change Your city"',
        'link "Change Full name"',
        'link "Change Job title"',
        'link "Change Department"',
        'link "Change What do you hope to learn?"',
        'link "Change Your time zone"',
        'button "Send registration"',
    ]


def test_a_participant_chooses_tracks(keyboard, tracks, coordinator):
    carme = keyboard(coordinator)

    carme.open("/portal/academy/tracks/")
    carme.go_to("radio")
    carme.arrow_down(times=2)
    carme.go_to("radio")
    carme.arrow_down(times=1)
    carme.press("Save my choice")

    seats = set(Seat.objects.held().values_list("session__slug", flat=True))
    assert seats == {"technical-morning", "governance-afternoon"}
    assert carme.visit.complaints == []
    assert carme.order == [
        "My tracks · Academy · UDT Academy",
        'link "Academy"',
        'button "All Governance"',
        'button "All Technical"',
        'radio "No seat at this time"',
        'radio "Governance track Governance in the morning"',
        'radio "Technical track Technical in the morning"',
        'radio "No seat at this time"',
        'radio "Governance track Governance in the afternoon"',
        'button "Save my choice"',
    ]


def test_a_participant_joins_a_session(keyboard, coordinator, tomorrow):
    began = {"starts_at": timezone.now() - dt.timedelta(minutes=5)}
    session = SessionFactory(**tomorrow | began)
    carme = keyboard(coordinator)

    carme.open("/portal/academy/")
    carme.press("Join now")
    carme.begin()
    carme.go_to("Open the meeting")

    assert Evidence.objects.get().session == session
    assert carme.visit.complaints == []
    assert carme.order == [
        "My page · Academy · UDT Academy",
        'link "Academy"',
        'link "Kick-off"',
        'button "Join now"',
        "Kick-off · Academy · UDT Academy",
        'link "Academy"',
        'link "Open the meeting"',
    ]


def test_a_coordinator_invites_a_colleague(keyboard, coordinator):
    carme = keyboard(coordinator)

    carme.open("/portal/academy/team/")
    carme.type_into("Email addresses", "bo@girona.example")
    carme.press("Send invitations")

    assert Invitation.objects.get().email == "bo@girona.example"
    assert carme.visit.complaints == []
    assert carme.order == [
        "Team · Academy · UDT Academy",
        'link "Academy"',
        'link "Hand over to a colleague Carme Coll"',
        'link "Attendance of your city, and excuses for colleagues"',
        'textbox "Email addresses of your colleagues"',
        'button "Send invitations"',
    ]


def test_a_participant_asks_for_an_excuse(keyboard, coordinator, tomorrow):
    SessionFactory(**tomorrow)
    carme = keyboard(coordinator)

    carme.open("/portal/academy/attendance/")
    carme.press("I cannot attend")
    carme.begin()
    carme.go_to("radio")
    carme.page.keyboard.press("Space")
    carme.type_into("Tell us more", "A council meeting was moved.")
    carme.press("Send request")

    assert Excuse.objects.get().reason == "A council meeting was moved."
    assert carme.visit.complaints == []
    assert carme.order == [
        "My attendance · Academy · UDT Academy",
        'link "Academy"',
        'link "Kick-off"',
        'link "I cannot attend : Kick-off"',
        "Tell the organisers · Academy · UDT Academy",
        'link "Academy"',
        'radio "Excuse me: I cannot attend"',
        'textbox "Tell us more"',
        'button "Send request"',
    ]
