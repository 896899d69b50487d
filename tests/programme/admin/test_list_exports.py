"""A list inside an edition as a file: what the page shows, with all rows, for the same people."""

import datetime as dt
import io

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from programme.admin.downloads import downloads_of
from programme.admin.participants import ParticipantAdmin
from programme.areas import all_pages
from tests.factories.attendance import DecisionFactory, EvidenceFactory, ExcuseFactory
from tests.factories.people import (
    DelegationFactory,
    InvitationFactory,
    MessageFactory,
    NoticeFactory,
    ParticipantFactory,
    SeatFactory,
    UserFactory,
)
from tests.factories.programme import EditionFactory, RoomFactory, TimedSessionFactory, TrackFactory
from tests.spreadsheets import rows_of_csv
from udtacademy.admin import lists
from udtacademy.tables import writing

PEOPLE = "programme-staff:participants"
OTHERS = {"programme-staff:settings", "attendance-staff:board"}  # pages with a model that are no list of the admin
LISTS = [page.name for _area, page in all_pages() if page.model and page.name not in OTHERS]


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def staff_of(role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def url_of(edition, name=PEOPLE, extension="csv"):
    return reverse(f"{name}-export", args=[edition.slug, extension])


def csv_of(client, edition, name=PEOPLE, **query):
    response = client.get(url_of(edition, name), query)
    assert response.status_code == 200
    return rows_of_csv(response.getvalue())


def names_in(rows):
    return [row[0] for row in rows[1:]]


def one_of_each(edition):
    """A row of every list."""
    participant = ParticipantFactory(delegation__edition=edition)
    session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
    about = {"participant": participant, "session": session}
    RoomFactory(venue=edition.venue)
    SeatFactory(**about)
    EvidenceFactory(**about)
    DecisionFactory(**about, by=participant.user)
    ExcuseFactory(**about)
    InvitationFactory(delegation=participant.delegation)
    MessageFactory(context=edition)
    NoticeFactory(edition=edition, state="sent")


def test_a_file_has_the_columns_of_the_page_without_its_buttons(admin, edition):
    person = ParticipantFactory(
        delegation=DelegationFactory(edition=edition, city__name="Girona"),
        user__name="Ana",
        user__email="ana@a.example",
    )

    assert csv_of(admin, edition) == [
        ["Person", "Email address", "Delegation", "State", "Coordinator", "Since (Europe/Madrid)"],
        ["Ana", "ana@a.example", "Girona (ES)", "registered", "no", "2025-01-07 10:00"],
    ]
    assert person.state_at == dt.datetime(2025, 1, 7, 9, tzinfo=dt.UTC)


def test_a_workbook_has_types(admin, edition):
    DelegationFactory(edition=edition, city__name="Girona", quota=5)
    content = admin.get(url_of(edition, "programme-staff:delegations", "xlsx")).getvalue()
    people = ParticipantFactory(delegation__edition=edition)

    quota = openpyxl.load_workbook(io.BytesIO(content)).active["C2"]
    content = admin.get(url_of(edition, PEOPLE, "xlsx")).getvalue()
    since = openpyxl.load_workbook(io.BytesIO(content)).active["F2"]

    assert (quota.value, quota.data_type) == (5, "n")
    assert since.value == people.state_at.astimezone(edition.zone).replace(tzinfo=None)


def test_a_session_has_its_time_its_day_or_its_words(admin, edition):
    TimedSessionFactory(edition=edition, title="Timed", starts_at=dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC))
    TimedSessionFactory(edition=edition, title="Of a day", starts_at=None, ends_at=None, held_on=dt.date(2025, 11, 5))
    TimedSessionFactory(edition=edition, title="In words", starts_at=None, ends_at=None, date_hint="December")

    rows = csv_of(admin, edition, "programme-staff:sessions")

    assert rows[0][1] == "When (Europe/Madrid)"
    assert {row[0]: row[1] for row in rows[1:]} == {
        "Timed": "2025-09-25 16:00",
        "Of a day": "2025-11-05",
        "In words": "December",
    }


def test_a_file_has_all_pages(admin, edition, monkeypatch):
    monkeypatch.setattr(ParticipantAdmin, "list_per_page", 2)
    ParticipantFactory.create_batch(5, delegation=DelegationFactory(edition=edition, quota=5))

    page = admin.get(reverse(PEOPLE, args=[edition.slug]))

    assert len(page.context["cl"].result_list) == 2
    assert len(csv_of(admin, edition)) == 6


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_file_is_read_and_sent_in_parts(admin, edition, monkeypatch):
    monkeypatch.setattr(lists, "CHUNK", 2)
    monkeypatch.setattr(writing, "ROWS_AT_ONCE", 2)
    ParticipantFactory.create_batch(5, delegation=DelegationFactory(edition=edition, quota=5))

    parts = list(admin.get(url_of(edition)).streaming_content)

    assert [len(part.splitlines()) for part in parts] == [2, 2, 2]


def test_filters_search_and_order_hold(admin, edition):
    city = DelegationFactory(edition=edition, city__name="Girona")
    ParticipantFactory(delegation=city, user__name="Bea", user__email="bea@a.example")
    ParticipantFactory(delegation=city, user__name="Ana", user__email="ana@a.example")
    ParticipantFactory(delegation=city, user__name="Pere", user__email="pere@a.example", state="pending")

    assert names_in(csv_of(admin, edition, state__exact="pending")) == ["Pere"]
    assert names_in(csv_of(admin, edition, q="bea@")) == ["Bea"]
    assert names_in(csv_of(admin, edition, o="-2")) == ["Pere", "Bea", "Ana"]
    page = admin.get(reverse(PEOPLE, args=[edition.slug]), {"state__exact": "pending", "p": "1"}).content.decode()
    assert f'href="{url_of(edition)}?state__exact=pending"' in page


@pytest.mark.parametrize("query", ["calendar_token__regex=a", "nonsense=1", "delegation__city__id__exact=x"])
def test_what_makes_no_sense_is_refused_before_anything_is_sent(admin, edition, query):
    ParticipantFactory(delegation__edition=edition)
    ParticipantFactory(delegation__edition=edition)

    assert admin.get(f"{url_of(edition)}?{query}").status_code == 400
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_a_file_of_its_edition_only(admin, edition, name):
    elsewhere = EditionFactory()
    one_of_each(elsewhere)

    assert len(csv_of(admin, elsewhere, name)) > 1 or name.endswith("aliases")
    if name not in {"programme-staff:cities", "programme-staff:venues"}:  # which editions share
        assert len(csv_of(admin, edition, name)) == 1


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("name", LISTS)
def test_a_file_costs_the_same_however_many_rows_it_has(admin, edition, name, extension):
    def cost():
        one_of_each(edition)
        with CaptureQueriesContext(connection) as queries:
            admin.get(url_of(edition, name, extension)).getvalue()
        return len(queries)

    cost()  # also learns the content types
    second, third = cost(), cost()

    assert second == third


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("desk", PEOPLE, 200),
        ("desk", "programme-staff:messages", 403),
        ("viewer", "programme-staff:messages", 200),
        ("viewer", "programme-staff:sessions", 200),
        ("organiser", "programme-staff:seat-list", 200),
    ],
)
def test_who_may_see_the_list_may_download_it(client, edition, role, name, status):
    client.force_login(staff_of(role))

    assert client.get(url_of(edition, name)).status_code == status
    assert LogEntry.objects.count() == (status == 200)


def test_participants_are_sent_to_sign_in_as_staff(client, participant):
    client.force_login(participant.user)

    assert client.get(url_of(participant.edition)).status_code == 302
    assert not LogEntry.objects.exists()


def test_an_unknown_edition_or_kind_of_file_is_not_found(admin, edition):
    assert admin.get(url_of(edition).replace(edition.slug, "nowhere")).status_code == 404
    assert admin.get(url_of(edition).replace("export.csv", "export.pdf")).status_code == 404
    assert admin.post(url_of(edition)).status_code == 405


def test_texts_that_look_like_formulas_are_texts(admin, edition):
    ParticipantFactory(
        delegation=DelegationFactory(edition=edition, city__name="@Girona"), user__name='=HYPERLINK("x")'
    )

    row = csv_of(admin, edition)[1]
    sheet = openpyxl.load_workbook(io.BytesIO(admin.get(url_of(edition, PEOPLE, "xlsx")).getvalue())).active

    assert (row[0], row[2]) == ('\'=HYPERLINK("x")', "'@Girona (ES)")
    assert (sheet["A2"].value, sheet["A2"].data_type) == ('=HYPERLINK("x")', "s")


def test_the_file_is_named_after_the_edition_and_the_list(admin, edition):
    response = admin.get(url_of(edition, PEOPLE, "xlsx"))

    assert response.streaming
    assert response["Content-Disposition"].startswith(f'attachment; filename="{edition.slug}-participants-20')
    assert response["Content-Disposition"].endswith('.xlsx"')


def test_who_downloads_what_is_on_record(admin, edition, organiser):
    admin.get(url_of(edition))
    admin.get(url_of(edition, "programme-staff:tracks", "xlsx"))
    admin.head(url_of(edition))

    entries = [(it.user, it.change_message) for it in downloads_of(edition)]
    assert entries == [(organiser, "Downloaded tracks.xlsx"), (organiser, "Downloaded participants.csv")]


def test_files_are_offered_inside_an_edition_only(admin, edition):
    ParticipantFactory(delegation__edition=edition)

    assert "export.csv" in admin.get(reverse(PEOPLE, args=[edition.slug])).content.decode()
    assert "export.csv" not in admin.get("/admin/programme/participant/").content.decode()
