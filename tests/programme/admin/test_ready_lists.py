"""Ready lists: what each says, of whom, and who may read them."""

import datetime as dt
import io

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from programme.admin.downloads import downloads_of
from programme.models import ComingAnswer, ComingQuestion
from programme.queries.ready_lists import (
    READY_LISTS,
    access_needs,
    arrivals,
    catering,
    expo_passes,
    not_answered,
    not_coming,
    photo_consent,
)
from tests.client import text
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory, TimedSessionFactory, TrackFactory
from tests.spreadsheets import rows_of_csv

THURSDAY = dt.datetime(2025, 11, 6, 9, tzinfo=dt.UTC)
FRIDAY = THURSDAY + dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
DAYS = ["Thu 6 November 2025", "Fri 7 November 2025"]


@pytest.fixture
def girona(edition):
    return DelegationFactory(edition=edition, city__name="Girona")


@pytest.fixture
def days(edition):
    """Thursday for everybody, Friday only for those with a seat."""
    in_person = {"edition": edition, "format": "in_person"}
    TimedSessionFactory(**in_person, starts_at=THURSDAY)
    friday = TimedSessionFactory(**in_person, starts_at=FRIDAY, track=TrackFactory(edition=edition))
    TimedSessionFactory(edition=edition, starts_at=THURSDAY + dt.timedelta(days=9))  # online
    TimedSessionFactory(**in_person, starts_at=THURSDAY + dt.timedelta(days=10), status="cancelled")
    TimedSessionFactory(**in_person, starts_at=THURSDAY + dt.timedelta(days=11), is_published=False)
    SessionFactory(**in_person, date_hint="December")
    return friday


def person(delegation, name, **answers):
    return ParticipantFactory(delegation=delegation, user__name=name, **answers)


@pytest.fixture
def people(girona, days):
    """Ana and Bea eat alike; Ana alone has a seat on Friday. Some do not count."""
    ana = person(girona, "Ana", dietary_needs="Vegetarian.", accessibility_needs="Step-free", photo_consent=True)
    person(girona, "Bea", dietary_needs=" vegetarian", photo_consent=False, expo_pass="wanted")
    person(girona, "Carme", expo_pass="issued")
    SeatFactory(participant=ana, session=days)
    for state in ("pending", "withdrawn", "declined"):
        person(girona, state, state=state, dietary_needs="none", accessibility_needs="none", expo_pass="wanted")
    elsewhere = DelegationFactory(edition=EditionFactory(), city=girona.city)
    person(elsewhere, "Zoe", dietary_needs="none", accessibility_needs="none", expo_pass="wanted")
    return ana


def staff_of(role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def url_of(edition, name, extension=""):
    if extension:
        return reverse("programme-staff:ready-list-export", args=[edition.slug, name, extension])
    return reverse("programme-staff:ready-list", args=[edition.slug, name])


@pytest.mark.usefixtures("people")
def test_catering_counts_needs_by_day_and_names_nobody(edition):
    shown = catering(edition)

    assert shown.columns == ["Dietary need", *DAYS]
    assert shown.rows == [["Everybody", 3, 1], ["No need stated", 1, 0], ["Vegetarian", 2, 1]]


@pytest.mark.usefixtures("girona")
def test_catering_without_days_is_empty(edition):
    person(DelegationFactory(edition=edition), "Ana", dietary_needs="Vegan")

    assert catering(edition).rows == []


@pytest.mark.usefixtures("people")
def test_access_needs_name_who_has_them_and_when(edition):
    shown = access_needs(edition)

    assert shown.columns == ["Name", "City", "Accessibility needs", *DAYS]
    assert shown.rows == [["Ana", "Girona (ES)", "Step-free", True, True]]


@pytest.mark.usefixtures("people")
def test_expo_passes_have_everybody_and_counts(edition):
    shown = expo_passes(edition)

    assert [(row[0], row[-1]) for row in shown.rows] == [("Ana", "not asked"), ("Bea", "wanted"), ("Carme", "issued")]
    assert shown.counts == [("not asked", 1), ("wanted", 1), ("not wanted", 0), ("issued", 1)]


@pytest.mark.usefixtures("people")
def test_photo_consent_begins_with_those_who_refuse(edition):
    shown = photo_consent(edition)

    assert [(row[0], row[-1]) for row in shown.rows] == [("Bea", "no"), ("Carme", "not answered"), ("Ana", "yes")]
    assert shown.counts == [("no", 1), ("not answered", 1), ("yes", 1)]


@pytest.fixture
def stays(people):
    """Ana comes last, in the night of Friday in Madrid; Bea only says when she leaves; Carme says nothing."""
    ana, bea = (people.edition.participants.get(user__name=name) for name in ("Ana", "Bea"))
    ana.arrives_at, ana.leaves_at = THURSDAY + dt.timedelta(hours=14, minutes=5), FRIDAY + dt.timedelta(hours=6)
    bea.leaves_at = FRIDAY
    for person_ in (ana, bea):
        person_.save()
    person(DelegationFactory(edition=ana.edition, city__name="Vic"), "Zita", arrives_at=THURSDAY)


@pytest.mark.usefixtures("stays")
def test_arrivals_are_in_order_and_those_who_have_not_said_are_last(edition):
    shown = arrivals(edition)

    assert shown.columns == ["Name", "City", "Arrival (Europe/Madrid)", "Departure (Europe/Madrid)"]
    assert [row[0] for row in shown.rows] == ["Zita", "Ana", "Bea", "Carme"]
    assert shown.rows[0][2:] == [THURSDAY, None]
    assert shown.counts == [
        ("arrivals on Thu 6 November 2025", 1),
        ("arrivals on Fri 7 November 2025", 1),
        ("have not said", 1),
    ]


@pytest.mark.usefixtures("stays")
def test_arrivals_are_in_the_time_of_the_edition(client, edition):
    client.force_login(staff_of("organiser"))

    page = text(client.get(url_of(edition, "arrivals")))
    rows = rows_of_csv(client.get(url_of(edition, "arrivals", "csv")).getvalue())
    workbook = client.get(url_of(edition, "arrivals", "xlsx")).getvalue()

    ana = ["Ana", "Girona (ES)", "2025-11-07 00:05", "2025-11-07 16:00"]
    assert rows[1:4] == [
        ["Zita", "Vic (ES)", "2025-11-06 10:00", ""],
        ana,
        ["Bea", "Girona (ES)", "", "2025-11-07 10:00"],
    ]
    assert openpyxl.load_workbook(io.BytesIO(workbook)).active["C3"].value == dt.datetime(2025, 11, 7, 0, 5)
    assert "7 Nov 2025, 00:05" in page
    assert "None" not in page


def answered(person_, is_coming, **days):
    days = {"first_on": THURSDAY.date(), "last_on": FRIDAY.date()} | days
    ComingAnswer.objects.create(participant=person_, is_coming=is_coming, answered_at=THURSDAY - WEEK, **days)


@pytest.mark.usefixtures("stays")
def test_who_does_not_come_needs_no_meal_and_no_bed(edition, people):
    """Bea comes, Carme answered for other days."""
    bea, carme = (edition.participants.get(user__name=name) for name in ("Bea", "Carme"))
    answered(people, is_coming=False)
    answered(bea, is_coming=True)
    answered(carme, is_coming=False, last_on=THURSDAY.date())

    assert catering(edition).rows == [["Everybody", 3, 0], ["No need stated", 2, 0], ["vegetarian", 1, 0]]
    assert access_needs(edition).rows == []
    assert [row[0] for row in arrivals(edition).rows] == ["Zita", "Bea", "Carme"]
    assert [row[0] for row in expo_passes(edition).rows] == ["Ana", "Bea", "Carme", "Zita"]
    assert not_coming(edition).rows == [["Ana", people.user.email, "Girona (ES)", THURSDAY - WEEK]]


@pytest.mark.usefixtures("stays")
def test_who_has_not_answered_is_listed_once_people_are_asked(edition, people):
    bea = edition.participants.get(user__name="Bea")
    days = {"first_on": THURSDAY.date(), "last_on": FRIDAY.date()}
    answered(people, is_coming=True)
    for is_reminder, at in ((False, THURSDAY - WEEK), (True, THURSDAY - WEEK / 7)):
        ComingQuestion.objects.create(participant=bea, is_reminder=is_reminder, created_at=at, **days)

    with time_machine.travel(THURSDAY - WEEK * 2, tick=False):
        assert not_answered(edition).rows == []
    with time_machine.travel(THURSDAY, tick=False):
        rows = not_answered(edition).rows

    assert [(row[0], *row[3:]) for row in rows] == [
        ("Bea", THURSDAY - WEEK, THURSDAY - WEEK / 7),
        ("Carme", None, None),
        ("Zita", None, None),
    ]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", READY_LISTS)
def test_an_organiser_reads_and_downloads_it(client, edition, name):
    client.force_login(staff_of("organiser"))

    response = client.get(url_of(edition, name))
    rows = rows_of_csv(client.get(url_of(edition, name, "csv")).getvalue())
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(url_of(edition, name, "xlsx")).getvalue())).active

    shown = response.context["list"]
    assert rows[0] == list(shown.columns) == [cell.value for cell in sheet[1]]
    assert len(rows) == len(shown.rows) + 1 == sheet.max_row
    assert [it.change_message for it in downloads_of(edition)] == [f"Downloaded {name}.xlsx", f"Downloaded {name}.csv"]


@pytest.mark.usefixtures("people")
def test_counts_are_numbers_and_answers_are_words(client, edition):
    client.force_login(staff_of("organiser"))
    catering_file = client.get(url_of(edition, "catering", "xlsx")).getvalue()
    needs_file = client.get(url_of(edition, "access-needs", "csv")).getvalue()

    assert openpyxl.load_workbook(io.BytesIO(catering_file)).active["B2"].value == 3
    assert rows_of_csv(needs_file)[1][-2:] == ["yes", "yes"]


def test_a_need_that_looks_like_a_formula_is_text(client, edition, girona, days):
    person(girona, "Ana", dietary_needs="=1+1")
    client.force_login(staff_of("organiser"))

    assert rows_of_csv(client.get(url_of(edition, "catering", "csv")).getvalue())[-1][0] == "'=1+1"


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("role", ["desk", "viewer"])
@pytest.mark.parametrize("name", READY_LISTS)
def test_who_does_not_see_the_answers_does_not_see_the_lists(client, edition, role, name):
    client.force_login(staff_of(role))

    assert client.get(reverse("programme-staff:ready-lists", args=[edition.slug])).status_code == 403
    assert client.get(url_of(edition, name)).status_code == 403
    assert client.get(url_of(edition, name, "csv")).status_code == 403
    assert not downloads_of(edition)


def test_an_unknown_list_is_not_found(client, edition):
    client.force_login(staff_of("organiser"))

    assert client.get(url_of(edition, "secrets")).status_code == 404
    assert client.get(url_of(edition, "secrets", "csv")).status_code == 404
    assert client.post(url_of(edition, "catering")).status_code == 405


@pytest.mark.parametrize("name", READY_LISTS)
def test_a_list_without_anybody_says_so(client, edition, name):
    client.force_login(staff_of("organiser"))

    response = client.get(url_of(edition, name))

    assert response.context["list"].rows == []
    assert str(READY_LISTS[name].empty) in response.content.decode()


@pytest.mark.usefixtures("days")
@pytest.mark.parametrize("name", READY_LISTS)
def test_a_list_costs_the_same_however_many_people_there_are(client, organiser, edition, girona, name):
    client.force_login(organiser)

    def cost(n):
        for _ in range(n):
            person(girona, "Ana", dietary_needs="Vegan", accessibility_needs="Step-free")
        with CaptureQueriesContext(connection) as queries:
            client.get(url_of(edition, name))
        return len(queries)

    assert cost(1) == cost(2)


def test_the_lists_and_their_downloads_are_on_a_page_of_people(client, edition):
    organiser = staff_of("organiser")
    client.force_login(organiser)
    client.get(url_of(edition, "catering", "csv"))

    response = client.get(reverse("programme-staff:ready-lists", args=[edition.slug]))

    assert response.context["place"].area.name == "people"
    assert [kind.name for kind, _url in response.context["lists"]] == list(READY_LISTS)
    assert [entry.user for entry in response.context["downloads"]] == [organiser]
