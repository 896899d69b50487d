import datetime as dt

import pytest

from attendance.models import Attendance, Evidence
from attendance.personal_links.join_links import join_link
from programme.models import Participant
from tests.factories.attendance import EvidenceFactory
from tests.factories.programme import SessionFactory, TrackFactory

JOIN = "/join/academy/peer-learning/"
MEETING = f"{JOIN}meeting/"


def test_the_button_is_evidence_and_leads_to_the_meeting(client, running, ana):
    client.force_login(ana.user)
    assert "meet.example" not in client.get(JOIN).content.decode()

    responses = [client.post(JOIN), client.post(JOIN)]

    assert [(it.status_code, it.url) for it in responses] == [(303, MEETING)] * 2
    assert "https://meet.example/abc" in client.get(MEETING).content.decode()
    assert Evidence.objects.get().by == ana.user


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_records_nothing(client, running, ana, method):
    link = join_link(ana, running).partition("testserver")[2] or join_link(ana, running)
    for path in (JOIN, MEETING, link):
        client.force_login(ana.user)
        getattr(client, method)(path, follow=True)

    assert not Evidence.objects.exists()


def test_the_meeting_is_shown_only_after_the_click(client, running, ana):
    client.force_login(ana.user)

    response = client.get(MEETING)

    assert response.url == JOIN


def test_a_personal_link_joins_without_signing_in_and_does_nothing_else(client, running, ana):
    path = join_link(ana, running).partition("://")[2].partition("/")[2]
    other = SessionFactory(edition=running.edition, slug="other")

    response = client.post(f"/{path}")

    assert response.status_code == 303
    assert "https://meet.example/abc" in client.get(response.url).content.decode()
    assert client.get("/portal/academy/").status_code == 302
    assert client.get(f"/{path}".replace("peer-learning", other.slug)).status_code == 404
    assert client.get(f"/{path}"[:-2]).status_code == 404
    Participant.objects.update(state="withdrawn")
    assert client.post(f"/{path}").status_code == 404
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": "cancelled"}, "This session is cancelled."),
        ({"meeting_url": ""}, "have not added the meeting link yet"),
        ({"meeting_url": "", "format": "in_person"}, "Show your badge at the door"),
        ({"starts_at": None, "ends_at": None, "status": "tentative"}, "This session has no time yet."),
        ({"shift": 60}, "You can join from"),
        ({"shift": -60}, "This session is over."),
    ],
)
def test_what_cannot_be_joined_says_why_and_records_nothing(client, running, ana, change, sentence):
    shift = dt.timedelta(minutes=change.pop("shift", 0))
    for name, value in {"starts_at": running.starts_at, "ends_at": running.ends_at, **change}.items():
        setattr(running, name, value + shift if isinstance(value, dt.datetime) else value)
    running.save()
    client.force_login(ana.user)

    responses = [client.get(JOIN), client.post(JOIN)]

    assert [it.status_code for it in responses] == [200, 409]
    assert sentence in responses[0].content.decode()
    assert "meet.example" not in responses[0].content.decode()
    assert not Evidence.objects.exists()


def test_a_parallel_session_is_joined_with_a_seat_only(client, running, ana):
    running.track = TrackFactory(edition=running.edition)
    running.save()
    client.force_login(ana.user)

    assert "You have no seat in this session" in client.get(JOIN).content.decode()
    assert client.post(JOIN).status_code == 409
    assert client.get(MEETING).url == JOIN


@pytest.mark.parametrize("hours", [24, 1])
def test_after_a_session_moved_one_joins_again_however_often_one_clicked_before(client, running, ana, hours):
    before = running.starts_at - dt.timedelta(hours=hours)
    EvidenceFactory(participant=ana, session=running, kind="join", observed_at=before)
    client.force_login(ana.user)

    page, meeting = client.get(JOIN), client.get(MEETING)
    clicked = [client.post(JOIN), client.post(JOIN)]

    assert (page.status_code, meeting.url) == (200, JOIN)
    assert "<button" in page.content.decode().split("<main", 1)[1]
    assert [it.url for it in clicked] == [MEETING] * 2
    assert client.get(JOIN).url == MEETING
    assert Evidence.objects.count() == 2
    assert Attendance.objects.get().status == "clicked"


def test_others_do_not_join(client, running, stranger):
    assert "/accounts/" in client.get(JOIN).url
    assert "/accounts/" in client.get(MEETING).url
    client.force_login(stranger)
    assert [client.get(JOIN).status_code, client.post(JOIN).status_code, client.post(MEETING).status_code] == [
        404,
        404,
        405,
    ]
    assert not Evidence.objects.exists()
