"""Two web processes and a worker whose clocks differ by five minutes, on one database."""

import datetime as dt
import re
import uuid
from contextlib import contextmanager

import pytest
import time_machine
from django.utils import timezone

from attendance.models import Attendance, Evidence
from attendance.personal_links import badges
from programme.forms.tracks import SLOT
from programme.queries.seat_choices import choices_of
from tests.client import Client
from tests.factories.people import ParticipantFactory, SeatFactory
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/code/"
APART = dt.timedelta(minutes=5)


@contextmanager
def ahead():
    with time_machine.travel(timezone.now() + APART):
        yield


@contextmanager
def as_it_is():
    yield


BOTH_WAYS = pytest.mark.parametrize(("first", "second"), [(ahead, as_it_is), (as_it_is, ahead)])


@BOTH_WAYS
def test_a_code_asked_for_by_one_clock_is_sent_at_once_and_valid_by_the_other(
    client, stranger, settings, first, second
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with first():
        asked = client.post(SIGN_IN, {"email": stranger.email})
    code = re.search(r"\b\d{6}\b", Message.objects.get().text)[0]
    with second():
        assert deliver_messages() == 1
        assert client.post(asked.url, {"code": code}).url == "/portal/"
    with first():
        assert client.get("/portal/").status_code == 200


@BOTH_WAYS
def test_somebody_is_checked_in_once_whatever_the_clocks_say(client, desk, ana, in_room, first, second):
    client.force_login(desk)
    scan = {"code": badges.code_of(ana), "scan_id": uuid.uuid4()}
    answers = []
    for clock, form in ((first, scan), (second, scan), (second, scan | {"scan_id": uuid.uuid4()})):
        with clock():
            page = client.post("/check-in/academy/peer-learning/", form, headers={"HX-Request": "true"})
            answers.append(re.search(r'data-answer="(\w+)"', page.content.decode())[1])

    assert answers == ["checked_in", "checked_in", "already"]
    assert Evidence.objects.count() == 1
    assert Attendance.objects.get().source == "door"


@BOTH_WAYS
def test_a_line_is_in_the_order_of_coming_whatever_the_clocks_say(delegation, tracks, first, second):
    delegation.quota = 9
    delegation.save()
    full = tracks["technical-morning"]
    for _ in range(2):
        SeatFactory(session=full, participant=ParticipantFactory(delegation=delegation))
    waiting = [ParticipantFactory(delegation=delegation) for _ in range(2)]

    for clock, person in zip((first, second), waiting, strict=True):
        choice = next(it for it in choices_of(person, timezone.now()) if full in it.slot.sessions)
        wish = {f"{SLOT}{choice.key}": str(full.pk), "full": str(full.pk)}
        client = Client()
        client.force_login(person.user)
        with clock():
            assert client.post("/portal/academy/tracks/", wish).status_code == 302

    assert [it.participant for it in full.seats.waiting_list()] == waiting
