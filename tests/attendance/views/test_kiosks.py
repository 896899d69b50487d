import datetime as dt
import json
import re
import uuid

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.utils import timezone

from attendance.actions.kiosks import add_kiosk, revoke_kiosk
from attendance.models import Evidence
from attendance.personal_links.badges import code_of
from attendance.views.kiosks import FILES
from programme.rules.local_times import local_day
from tests.client import Client, text

KIOSK = "/kiosk/"
LIST = "/admin/editions/academy/attendance/kiosks/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def made(in_room, organiser):
    day = local_day(timezone.now(), in_room.edition.zone)
    return add_kiosk(edition=in_room.edition, name="Main entrance", day=day, session=in_room, by=organiser)


@pytest.fixture
def tablet(client, made):
    client.post(f"/kiosk/open/{made[1]}/")
    return client


def scan(client, code, **more):
    return client.post(KIOSK, {"code": code, "scan_id": uuid.uuid4()} | more, headers=HTMX)


def test_looking_at_a_link_uses_nothing_up_and_its_button_gives_the_device_a_key(client, made):
    page = f"/kiosk/open/{made[1]}/"
    assert [client.get(page).status_code, client.get(KIOSK).status_code] == [200, 403]

    response = client.post(page)

    cookie = response.cookies["kiosk"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (KIOSK, True, "Strict")
    assert client.get(KIOSK).context["kiosk"] == made[0]
    assert [it(page).url for it in (client.get, client.post)] == [KIOSK, KIOSK]  # here it leads on
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("used", "This link was used already"),
        ("revoked", "An organiser has revoked it."),
        ("over", "It was set up for a day that is over."),
    ],
)
def test_a_link_that_works_no_longer_says_why(client, made, organiser, what, says):
    page = f"/kiosk/open/{made[1]}/"
    if what == "used":
        Client().post(page)
    if what == "revoked":
        revoke_kiosk(kiosk=made[0], by=organiser)

    with time_machine.travel(timezone.now() + dt.timedelta(days=2 * (what == "over"))):
        answers = [client.get(page), client.post(page)]

    assert [(it.status_code, says in text(it)) for it in answers] == [(410, True), (410, True)]
    assert "kiosk" not in client.cookies


def test_a_link_that_nobody_has_made_is_not_found(client, made):
    assert [it(f"/kiosk/open/{made[1]}x/").status_code for it in (client.get, client.post)] == [404, 404]


def test_somebody_is_welcomed_by_their_first_name_and_nothing_else(tablet, ana, made):
    response = scan(tablet, code_of(ana))

    assert (response.status_code, text(response).count("Ana")) == (200, 1)
    assert "Welcome, Ana" in text(response)
    assert not [it for it in ("Anaya", "Girona", ana.user.email) if it in response.content.decode()]
    assert Evidence.objects.get().kiosk == made[0]
    assert scan(tablet, code_of(ana)).context["answer"].tone == "known"


def test_nobody_can_be_chosen_by_their_number(tablet, ana):
    assert scan(tablet, "", participant=ana.pk, anyway="1").status_code == 409
    assert scan(tablet, "AAAA-BBBB", participant=ana.pk).status_code == 409
    assert not Evidence.objects.exists()


def test_who_is_not_let_in_is_sent_to_the_desk_without_a_name(tablet, ana):
    ana.state = "withdrawn"
    ana.save()

    response = scan(tablet, code_of(ana))

    assert response.status_code == 409
    assert "Ana" not in response.content.decode()


def test_a_revoked_device_checks_nobody_in_and_says_why(tablet, made, ana, organiser):
    revoke_kiosk(kiosk=made[0], by=organiser)

    answers = [tablet.get(KIOSK), scan(tablet, code_of(ana))]

    assert [it.status_code for it in answers] == [403, 403]
    assert all("An organiser has revoked it." in text(it) for it in answers)
    assert not Evidence.objects.exists()


def test_a_kiosk_keeps_files_that_exist_and_a_page_without_anything_of_an_edition(client, settings, made):
    response = client.get("/kiosk/worker.js")

    kept = json.loads(re.search(r"self\.KEPT = (.*);\n", response.content.decode())[1])
    assert kept["files"][-1] == kept["away"] == "/kiosk/away/"
    assert all(finders.find(it) for it in FILES)
    assert response["Cache-Control"] == "no-cache"
    page = client.get(kept["away"]).content.decode()
    assert [it for it in (made[0].name, "Peer-learning", "csrf") if it in page] == []


def test_a_key_opens_no_other_page(tablet):
    for path in ("/check-in/academy/", "/check-in/academy/peer-learning/", LIST, "/portal/academy/"):
        assert "/login/" in tablet.get(path).url
