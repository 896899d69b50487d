"""A year of an academy, from one place: last year's is copied, changed, published, filled, attended, decided, handed on."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Decision
from programme.models import Delegation, Edition, Participant, Session, SessionDraft
from tests.browser.test_people import answer, enter_code, link_in, mail, press
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory, TrackFactory
from udtacademy.outbox.models import Message

YEAR = dt.timedelta(days=364)  # the same weekday
ZONE = ZoneInfo("Europe/Madrid")
CITIES = "City;Country;Quota;Coordinator\nGirona;ES;3;carme@girona.example\nAldermere;fr;3;ada@aldermere.example\n"
PEOPLE = (
    "City;Name;Email;Job title\nGirona;Bo Berg;bo@girona.example;Planner\nAldermere;Dag Dahl;dag@aldermere.example;\n"
)


@pytest.fixture
def organiser(db):
    organiser = UserFactory(name="Olga Organiser", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


def local(days, hour=0, minute=0, *, now):
    """A moment of last year, `days` after today's date a year ago, at a local time."""
    day = now.astimezone(ZONE).date() - YEAR + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(hour, minute), ZONE)


@pytest.fixture
def last_year(db):
    """Last year's academy: its core session was held a year ago at this time of the day, its parallel ones a month later."""
    now = timezone.now()
    edition = EditionFactory(
        slug="academy-1",
        name="Academy 1",
        first_on=local(-10, now=now).date(),
        last_on=local(60, now=now).date(),
        registration_opens_at=local(-9, now=now),
        choice_opens_at=local(-9, now=now),
    )
    begins = (now - dt.timedelta(minutes=10)).astimezone(ZONE).replace(second=0, microsecond=0)
    ends = begins + dt.timedelta(hours=1)
    if ends.date() > begins.date():  # the programme table has sessions within a day
        ends = begins.replace(hour=23, minute=59)
    SessionFactory(
        edition=edition,
        slug="kick-off",
        title="Kick-off",
        is_core=True,
        status="confirmed",
        starts_at=dt.datetime.combine(begins.date() - YEAR, begins.time(), ZONE),
        ends_at=dt.datetime.combine(begins.date() - YEAR, ends.time(), ZONE),
    )
    for name in ("Governance", "Technical"):
        SessionFactory(
            edition=edition,
            slug=name.lower(),
            title=f"{name} workshop",
            format="in_person",
            track=TrackFactory(edition=edition, name=name),
            starts_at=local(30, 11, 30, now=now),
            ends_at=local(30, 13, now=now),
        )
    SessionFactory(
        edition=edition,
        slug="lab",
        title="Action Plan Lab",
        format="in_person",
        starts_at=local(30, 16, now=now),
        ends_at=local(30, 17, now=now),
    )
    SessionFactory(edition=edition, title="Expo", format="external", held_on=local(29, now=now).date())
    ParticipantFactory(delegation=DelegationFactory(edition=edition, city__name="Girona", city__country="ES"))
    return edition


class Office:
    """What the organiser does."""

    def __init__(self, visit, organiser):
        self.visit = visit
        self.page = visit.page
        visit.sign_in(organiser)

    def click(self, name, **options):
        self.page.get_by_role("button", name=name, **options).first.click()
        self.page.wait_for_load_state()

    def copy(self, edition):
        self.visit.open("/admin/")
        self.page.get_by_role("link", name=re.compile("^Copy")).first.click()
        values = {"name": "Academy 2", "slug": "academy-2", "first_day": (edition.first_on + YEAR).isoformat()}
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)
        self.click("Preview the copy")
        self.click("Create the copy")

    def shift_and_publish_the_programme(self):
        self.visit.open("/admin/editions/academy-2/programme/table/")
        self.page.get_by_label("Select Governance workshop").check()
        for box in self.page.get_by_label(re.compile("^Published: ")).all():
            if "New session" not in (box.get_attribute("aria-label") or ""):
                box.check()
        self.page.get_by_label("Status: Kick-off").select_option("confirmed")
        self.page.locator("[name=shift-n]").fill("30")
        self.click("Shift in the draft")
        self.click("Review and publish …")
        self.click("Publish the ticked changes")

    def publish_the_edition(self):
        self.visit.open("/admin/editions/academy-2/settings/publish/")
        self.click("Publish the edition")

    def paste(self, where, rows, *, silently=False):
        self.visit.open(f"/admin/editions/academy-2/people/{where}import/")
        self.page.get_by_label("Or paste the list here").fill(rows)
        if silently:
            self.page.get_by_label("Send no emails").check()
        self.click("Check the list")
        self.click("Import 2 rows")

    def add_the_link(self):
        session = Session.objects.get(edition__slug="academy-2", slug="kick-off")
        self.visit.open(f"/admin/programme/session/{session.pk}/change/")
        self.page.get_by_label("Meeting link").fill("https://meet.example/kick-off")
        self.click("Save", exact=True)

    def decide(self):
        self.visit.open("/admin/editions/academy-2/attendance/board/")
        self.page.get_by_role("grid").get_by_title("not here yet").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("radio", name="present", exact=True).check()
        dialog.get_by_label("Reason").fill("Sat beside Carme")
        dialog.get_by_role("button", name="Save decision").click()
        expect(self.page.get_by_role("grid").get_by_title("present: decision")).to_have_count(1)


def test_a_year_is_run_from_one_place(visit, last_year, organiser):
    office = Office(visit(), organiser)

    office.copy(last_year)
    office.shift_and_publish_the_programme()
    edition = Edition.objects.get(slug="academy-2")
    workshops = edition.sessions.order_by("track__name").filter(track__isnull=False)
    assert [f"{it.starts_at.astimezone(ZONE):%H:%M}" for it in workshops] == ["12:00", "11:30"]
    assert edition.sessions.published().count() == 5
    assert not SessionDraft.objects.exists()

    office.publish_the_edition()
    office.paste("cities/", CITIES)
    office.paste("", PEOPLE, silently=True)
    office.add_the_link()
    assert Delegation.objects.filter(edition=edition).count() == 2

    carme = visit(width=375, height=740)
    carme.open(link_in(mail("carme@girona.example", "coordinator_invited")))
    press(carme.page, "Send me a code")
    enter_code(carme.page, "carme@girona.example")
    answer(carme.page, "Carme Coll")
    press(carme.page, "Send")
    carme.open("/portal/academy-2/")
    carme.page.get_by_role("button", name="Join now").click()
    expect(carme.page.get_by_role("link", name="Open the meeting")).to_be_visible()
    assert Participant.objects.registered().filter(edition=edition).count() == 3

    office.decide()
    assert Decision.objects.get().reason == "Sat beside Carme"
    office.visit.open("/admin/editions/academy-2/people/lists/catering/")
    expect(office.page.get_by_role("main").get_by_text("3").first).to_be_visible()
    office.visit.open("/admin/editions/academy-1/attendance/board/")
    expect(office.page.get_by_role("grid")).to_be_visible()
    assert [*office.visit.complaints, *carme.complaints] == []


N_CITIES = 12
FORMS = ["settings/copy", "programme/table", "settings/publish", "people/cities/import"]


class Walk:
    """Somebody new, from page to page by links alone. A form is a page on which something is typed or chosen.

    The preview of the same form, to read and to confirm, is a step of it, not another form.
    """

    def __init__(self, visit, organiser):
        self.visit, self.page, self.forms, self.n_steps = visit, visit.page, [], 0
        visit.sign_in(organiser)
        visit.open("/admin/")

    def link(self, name, **options):
        self.page.get_by_role("link", name=name, **options).first.click()
        self.page.wait_for_load_state()

    def type(self, name, value):
        field = self.page.locator(f"[name={name}]")
        field.select_option(value) if field.evaluate("it => it.tagName") == "SELECT" else field.fill(value)
        self.count()

    def tick(self, label):
        self.page.get_by_label(label).check()
        self.count()

    def count(self):
        here = self.page.url.partition("/editions/")[2].partition("/")[2].rstrip("/")
        self.forms += [] if here in self.forms else [here]

    def press(self, name):
        self.n_steps += 1
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.click()


def test_next_year_is_ready_in_six_forms(visit, edition_2025, organiser):
    """From the real programme of 2025: copied to 2027, a track moved by half an hour, published, twelve coordinators invited."""
    walk = Walk(visit(), organiser)
    cities = "".join(f"City {n};ES;3;coordinator{n}@city{n}.example\n" for n in range(N_CITIES))

    walk.link("Copy", exact=False)
    for name, value in {
        "name": "UDT Academy 2027",
        "slug": "udt-2027",
        "first_day": "2027-09-14",
        "registration_opens_on": "2026-06-01",
        "contact_email": "desk@academy.example",
    }.items():
        walk.type(name, value)
    walk.press("Preview the copy")
    walk.press("Create the copy")
    walk.link("Programme", exact=True)
    edition = Edition.objects.get(slug="udt-2027")
    walk.type("shift-which", f"track-{edition.tracks.get(slug='governance').pk}")
    walk.type("shift-n", "30")
    walk.press("Shift in the draft")
    walk.press("Shift these too")  # lunch and what follows
    walk.press("Review and publish …")
    walk.press("Publish the ticked changes")
    walk.link("Overview", exact=True)
    walk.link("Publish …", exact=True)
    walk.tick("Check the dates of the sessions")
    walk.press("Publish the edition")
    walk.link("Import cities", exact=True)
    walk.type("pasted", f"City;Country;Quota;Coordinator\n{cities}")
    walk.press("Check the list")
    walk.press(f"Import {N_CITIES} rows")

    edition.refresh_from_db()
    governance = edition.sessions.filter(track__slug="governance").order_by("starts_at")
    assert edition.is_published
    assert [f"{it.starts_at.astimezone(ZONE):%H:%M}" for it in governance] == ["12:00", "14:30"]
    assert Message.objects.filter(kind="coordinator_invited").count() == N_CITIES
    assert walk.forms == FORMS
    assert len(walk.forms) <= 6
    assert walk.n_steps <= 10
    assert walk.visit.complaints == []
