import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.evidence import record_join
from tests.client import text
from udtacademy.outbox.models import Message

LIVE = "/admin/attendance/live/academy/peer-learning/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_the_live_view_says_who_is_here_and_which_city_is_missing(admin, running, ana, other_coordinator):
    record_join(participant=ana, session=running, by=ana.user)

    page = text(admin.get(LIVE))

    assert "<b>1</b> of 2 expected are here" in page
    assert "Nobody from 1 city, 10 minutes after the start: <strong>City" in page
    assert f'hx-get="{LIVE}now/" hx-trigger="every 5s"' in page


def test_nothing_is_sent_while_nothing_changes(admin, running, ana, other_coordinator):
    with time_machine.travel(timezone.now(), tick=False):
        first = admin.get(f"{LIVE}now/")
        same = admin.get(f"{LIVE}now/", headers={"If-None-Match": first["ETag"]})
        record_join(participant=ana, session=running, by=ana.user)
        other = admin.get(f"{LIVE}now/", headers={"If-None-Match": first["ETag"]})

    assert [it.status_code for it in (first, same, other)] == [200, 304, 200]


def test_those_missing_are_written_to_once(admin, running, ana, other_coordinator, participant):
    record_join(participant=other_coordinator, session=running, by=other_coordinator.user)

    assert "1 email will be sent" in text(admin.post(f"{LIVE}nudge/"))
    assert "Sending 1 email." in text(admin.post(f"{LIVE}nudge/", {"apply": "1"}, follow=True))
    assert "already been sent an email" in text(admin.post(f"{LIVE}nudge/", {"apply": "1"}, follow=True))
    assert "already been sent an email" in text(admin.post(f"{LIVE}nudge/"))
    message = Message.objects.get(kind="nudge")
    assert message.user == ana.user
    assert "/join/academy/peer-learning/?key=" in message.text


def test_in_a_room_the_message_leads_to_the_badge(admin, running, ana):
    running.meeting_url, running.format = "", "in_person"
    running.save()

    admin.post(f"{LIVE}nudge/", {"apply": "1"})

    assert "/me/academy/badge/" in Message.objects.get(kind="nudge").text


def test_nobody_is_written_to_about_a_session_that_does_not_run(admin, running, ana):
    running.starts_at, running.ends_at = (it + dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()

    assert "no emails were sent" in text(admin.post(f"{LIVE}nudge/", {"apply": "1"}, follow=True))
    assert "The session has not started." in text(admin.get(LIVE))


def test_a_viewer_looks_and_writes_to_nobody(client, running, ana, staff_of):
    client.force_login(staff_of("viewer"))

    assert "nudge/" not in text(client.get(LIVE))
    assert client.post(f"{LIVE}nudge/", {"apply": "1"}).status_code == 403
    assert not Message.objects.exists()
