import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.self_check_in import set_room_screen
from attendance.models import RoomScreen
from attendance.personal_links.room_codes import code_of, key
from tests.factories.people import ParticipantFactory

SCREEN = "/check-in/academy/peer-learning/screen/"
NOW = f"{SCREEN}now/"
SETTINGS = "/admin/editions/academy/attendance/screen/peer-learning/"


@pytest.fixture
def screen(client, desk, in_room):
    client.force_login(desk)
    return client


def test_the_screen_shows_the_code_of_the_moment_and_no_other(screen, in_room, organiser):
    assert screen.get(SCREEN).context["code"] == ""
    set_room_screen(session=in_room, takes_self_check_in=True, missing="cities", by=organiser)
    step = dt.timedelta(seconds=20)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        codes = [code_of(in_room, timezone.now() + n * step) for n in range(-2, 3)]
        page = screen.get(SCREEN).content.decode()
        clock.shift(step)
        later = screen.get(NOW).content.decode()

    in_two = [f"{it[:3]} {it[3:]}" for it in codes]
    assert [it in page for it in in_two] == [False, False, True, False, False]
    assert [it in later for it in in_two] == [False, False, False, True, False]
    assert key().hex() not in page


def test_a_code_is_shown_only_while_the_door_is_open(screen, in_room, organiser):
    set_room_screen(session=in_room, takes_self_check_in=True, missing="cities", by=organiser)
    in_room.starts_at, in_room.ends_at = (timezone.now() + dt.timedelta(hours=it) for it in (2, 3))
    in_room.save()

    assert screen.get(SCREEN).context["code"] == ""


@pytest.mark.parametrize(
    ("missing", "shown"), [("numbers", []), ("cities", [("Girona", 2, [])]), ("names", [("Girona", 2, ["Ana", "Bo"])])]
)
def test_who_is_missing_is_told_as_the_organisers_chose(screen, in_room, delegation, missing, shown, organiser):
    there, *_missing = (ParticipantFactory(delegation=delegation, user__name=name) for name in ("Cleo", "Ana", "Bo"))
    screen.post(
        f"/check-in/academy/{in_room.slug}/", {"participant": there.pk, "name": str(there), "scan_id": "0" * 32}
    )
    if missing != "cities":  # as by default
        set_room_screen(session=in_room, takes_self_check_in=False, missing=missing, by=organiser)

    page = screen.get(SCREEN)

    room = page.context["room"]
    assert (room.turnout.n_there, room.turnout.n_expected) == (1, 3)
    assert [(it.city, it.n, it.names) for it in room.cities] == shown
    assert ("Ana" in page.content.decode()) is (missing == "names")


def test_what_has_not_changed_is_not_sent_again(screen, in_room):
    with time_machine.travel(timezone.now().replace(second=0), tick=False):
        tag = screen.get(NOW)["ETag"]
        assert screen.get(NOW, headers={"If-None-Match": tag}).status_code == 304
        assert "no-cache" in screen.get(NOW)["Cache-Control"]


def test_a_screen_asks_as_much_for_many_cities_as_for_one(screen, delegation, django_assert_num_queries):
    ParticipantFactory(delegation=delegation)
    screen.get(NOW)
    with django_assert_num_queries(8):
        screen.get(NOW)
    for _n in range(3):
        ParticipantFactory(delegation__edition=delegation.edition)

    with django_assert_num_queries(8):
        screen.get(NOW)


def test_an_organiser_switches_self_check_in_on(client, in_room, organiser):
    client.force_login(organiser)

    response = client.post(SETTINGS, {"takes_self_check_in": "on", "missing": "names"})

    assert response.status_code == 302
    assert RoomScreen.objects.values_list("takes_self_check_in", "missing").get() == (True, "names")
    assert client.get(SETTINGS).status_code == 200


def test_a_wrong_choice_is_refused(client, in_room, organiser):
    client.force_login(organiser)

    assert client.post(SETTINGS, {"missing": "everything"}).status_code == 422
    assert not RoomScreen.objects.exists()


def test_a_desk_may_not_switch_it_on(screen, in_room):
    assert screen.post(SETTINGS, {"takes_self_check_in": "on", "missing": "names"}).status_code == 403
    assert not RoomScreen.objects.exists()
