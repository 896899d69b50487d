"""The demo: what can be tried at once, whenever it is started."""

import datetime as dt
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import CommandError, call_command

from attendance.models import Attendance, Excuse, FeedbackTally
from attendance.queries.check_in_desk import doors_of
from attendance.queries.session_windows import is_door_open
from attendance.queries.sessions import sessions_in_person
from programme.models import Edition, Session


@pytest.mark.django_db
def test_the_demo_has_a_past_and_a_meeting(settings):
    settings.DEBUG = True
    call_command("seed_demo", verbosity=0)

    call_command("seed_attendance", verbosity=0)
    n = Attendance.objects.established().count()
    call_command("seed_attendance", verbosity=0)

    assert Attendance.objects.established().count() == n > 0
    assert Excuse.objects.asked().count() == 1
    assert sorted(FeedbackTally.objects.values_list("n_given", flat=True)) == [3, 14]
    assert not Session.objects.filter(edition__slug="demo", format="online", meeting_url="").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("first", [(21, 30), (11, 0)])  # in UTC: 23:30 and 13:00 in Madrid; then 00:20
def test_check_in_can_be_tried_at_any_hour_and_on_the_next_day(client, settings, first):
    settings.DEBUG = True
    for now in (dt.datetime(2026, 9, 8, *first, tzinfo=dt.UTC), dt.datetime(2026, 9, 9, 22, 20, tzinfo=dt.UTC)):
        with time_machine.travel(now, tick=False):
            call_command("seed_demo", verbosity=0)
            call_command("seed_attendance", stdout=(out := StringIO()))

            demo = Edition.objects.get(slug="demo")
            (arrival,) = (it for it in doors_of(demo, now) if is_door_open(it.session, now))
            open_then = [it.slug for it in sessions_in_person(demo) if is_door_open(it, arrival.session.ends_at)]
            assert open_then == ["workshop-today-governance", "workshop-today-technical"]
            assert 0 < arrival.turnout.n_there < arrival.turnout.n_expected
            kiosk = urlsplit(out.getvalue().split("kiosk, for one device: ")[1].strip()).path
            response = client.post(kiosk, follow=True)
            assert (response.status_code, response.context["kiosk"].day) == (200, arrival.session.local_day)
            call_command("seed_attendance", stdout=(again := StringIO()))
            assert "kiosk" not in again.getvalue()


@pytest.mark.django_db
def test_the_demo_is_refused_in_production():
    with pytest.raises(CommandError, match="works only with DEBUG"):
        call_command("seed_attendance", verbosity=0)
