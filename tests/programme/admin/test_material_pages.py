"""Materials for organisers. Who gets in is in tests/access.txt."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from programme.models import Material
from tests.client import levels_of, press, text
from tests.documents import PDF
from tests.factories.programme import SessionFactory
from tests.factories.speakers import MaterialFactory, SessionSpeakerFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
LIST = "/admin/editions/academy/outcomes/materials/"
SLIDES = {"title": "Slides", "what": "slides", "licence": "cc-by-4.0", "audience": "participants", "release": "after"}


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def over(open_edition):
    ends_at = timezone.now().replace(microsecond=0) - dt.timedelta(hours=2)
    return SessionFactory(edition=open_edition, slug="talk", starts_at=ends_at - dt.timedelta(hours=1), ends_at=ends_at)


@pytest.fixture
def office(client, organiser, over):
    client.force_login(organiser)
    return client


def test_a_file_and_a_link_are_added_changed_and_removed(office, over, organiser):
    office.post(f"{LIST}add/", SLIDES | {"session": over.pk, "upload": SimpleUploadedFile("Slides.pdf", PDF)})
    office.post(f"{LIST}add/", SLIDES | {"session": over.pk, "title": "Film", "url": "https://film.example/"})
    file, link = Material.objects.order_by("pk")
    day = {"release": "date", "released_on": "2030-01-01"}

    office.post(f"{LIST}{file.pk}/", SLIDES | {"title": "Better slides", "audience": "everybody"} | day)
    wrong = office.post(f"{LIST}{link.pk}/", SLIDES | {"url": ""})
    answer = office.post(f"{LIST}{link.pk}/remove/", follow=True)

    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["url"])
    assert levels_of(answer)[-1] == "success"
    row = Material.objects.get()
    assert (row.title, row.is_public, row.released_on, row.added_by) == (
        "Better slides",
        True,
        dt.date(2030, 1, 1),
        organiser,
    )
    with row.file.open() as content:
        assert content.read() == PDF


def test_a_session_of_another_edition_cannot_be_chosen(office, edition):
    elsewhere = SessionFactory(edition=edition)

    answer = office.post(f"{LIST}add/", SLIDES | {"session": elsewhere.pk, "url": "https://film.example/"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["session"])
    assert not Material.objects.exists()


def test_what_is_over_without_materials_is_listed_and_its_speakers_asked(office, over):
    SessionFactory(edition=over.edition, title="To come", starts_at=None)
    row = SessionSpeakerFactory(session=over)
    lacks = [it.session for it in office.get(LIST).context["lacks"]]
    tasks = [it.url for it in office.get("/admin/editions/academy/").context["tasks"]]

    press(office, LIST, "Ask the speakers")

    assert (lacks, LIST in tasks) == ([over], True)
    assert Message.objects.get(kind="materials_wanted").to == row.speaker.email
    MaterialFactory(session=over)
    assert office.get(LIST).context["lacks"] == []


def test_the_list_wording(office, over):
    MaterialFactory(session=over, audience="participants", release="date", released_on=dt.date(2030, 1, 1))

    assert "for participants, from 1 January 2030" in text(office.get(LIST))
