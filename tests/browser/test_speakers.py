"""A speaker's story: asked by email, confirmed with picture and slides, seen by a participant afterwards, withdrawn."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from programme.actions.speakers import NewSpeaker, add_speaker, ask_speaker
from programme.models import Session, SpeakerPicture
from tests.browser.test_people import link_in, mail
from tests.documents import PDF
from tests.factories.programme import SessionFactory, png_file

EMAIL = "ines@coast.example"


@pytest.fixture
def session(open_edition):
    starts_at = timezone.now().replace(second=0, microsecond=0) + dt.timedelta(days=2)
    return SessionFactory(
        edition=open_edition,
        slug="talk",
        title="Shade on four squares",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


def look(visit, path):
    """Open a page, and return what is wrong with it: narrow and light, wide and dark."""
    visit.open(path)
    return [it for _look in visit.looks() for it in [*visit.violations(), *["overflows"] * visit.overflows()]]


def test_a_speaker_is_asked_confirms_is_seen_and_withdraws(
    visit, session, coordinator, organiser, settings, tmp_path, html_findings
):
    settings.MEDIA_ROOT = tmp_path / "media"
    row = add_speaker(session=session, person=NewSpeaker("Ines Duarte", EMAIL), part="speaker", by=organiser)
    ask_speaker(speaker=row.speaker, by=organiser)
    link = link_in(mail(EMAIL, "speaker_invited"))

    # The speaker answers on a phone, without an account: a large picture is made smaller before it is sent.
    speaker = visit(width=375, height=740)
    assert look(speaker, link) == []
    page = speaker.page
    page.get_by_label("Yes, I come").check()
    page.get_by_label("Full name").fill("Inês Duarte")
    page.get_by_label("About you").fill("I ask first who will use it.")
    picture = {"name": "me.png", "mimeType": "image/png", "buffer": png_file(2000, 1500)}
    page.locator("input[name=picture]").set_input_files(picture)
    expect(page.locator("input[name=picture]")).to_have_js_property("value", "C:\\fakepath\\picture.jpg")
    page.get_by_label("Show my name").check()
    page.get_by_role("button", name="Save my answer").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
    page.get_by_label("Title").fill("My slides")
    page.get_by_label("File").set_input_files({"name": "Slides.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="My slides")).to_be_visible()
    assert look(speaker, link) == []
    assert SpeakerPicture.objects.get().kind == "jpeg"

    # A participant sees the speaker before the session, and the slides after it.
    participant = visit()
    participant.sign_in(coordinator.user)
    address = session.get_absolute_url()
    assert look(participant, address) == []
    expect(participant.page.get_by_role("heading", name="Inês Duarte")).to_be_visible()
    picture = participant.page.locator("li.speaker img")
    assert picture.evaluate("async it => (await it.decode(), [it.naturalWidth, it.naturalHeight])") == [640, 480]
    assert participant.page.get_by_role("link", name="My slides").count() == 0
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(
        starts_at=now - dt.timedelta(hours=2), ends_at=now - dt.timedelta(hours=1)
    )
    assert look(participant, address) == []
    with participant.page.expect_download() as download:
        participant.page.get_by_role("link", name="My slides").click()
    assert (download.value.suggested_filename, download.value.path().read_bytes()) == ("Slides.pdf", PDF)
    assert look(participant, "/academy/materials/") == []
    for name, it in (("speaker", speaker), ("materials", participant)):
        (tmp_path / f"{name}.html").write_bytes(it.page.request.get(it.page.url).body())
    assert html_findings(tmp_path / "speaker.html", tmp_path / "materials.html") == ""

    # The speaker no longer wants to be shown.
    page.get_by_role("button", name="Show me no longer").click()
    expect(page.get_by_text("You are no longer shown")).to_be_visible()
    participant.open(address)
    expect(participant.page.get_by_role("link", name="My slides")).to_be_visible()
    assert participant.page.get_by_text("Inês Duarte").count() == 0
    assert [*speaker.complaints, *participant.complaints] == []


def test_the_speakers_page_works_without_a_script(visit, session, organiser):
    row = add_speaker(session=session, person=NewSpeaker("Ines Duarte", EMAIL), part="moderator", by=organiser)
    ask_speaker(speaker=row.speaker, by=organiser)
    page = visit(java_script_enabled=False)

    page.open(link_in(mail(EMAIL, "speaker_invited")))
    page.page.get_by_role("button", name="Save my answer").click()
    expect(page.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.page.get_by_label("No, I cannot come").check()
    page.page.get_by_role("button", name="Save my answer").click()

    expect(page.page.get_by_text("You do not come")).to_be_visible()
