import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from attendance.models import Attendance, Decision, Excuse
from tests.client import text
from tests.factories.attendance import DecisionFactory, EvidenceFactory, ExcuseFactory
from udtacademy.outbox.models import Message

QUEUE = "/admin/attendance/excuse/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def ask(client, action, *objects, **more):
    return client.post(QUEUE, {"action": action, ACTION_CHECKBOX_NAME: [it.pk for it in objects]} | more)


@pytest.mark.parametrize(
    ("kind", "status", "source"),
    [("excuse", "excused", "excuse"), ("other_date", "made_up", "excuse"), ("correction", "present", "decision")],
)
def test_what_is_approved_counts_and_is_told(admin, running, ana, kind, status, source):
    excuse = ExcuseFactory(participant=ana, session=running, kind=kind)
    assert "1 email will be sent." in text(ask(admin, "approve", excuse))

    for _ in range(2):
        ask(admin, "approve", excuse, apply="1", reason="")

    assert Attendance.objects.values_list("status", "source").get() == (status, source)
    assert list(Message.objects.values_list("kind", "user")) == [("excuse_approved", ana.user_id)]
    assert Decision.objects.count() == (1 if kind == "correction" else 0)


def test_what_is_declined_is_told_with_the_reason(admin, running, ana):
    excuse = ExcuseFactory(participant=ana, session=running)

    assert ask(admin, "decline", excuse, apply="1").status_code == 422
    for _ in range(2):
        ask(admin, "decline", excuse, apply="1", reason="Too late")

    assert "Too late" in Message.objects.get(kind="excuse_declined").text
    assert not Attendance.objects.established().exists()


def test_the_queue_is_read_and_not_edited(admin, client, running, ana, staff_of):
    excuse = ExcuseFactory(participant=ana, session=running)

    assert "Ana Anaya" in text(admin.get(f"{QUEUE}?state__exact=asked"))
    assert "Approve …" in text(admin.get(f"{QUEUE}{excuse.pk}/change/"))
    assert "Added" in text(admin.get(f"{QUEUE}{excuse.pk}/history/"))
    assert admin.get(f"{QUEUE}add/").status_code == 403
    assert admin.get(f"{QUEUE}{excuse.pk}/delete/").status_code == 403
    client.force_login(staff_of("viewer"))
    ask(client, "approve", excuse, apply="1", reason="")
    assert Excuse.objects.get().state == "asked"


@pytest.mark.parametrize("model", ["evidence", "decision"])
def test_records_are_looked_up_only(admin, running, ana, organiser, model):
    row = {"evidence": EvidenceFactory, "decision": DecisionFactory}[model](
        participant=ana, session=running, by=organiser
    )
    url = f"/admin/attendance/{model}/"

    assert [admin.get(it).status_code for it in (url, f"{url}?q=ana", f"{url}{row.pk}/change/")] == [200, 200, 200]
    assert [admin.get(f"{url}{it}").status_code for it in ("add/", f"{row.pk}/delete/")] == [403, 403]


def test_the_first_page_tells_of_attendance(admin, running, ana):
    ExcuseFactory(participant=ana, session=running)

    page = text(admin.get("/admin/"))

    assert "1 waits for a decision" in page
    assert "1 on track" in page
    assert "/admin/editions/academy/attendance/live/peer-learning/" in page


def test_the_desk_finds_its_door_on_the_first_page(client, desk, running):
    client.force_login(desk)

    page = text(client.get("/admin/"))

    assert "Check people in" in page
    assert "/attendance/board/" not in page
