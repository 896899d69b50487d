"""Materials: what is taken, what is stored, and asking speakers for them."""

import datetime as dt

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from programme.actions.materials import (
    MOST_MATERIALS,
    add_material,
    ask_for_materials,
    delete_lost_materials,
    remove_material,
)
from programme.models import Material
from tests.documents import PDF, PNG, docx, zipped
from tests.factories.speakers import MaterialFactory, SessionSpeakerFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "materials"


def add(session, content=PDF, name="Slides.pdf", **values):
    material = Material(edition=session.edition, session=session, title="Slides", **values)
    return add_material(material=material, content=content, name=name)


def stored(folder):
    return list(folder.iterdir()) if folder.exists() else []


BOMB = {"[Content_Types].xml": "<Types/>", "word/document.xml": "0" * (201 * 2**20)}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "file_of_other_kind"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_of_other_kind"),
        (lambda: PDF[:20] + b"<script>alert(1)</script>", "file_of_other_kind"),
        (lambda: PNG + zipped(a="b"), "file_of_other_kind"),
        (lambda: docx(**{"word/vbaProject.bin": "x"}), "file_with_macros"),
        (lambda: zipped(**BOMB), "file_unpacks_too_large"),
        (lambda: zipped(**{"../../x": "x"}), "file_of_other_kind"),
        (lambda: b"", "file_empty"),
        (lambda: b"%PDF-" + bytes(25 * 2**20), "file_too_large"),
    ],
    ids=["html", "svg", "pdf with a page", "png with a zip", "macros", "bomb", "folders", "empty", "large"],
)
def test_what_is_refused_leaves_nothing_behind(session, folder, make, code):
    with refused(code):
        add(session, make())

    assert (stored(folder), Material.objects.count()) == ([], 0)


def test_a_name_leads_nowhere(session, folder):
    material = add(session, name="../../x<script>.html")

    assert material.name == "x<script>.html.pdf"
    assert [it.name for it in stored(folder)] == [f"{material.token}.pdf"]


def test_a_second_click_adds_nothing_and_a_full_session_takes_nothing(session, folder):
    assert add(session) == add(session)
    assert len(stored(folder)) == 1
    for number in range(MOST_MATERIALS - 1):
        MaterialFactory(session=session, title=str(number))
    before = len(stored(folder))

    with refused("too_many_materials"):
        add(session, name="Other.pdf")

    assert len(stored(folder)) == before


def test_a_file_goes_with_its_row_and_what_no_row_refers_to_at_night(
    session, folder, django_capture_on_commit_callbacks
):
    material = add(session)
    default_storage.save("materials/lost.pdf", ContentFile(PDF))
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_material(material=material)
        assert not remove_material(material=material)

    assert [it.name for it in stored(folder)] == ["lost.pdf"]
    assert delete_lost_materials() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(days=2), tick=False):
        assert delete_lost_materials() == 1
    assert stored(folder) == []


def test_those_who_came_are_asked_once_an_hour(session, organiser):
    came = SessionSpeakerFactory(session=session)
    SessionSpeakerFactory(session=session, confirmed_at=None)

    assert [ask_for_materials(session=session, by=organiser) for _n in range(2)] == [1, 0]

    assert Message.objects.get(kind="materials_wanted").to == came.speaker.email


def test_nobody_is_asked_in_vain(session, organiser):
    with refused("no_speakers"):
        ask_for_materials(session=session, by=organiser)
    SessionSpeakerFactory(session=session)
    add(session)
    with refused("has_materials"):
        ask_for_materials(session=session, by=organiser)
