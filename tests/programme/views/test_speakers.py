"""The page of a speaker behind the personal link, and what others see of speakers."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from programme.actions.speaker_answers import save_picture
from programme.models import Material, SessionSpeaker, Speaker, SpeakerPicture
from tests.client import levels_of, text
from tests.documents import PDF
from tests.factories.people import UserFactory
from tests.factories.programme import SessionFactory, png_file
from tests.factories.speakers import MaterialFactory, SessionSpeakerFactory
from udtacademy.accounts.own_data import files_of, own_records

pytestmark = pytest.mark.django_db
DETAILS = {"name": "Inês Duarte", "role": "Head of data", "organisation": "Coast", "about": "I ask first."}
MATERIAL = {"title": "Slides", "what": "slides", "licence": "cc-by-4.0", "audience": "everybody", "release": "now"}


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def row(open_edition):
    """Asked to speak in twenty days."""
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=20)
    session = SessionFactory(
        edition=open_edition, slug="talk", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )
    return SessionSpeakerFactory(session=session, confirmed_at=None, speaker__consented_at=None)


@pytest.fixture
def page(row):
    return f"/speaker/{row.speaker.link_token}/"


def file(name="Slides.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def test_the_page_wording(client, page, row):
    response = client.get(page)

    assert f"Do you speak at “{row.session}”" in text(response)
    assert 'content="noindex"' in text(response)


def test_who_has_confirmed_without_consent_reads_that_nothing_is_shown(client, page, row):
    note, now = "Nothing about you is shown yet.", timezone.now()
    pages = [text(client.get(page))]
    for model, values in ((SessionSpeaker, {"confirmed_at": now}), (Speaker, {"consented_at": now})):
        model.objects.update(**values)
        pages.append(text(client.get(page)))

    assert [note in it for it in pages] == [False, True, False]


def test_opening_the_link_changes_nothing(client, page, row):
    before = list(Speaker.objects.values()), list(SessionSpeaker.objects.values())

    client.get(page)
    client.head(page)

    assert (list(Speaker.objects.values()), list(SessionSpeaker.objects.values())) == before


def test_an_answer_shows_the_speaker_on_all_pages_and_in_the_calendar(client, page, row):
    session = row.session.get_absolute_url()
    pages = ("/academy/", session, "/academy/programme.ics", f"{session.rstrip('/')}.ics")
    before = [client.get(it) for it in pages]

    answer = client.post(
        page, DETAILS | {f"session-{row.pk}": "yes", "consents": "on", "picture": file("me.png", png_file())}
    )

    assert answer.status_code == 302
    after = [client.get(it) for it in pages]
    assert ["Inês Duarte" in it.content.decode() for it in [*before, *after]] == [False] * 4 + [True] * 4
    picture = client.get(f"/academy/speakers/{SpeakerPicture.objects.get().digest}/")
    assert (picture["Content-Type"], picture["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert picture.content == png_file()
    again = client.get("/academy/programme.ics", headers={"If-None-Match": before[2]["ETag"]})
    assert (again.status_code, before[2]["ETag"] != again["ETag"]) == (200, True)


def test_who_withdraws_is_gone_and_so_is_the_picture(client, page, row):
    client.post(page, DETAILS | {f"session-{row.pk}": "yes", "consents": "on", "picture": file("me.png", png_file())})
    digest = SpeakerPicture.objects.get().digest

    answer = client.post(f"{page}withdraw/", follow=True)

    assert levels_of(answer) == ["success", "success"]  # also of the answer before
    assert "Inês Duarte" not in client.get("/academy/").content.decode()
    assert client.get(f"/academy/speakers/{digest}/").status_code == 404
    row.refresh_from_db()
    assert row.confirmed_at is not None  # still comes


def test_a_mistake_keeps_what_was_typed_and_the_picture(client, page, row):
    answer = client.post(page, DETAILS | {"consents": "on", "picture": file("me.png", png_file())})

    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == [f"session-{row.pk}"]
    assert form["about"].value() == "I ask first."
    assert SpeakerPicture.objects.exists()
    row.speaker.refresh_from_db()
    assert row.speaker.about == ""


def test_a_picture_that_is_none_is_refused_beside_its_field(client, page, row):
    posted = DETAILS | {f"session-{row.pk}": "yes", "consents": "on"}

    answer = client.post(page, posted | {"picture": file("me.png", b"<svg/>")})

    assert answer.status_code == 422
    assert answer.context["form"].errors.as_data()["picture"][0].code == "file_of_other_kind"
    row.refresh_from_db()
    assert (row.confirmed_at, SpeakerPicture.objects.exists()) == (None, False)


def test_somebody_can_come_without_being_shown_and_then_neither_text_nor_picture_is_kept(client, page, row):
    save_picture(speaker=row.speaker, content=png_file())  # beside a mistake, when the consent was still ticked

    client.post(page, DETAILS | {f"session-{row.pk}": "yes", "picture": file("me.png", png_file(100, 100))})
    refused = client.post(page, DETAILS | {"picture": file("me.png", png_file())})

    row.refresh_from_db()
    assert (row.confirmed_at is not None, refused.status_code) == (True, 422)
    assert (row.speaker.name, row.speaker.about, SpeakerPicture.objects.exists()) == (DETAILS["name"], "", False)
    assert "Inês Duarte" not in client.get("/academy/").content.decode()


def test_an_answer_while_organisers_take_the_speaker_off_finds_no_page(client, page, row, monkeypatch):
    found = Speaker.objects.select_related("edition__venue").get()
    monkeypatch.setattr("programme.material_access.speaker_of_link", lambda _token: found)  # read before that
    Speaker.objects.all().delete()

    assert client.post(page, DETAILS).status_code == 404


def test_slides_wait_for_the_end_of_the_session(client, page, row, coordinator):
    SessionSpeaker.objects.update(confirmed_at=timezone.now())
    add = f"{page}sessions/talk/materials/"

    client.post(add, MATERIAL | {"release": "after", "upload": file()})

    material = Material.objects.get()
    address = f"/academy/materials/{material.token}/"
    assert client.get(f"{page}materials/{material.token}/").content == PDF
    assert client.get(address).status_code == 404
    now = timezone.now()
    row.session.starts_at, row.session.ends_at = now - dt.timedelta(hours=2), now - dt.timedelta(hours=1)
    row.session.save()
    assert client.get(address).content == PDF


def test_a_material_with_a_mistake_is_refused_with_what_was_typed(client, page, row):
    SessionSpeaker.objects.update(confirmed_at=timezone.now())
    add = f"{page}sessions/talk/materials/"
    wrong = [
        MATERIAL | {"upload": file("x.html", b"<html><script>")},
        MATERIAL,
        MATERIAL | {"upload": file(), "url": "https://slides.example/"},
        MATERIAL | {"upload": file(), "release": "date"},
        MATERIAL | {"url": "javascript:alert(1)"},
    ]

    answers = [client.post(add, it) for it in wrong]

    assert [it.status_code for it in answers] == [422] * 5
    fields = [next(iter(it.context["wrong_form"].errors)) for it in answers]
    assert fields == ["upload", "upload", "upload", "released_on", "url"]
    assert {it.context["wrong_form"]["title"].value() for it in answers} == {"Slides"}
    assert client.get(add).status_code == 302  # from the page that refuses a file that is too large
    assert not Material.objects.exists()


def test_a_link_opens_nothing_of_others(client, page, row):
    other = MaterialFactory(session=row.session)
    unconfirmed = f"{page}sessions/talk/materials/"

    answers = [
        client.get("/speaker/nobody/"),
        client.post("/speaker/nobody/withdraw/"),
        client.get(f"{page}picture/"),
        client.post(unconfirmed, MATERIAL | {"upload": file()}),
        client.get(f"{page}materials/{other.token}/"),
        client.post(f"{page}materials/{other.token}/remove/"),
    ]

    assert [it.status_code for it in answers] == [404] * 6
    assert Material.objects.get() == other


def test_own_materials_are_removed(client, page, row):
    material = MaterialFactory(session=row.session, speaker=row.speaker)

    assert client.post(f"{page}materials/{material.token}/remove/").status_code == 302
    assert not Material.objects.exists()


def test_somebody_with_an_account_finds_it_among_their_data(row, tmp_path):
    user = UserFactory(email=row.speaker.email)
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    save_picture(speaker=row.speaker, content=png_file())
    MaterialFactory(session=row.session, speaker=row.speaker)
    MaterialFactory(
        session=row.session, speaker=row.speaker, url="https://slides.example/", file="", name="", kind="", size=None
    )

    labels = {it.label for it in own_records(user)}
    files = [content for _path, content in files_of(user)]

    assert {f"programme.{it}" for it in ("Speaker", "SpeakerPicture", "SessionSpeaker", "Material")} <= labels
    assert files == [png_file(), PDF]
