"""Who sees which materials: on a session's page, on the page of all, and the files."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.models import Participant
from tests.documents import PDF
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.factories.speakers import MaterialFactory

pytestmark = pytest.mark.django_db
ALL = "/academy/materials/"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def over(open_edition):
    ends_at = timezone.now().replace(microsecond=0) - dt.timedelta(hours=2)
    return SessionFactory(edition=open_edition, slug="talk", starts_at=ends_at - dt.timedelta(hours=1), ends_at=ends_at)


@pytest.fixture
def materials(over):
    """One for everybody, one for participants, and one that nobody sees yet."""
    tomorrow = timezone.localdate() + dt.timedelta(days=2)
    return [
        MaterialFactory(session=over, title="Public slides", release="after"),
        MaterialFactory(session=over, title="Internal slides", audience="participants"),
        MaterialFactory(session=over, title="Later slides", release="date", released_on=tomorrow),
    ]


def address(material):
    return f"/academy/materials/{material.token}/"


def titles_on(client, path):
    page = client.get(path).content.decode()
    return [it for it in ("Public", "Internal", "Later") if f"{it} slides" in page]


def test_everybody_sees_what_is_for_everybody(client, materials, over, stranger):
    for visitor in (None, stranger):
        if visitor:
            client.force_login(visitor)
        assert titles_on(client, ALL) == titles_on(client, over.get_absolute_url()) == ["Public"]
    assert client.get(address(materials[0])).content == PDF
    assert [client.get(address(it)).status_code for it in materials[1:]] == [404, 404]


def test_participants_see_theirs_and_those_of_others_do_not(client, materials, over, coordinator):
    elsewhere = ParticipantFactory()
    for person, expected in ((coordinator, ["Public", "Internal"]), (elsewhere, ["Public"])):
        client.force_login(person.user)
        assert titles_on(client, ALL) == titles_on(client, over.get_absolute_url()) == expected
        assert [client.get(address(it)).status_code == 200 for it in materials] == [
            it.title.split()[0] in expected for it in materials
        ]
    client.force_login(coordinator.user)
    Participant.objects.filter(pk=coordinator.pk).update(state="withdrawn", is_coordinator=False)
    assert titles_on(client, ALL) == ["Public"]


def test_a_file_is_saved_never_opened(client, materials):
    response = client.get(address(materials[0]))

    assert response["Content-Disposition"].startswith("attachment;")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_who_is_not_signed_in_is_asked_to_for_what_participants_see(client, materials):
    response = client.get(address(materials[1]))

    assert response["Location"].startswith("/accounts/login/code/?next=")


@pytest.mark.parametrize("change", ["session", "edition"])
def test_what_is_unpublished_is_not_found(client, materials, over, coordinator, change):
    target = over if change == "session" else over.edition
    target.is_published = False
    target.save()

    for _role in range(2):
        assert [client.get(address(it)).status_code for it in materials] == [404] * 3
        client.force_login(coordinator.user)


def test_a_material_of_another_edition_is_not_found_in_this_one(client, materials, edition):
    assert client.get(f"/{edition.slug}/materials/{materials[0].token}/").status_code == 404


def test_a_link_is_no_file(client, over):
    link = MaterialFactory(session=over, url="https://slides.example/", file="", name="", kind="", size=None)

    assert link.url in client.get(ALL).content.decode()
    assert client.get(address(link)).status_code == 404


def test_the_page_costs_the_same_for_many(client, materials, over, coordinator, django_assert_num_queries):
    client.force_login(coordinator.user)
    client.get(ALL)  # reads the programme, once for a state
    with django_assert_num_queries(4):
        client.get(ALL)
    for number in range(3):
        MaterialFactory(session=SessionFactory(edition=over.edition), title=str(number))
    client.get(ALL)

    with django_assert_num_queries(4):
        client.get(ALL)


def test_materials_wording_where_there_are_none(client, open_edition):
    assert "There are no materials yet" in client.get(ALL).content.decode()
