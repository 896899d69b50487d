"""The button that holds a simulated meeting."""

import datetime as dt
import threading

import pytest
from django.utils import timezone

from attendance.demo.simulators import views
from attendance.demo.simulators.meeting import hold_meeting, take_for_held
from attendance.demo.simulators.running import begin, ending, held_now
from attendance.models import ActualTime
from tests.refusals import refused
from udtacademy.meeting_platforms import platforms_of, simulated

pytestmark = pytest.mark.django_db
LIVE = "/admin/editions/academy/attendance/live/peer-learning/"
HOLD = "/styleguide/simulators/hold/academy/peer-learning/"


@pytest.fixture
def session(running, settings):
    settings.DEBUG = settings.DEMO = True
    settings.ROOT_URLCONF = "tests.development_urls"
    settings.MEETING_PLATFORMS = platforms_of(simulated(settings.SITE_URL))
    running.meeting_url = f"{settings.SITE_URL}/styleguide/simulators/zoom/j/89012345678"
    running.save()
    with ending(running):
        yield running


def test_a_second_meeting_of_a_session_is_not_held_while_one_is(client, organiser, session, monkeypatch):
    held = []
    monkeypatch.setattr(views, "carry_out", lambda *about: held.append(about))
    client.force_login(organiser)
    assert "<button" in client.get(HOLD).text

    for _press in range(2):
        client.post(HOLD)
        for thread in threading.enumerate():
            if thread.name == f"meeting of {session.slug}":
                thread.join()

    assert held == [(session, views.SECONDS)]
    response = client.get(LIVE)
    assert [it.level_tag for it in response.context["messages"]] == ["error"]
    assert response.context["held"].seconds == views.SECONDS
    with refused("meeting_is_held"):
        hold_meeting(session, seconds=0)


@pytest.mark.parametrize(
    ("minutes", "is_held"),
    [(-10, True), (20, True), (90, False), (-59.5, False)],  # the session starts then; it lasts an hour
)
def test_a_session_is_taken_for_held_with_a_shorter_meeting_now(session, minutes, is_held):
    now = timezone.now()
    session.starts_at = now + dt.timedelta(minutes=minutes)
    session.ends_at = session.starts_at + dt.timedelta(hours=1)
    session.save()

    take_for_held(session, now, 60)

    times = list(ActualTime.objects.values_list("starts_at", "ends_at"))
    assert times == ([(now, now + dt.timedelta(seconds=60))] if is_held else [])


def test_how_far_a_meeting_is_follows_the_clock_and_ends_with_it(client, organiser, session, time_machine):
    client.force_login(organiser)
    begin(session, 180)
    began = held_now(session).began_at

    for n_gone, text in ((45.5, "45 of 180 seconds"), (400, "is over")):
        time_machine.move_to(began.timestamp() + n_gone, tick=False)
        part = client.get(HOLD).text
        assert text in part
        assert "<button" not in part
    with ending(session):
        pass
    assert "<button" in client.get(HOLD).text
