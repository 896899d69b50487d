import datetime as dt
import re

import pytest
from django.utils import timezone

from attendance.actions.attendances import recompute_session
from attendance.actions.certificates import issue_certificate
from attendance.actions.decisions import decide
from attendance.models import ActualTime, Attendance
from attendance.views import actual_times
from programme.models import Session
from tests.client import levels_of, text
from tests.factories.attendance import EvidenceFactory

TAUGHT = "/admin/editions/academy/attendance/live/peer-learning/actual-time/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def half(running, ana, organiser):
    """Ana was there for the first half; it ended an hour ago."""
    running.starts_at, running.ends_at = (it - dt.timedelta(minutes=110) for it in (running.starts_at, running.ends_at))
    running.save()
    until = running.starts_at + dt.timedelta(minutes=30)
    EvidenceFactory(participant=ana, session=running, kind="report", observed_at=running.starts_at, ended_at=until)
    Attendance.objects.create(participant=ana, session=running)
    recompute_session(running)
    return running


def times(session, minutes):
    local = [
        timezone.localtime(moment, session.edition.zone)
        for moment in (session.starts_at, session.starts_at + dt.timedelta(minutes=minutes))
    ]
    values = {
        f"{name}_{n}": f"{moment:{form}}"
        for name, moment in zip(("starts_at", "ends_at"), local, strict=True)
        for n, form in enumerate(("%Y-%m-%d", "%H:%M:%S"))
    }
    return values | {"reason": "Ended early"}


def test_a_shorter_session_is_saved_once_its_consequences_were_read(admin, half):
    form = times(half, 35)

    question = text(admin.post(TAUGHT, form))
    assert "1 attendance will change." in question
    assert "Ana Anaya, Girona (ES): partly present → present" in question
    assert not ActualTime.objects.exists()
    token = re.search(r'name="agreed_to" value="(\w+)"', question).group(1)
    saved = admin.post(TAUGHT, form | {"agreed": "1", "agreed_to": token}, follow=True)

    assert levels_of(saved) == ["success"]
    assert (Attendance.objects.get().status, Attendance.objects.get().minutes) == ("present", 30)
    assert "Ended early" in text(admin.get(TAUGHT))
    admin.post(TAUGHT, {"drop": "1"})
    assert Attendance.objects.get().status == "partial"
    admin.post(TAUGHT, {"drop": "1"})


@pytest.mark.parametrize("minutes", [-5, 13 * 60])
def test_times_that_cannot_be_are_refused(admin, half, minutes):
    assert admin.post(TAUGHT, times(half, minutes)).status_code == 422
    far = times(half, 30) | {"starts_at_0": "2001-01-01", "ends_at_0": "2001-01-01"}
    assert admin.post(TAUGHT, far).status_code == 422
    skipped = times(half, 30) | {"starts_at_0": "2025-03-30", "starts_at_1": "02:30"}
    assert admin.post(TAUGHT, skipped).status_code == 422
    assert not ActualTime.objects.exists()


def test_of_an_end_that_comes_twice_it_is_asked_which_is_meant(admin, half):
    start = dt.datetime(
        2025, 10, 25, 23, 30, tzinfo=dt.UTC
    )  # 01:30 in Madrid, in the night in which its clocks go back
    Session.objects.filter(pk=half.pk).update(starts_at=start, ends_at=start + dt.timedelta(hours=3))
    half.refresh_from_db()
    form = times(half, 60)

    asked = admin.post(TAUGHT, form)
    assert asked.status_code == 422
    assert "02:30 CEST, before the clocks go back" in text(asked)
    question = text(admin.post(TAUGHT, form | {"ends_at_2": "1"}))
    tokens = re.findall(r'name="agreed_to" value="(\w*)"', question)
    admin.post(TAUGHT, form | {"ends_at_2": "1", "agreed": "1", "agreed_to": tokens[0]})

    assert ActualTime.objects.get().ends_at == start + dt.timedelta(hours=2)
    assert re.search(r'name="ends_at_2" value="1"[^>]* checked', text(admin.get(TAUGHT)))


def test_moving_a_session_or_changing_the_share_moves_attendance(half):
    half.edition.attendance_share = 50
    half.edition.save()
    assert Attendance.objects.get().status == "present"

    half.starts_at, half.ends_at = (it + dt.timedelta(days=2) for it in (half.starts_at, half.ends_at))
    half.save()
    assert (Attendance.objects.get().status, Attendance.objects.get().minutes) == ("", 0)


def test_a_viewer_corrects_nothing(client, half, staff_of):
    client.force_login(staff_of("viewer"))

    assert client.post(TAUGHT, times(half, 35) | {"agreed": "1"}).status_code == 403


def test_the_own_page_goes_by_the_time_taught_at_once(client, coordinator, running):
    """It keeps the programme, and the actual times with it."""
    client.force_login(coordinator.user)

    def can_join():
        return "Join now" in client.get("/portal/academy/").content.decode()

    later = timezone.now() + dt.timedelta(hours=2)
    Session.objects.filter(pk=running.pk).update(starts_at=later, ends_at=later + dt.timedelta(hours=1))
    seen = [can_join()]
    taught = ActualTime.objects.create(
        session=running, starts_at=timezone.now(), ends_at=later + dt.timedelta(hours=1), reason="Moved up"
    )
    seen.append(can_join())
    ActualTime.objects.update(starts_at=later)
    seen.append(can_join())
    ActualTime.objects.update(starts_at=timezone.now())
    seen.append(can_join())
    taught.delete()
    seen.append(can_join())

    assert seen == [False, True, False, True, False]


def test_a_certificate_issued_after_the_consequences_were_worked_out_is_respected(
    admin, half, ana, organiser, monkeypatch
):
    decide(cells=[(ana, half)], outcome="present", reason="There", by=organiser)
    issue_certificate(participant=ana, by=organiser)
    monkeypatch.setattr(actual_times, "rehearse_actual_time", lambda **_asked: {})

    response = admin.post(TAUGHT, times(half, 35) | {"agreed": "1"})

    assert response.status_code == 422
    assert [it.code for it in response.context["form"].non_field_errors().as_data()] == ["certificate_at_stake"]
    assert not ActualTime.objects.exists()
