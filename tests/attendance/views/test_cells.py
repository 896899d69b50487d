import json

import pytest

from attendance.actions.decisions import decide
from attendance.models import Attendance, Decision, Evidence
from programme.models import Participant
from tests.factories.attendance import EvidenceFactory, ExcuseFactory

HTMX = {"HX-Request": "true"}


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def page(running, ana):
    return f"/admin/attendance/board/academy/{ana.pk}/peer-learning/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_a_cell_shows_all_that_is_known(admin, page, running, ana, organiser):
    EvidenceFactory(participant=ana, session=running, by=organiser, note="by hand")
    decide(cells=[(ana, running)], outcome="counts", reason="Long enough", by=organiser)
    ExcuseFactory(participant=ana, session=running, reason="A meeting")

    shown = text(admin.get(page))

    assert "Door, " in shown
    assert "nothing established → <b>partly there, counts</b>. Long enough" in shown
    assert "(waits for an organiser): A meeting" in shown


def test_a_decision_within_the_board_answers_with_the_new_cell(admin, page):
    assert "<html" not in text(admin.get(page, headers=HTMX))

    response = admin.post(page, {"outcome": "made_up", "reason": "Recording"}, headers=HTMX)

    assert json.loads(response["X-Cell"]) == {
        "css": "s-made_up is-decided",
        "title": "made up for: decision",
        "symbol": "M",
    }
    assert admin.post(page, {"outcome": "absent", "reason": "No"}).url == page


@pytest.mark.parametrize("form", [{"outcome": "present"}, {"outcome": "present", "reason": "  "}, {"reason": "Why"}])
def test_a_decision_without_a_reason_is_none(admin, page, form):
    response = admin.post(page, form)

    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_evidence_is_taken_back_with_a_reason_and_stays_on_record(admin, page, running, ana):
    piece = EvidenceFactory(participant=ana, session=running)
    url = f"/admin/attendance/board/academy/retract/{piece.pk}/"

    assert "Say why it is taken back." in text(admin.post(url, follow=True))
    assert "both stay on record" in text(admin.post(url, {"reason": "Wrong person"}, follow=True))
    assert "taken back already" in text(admin.post(url, {"reason": "Wrong person"}, follow=True))
    assert "Wrong person" in text(admin.get(page))
    assert Attendance.objects.get().status == ""
    retraction = Evidence.objects.get(kind="retraction")
    again = f"/admin/attendance/board/academy/retract/{retraction.pk}/"
    assert "is not taken back itself" in text(admin.post(again, {"reason": "No"}, follow=True))


def test_who_withdrew_after_attending_is_still_there(admin, page, running, ana, organiser):
    decide(cells=[(ana, running)], outcome="present", reason="Seen", by=organiser)
    Participant.objects.update(state="withdrawn")

    assert "Present: decision (withdrawn)" in text(admin.get(page))
    assert "Ana Anaya" in text(admin.get("/admin/attendance/board/academy/"))


def test_a_viewer_looks_and_decides_nothing(client, page, staff_of, running, ana):
    piece = EvidenceFactory(participant=ana, session=running)
    client.force_login(staff_of("viewer"))

    assert "<textarea" not in text(client.get(page))
    assert "data-decide" not in text(client.get(page, headers=HTMX))
    assert client.post(page, {"outcome": "present", "reason": "Me"}).status_code == 403
    assert client.post(f"/admin/attendance/board/academy/retract/{piece.pk}/", {"reason": "x"}).status_code == 403
    assert not Decision.objects.exists()


def test_a_person_of_another_edition_has_no_cell(admin, running, participant):
    assert admin.get(f"/admin/attendance/board/academy/{participant.pk}/peer-learning/").status_code == 404
