import re

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from attendance.models import Evidence, RoomScreen
from attendance.personal_links.room_codes import code_of
from tests.client import text

PAGE = "/me/academy/check-in/peer-learning/"


@pytest.fixture
def at_the_screen(client, ana, in_room):
    RoomScreen.objects.create(session=in_room, takes_self_check_in=True)
    cache.clear()
    client.force_login(ana.user)
    return client


def code(session):
    return code_of(session, timezone.now())


def test_opening_the_address_of_the_qr_code_records_nothing_and_its_button_does(at_the_screen, in_room, ana):
    shown = code(in_room)
    page = at_the_screen.get(PAGE, {"code": shown})
    assert page.context["code"] == shown
    assert not Evidence.objects.exists()

    response = at_the_screen.post(PAGE, {"code": code(in_room)})

    assert (response.status_code, response.url) == (303, PAGE)
    assert Evidence.objects.get().participant == ana
    assert at_the_screen.get(PAGE).context["seen_at"] is not None


def test_opening_a_wrong_code_says_nothing_about_it(at_the_screen, in_room):
    right, wrong = (
        re.sub(f'name="csrfmiddlewaretoken" value="\\w+"|{it}', "", text(at_the_screen.get(PAGE, {"code": it})))
        for it in (code(in_room), "AAAAAA")
    )

    assert right == wrong


def test_a_wrong_code_is_refused_and_changes_nothing(at_the_screen):
    response = at_the_screen.post(PAGE, {"code": "AAAAAA"})

    assert (response.status_code, response.url) == (303, PAGE)
    page = at_the_screen.get(response.url)
    assert ([it.level_tag for it in page.context["messages"]], page.context["code"]) == (["error"], "")
    assert not Evidence.objects.exists()


def test_guessing_is_stopped_also_when_the_next_guess_is_right(at_the_screen, in_room):
    with time_machine.travel(timezone.now().replace(second=15, microsecond=0), tick=False):
        guesses = [at_the_screen.post(PAGE, {"code": f"AAAA{n:02}"}).status_code for n in range(10)]
        refused = at_the_screen.post(PAGE, {"code": code(in_room)})

    assert guesses == [303] * 10
    assert (refused.status_code, refused["Retry-After"]) == (429, "45")
    assert not Evidence.objects.exists()


def test_who_guessed_too_often_learns_when_to_try_again_and_the_way_to_the_desk(at_the_screen, in_room):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for n in range(11):
            page = at_the_screen.post(PAGE, {"code": f"AAAA{n:02}"})
        again_at = page.context["again_at"]
        clock.move_to(again_at)
        response = at_the_screen.post(PAGE, {"code": code(in_room)})

    assert f"again at {again_at.astimezone(in_room.edition.zone):%H:%M}" in text(page)
    assert "/me/academy/badge/" in page.content.decode()
    assert response.status_code == 303
    assert Evidence.objects.exists()


def test_who_does_not_take_part_finds_nothing(client, in_room, stranger):
    client.force_login(stranger)

    assert [client.get(PAGE).status_code, client.post(PAGE, {"code": code(in_room)}).status_code] == [404, 404]
    assert not Evidence.objects.exists()


def test_who_is_not_signed_in_comes_back_with_the_code(client, in_room):
    response = client.get(PAGE, {"code": "ABC123"})

    assert response.url.endswith(f"next={PAGE}%3Fcode%3DABC123")


def test_where_it_is_off_the_page_leads_to_the_badge(at_the_screen):
    RoomScreen.objects.update(takes_self_check_in=False)

    page = at_the_screen.get(PAGE)

    assert not page.context["takes_codes"]
    assert "/me/academy/badge/" in page.content.decode()


def test_the_sessions_page_leads_there_while_it_is_open(at_the_screen, in_room):
    assert PAGE in at_the_screen.get("/academy/sessions/peer-learning/").content.decode()

    RoomScreen.objects.update(takes_self_check_in=False)

    assert PAGE not in at_the_screen.get("/academy/sessions/peer-learning/").content.decode()
