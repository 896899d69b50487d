"""Copying an edition and loading a programme file, as an organiser does it."""

import base64

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from programme.models import ChecklistItem, Edition
from programme.programme_files.dump import dump_programme, dumps
from tests.factories.people import UserFactory
from tests.factories.programme import SessionFactory

COPY = "/admin/editions/udt-2025/settings/copy/"
FILE = "/admin/editions/udt-2025/settings/file/"
VALUES = {"name": "UDT Academy 2027", "slug": "udt-2027", "first_day": "2027-09-14"}


@pytest.fixture
def organiser(db):
    organiser = UserFactory(name="Olga Organiser", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


def changed_file(edition):
    """The edition's file with a title, a day and a session changed; a session of the edition is not in it."""
    source = dumps(dump_programme(edition=edition)).replace("UDT Academy 2025", "Academy of 2025")
    source = source.replace("2025-09-25 16:00:00", "2025-09-25 15:30:00")
    SessionFactory(edition=edition, title="Only here")
    return f'{source}\n[[sessions]]\nslug = "extra"\ntitle = "Extra"\nformat = "online"\n'.encode()


def is_in_order(visit, what):
    for look in visit.looks():
        assert visit.violations() == [], (what, look)
        assert not visit.overflows(), (what, look)


def tick(page, item):
    page.get_by_role("listitem").filter(has_text=item).get_by_role("button", name="Tick").click()


def test_an_edition_is_copied_and_its_checklist_ticked(visit, edition_2025, organiser):
    visit = visit()
    page = visit.page
    visit.sign_in(organiser)

    visit.open(COPY)
    for name, value in VALUES.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Preview the copy").click()
    page.get_by_role("cell", name="Tuesday 14 September 2027", exact=True).wait_for()
    is_in_order(visit, "the preview of a copy")
    page.get_by_role("button", name="Create the copy").click()
    tick(page, "Add the meeting links")
    page.get_by_text("Ticked", exact=True).click()
    page.get_by_text("Ticked by Olga Organiser").wait_for()
    is_in_order(visit, "the checklist of a copy")

    assert ChecklistItem.objects.exclude(ticked_at=None).get().kind == "links"
    assert Edition.objects.get(slug="udt-2027").sessions.count() == 27
    assert visit.complaints == []


def test_a_file_is_corrected_previewed_and_loaded(visit, edition_2025, organiser):
    source = changed_file(edition_2025)
    visit = visit()
    page = visit.page
    visit.sign_in(organiser)

    def upload(content):
        file = {"name": "udt-2025.toml", "mimeType": "application/toml", "buffer": content}
        page.get_by_label("Programme file").set_input_files(file)
        page.get_by_role("button", name="Upload and preview").click()

    visit.open(FILE)
    upload(source.replace(b'"online"', b'"onlin"'))
    page.get_by_text("The file has 7 mistakes").wait_for()
    is_in_order(visit, "the mistakes of a file")
    upload(source)
    page.get_by_text("Nothing has been changed yet.").wait_for()
    is_in_order(visit, "what a file changes")
    page.get_by_role("button", name="Load this file").click()
    page.get_by_text("The file is loaded: 3 changes.").wait_for()

    assert Edition.objects.get().name == "Academy of 2025"
    assert visit.complaints == []


def test_both_work_without_scripts(visit, edition_2025, organiser):
    visit = visit(java_script_enabled=False)
    visit.sign_in(organiser)

    visit.open(COPY)
    visit.page.get_by_role("button", name="Preview the copy").click()
    visit.page.get_by_role("button", name="Create the copy").click()
    tick(visit.page, "Publish the edition")
    visit.page.get_by_text("is ticked").wait_for()

    assert ChecklistItem.objects.exclude(ticked_at=None).get().kind == "publication"


def test_previews_are_valid_html(client, edition_2025, organiser, html_findings, tmp_path):
    source = changed_file(edition_2025)
    client.force_login(organiser)
    copied = client.post(COPY, VALUES)
    token = copied.context["clone"].token
    answers = {
        "copy": copied,
        "copy-changed": client.post(COPY, VALUES | {"agreed": "1", "agreed_to": "x"}),
        "copied": client.post(COPY, VALUES | {"agreed": "1", "agreed_to": token}, follow=True),
        "file": client.post(FILE, {"given": SimpleUploadedFile("a.toml", source)}),
        "file-changed": client.post(FILE, {"source": base64.b64encode(source).decode(), "apply": "1"}),
        "mistakes": client.post(FILE, {"given": SimpleUploadedFile("a.toml", b"[edition]")}),
        "refused": client.post("/admin/programme/edition/upload/", {"given": SimpleUploadedFile("a.toml", source)}),
    }
    for name, answer in answers.items():
        (tmp_path / f"{name}.html").write_bytes(answer.content)

    assert [answer.status_code for answer in answers.values()] == [200, 409, 200, 200, 409, 422, 422]
    assert html_findings(*sorted(tmp_path.glob("*.html")), config="html-validate-admin.json") == ""
