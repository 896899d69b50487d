import pytest
from django.utils import timezone

from attendance.actions.kiosks import add_kiosk, revoke_kiosk
from attendance.models import Kiosk
from programme.rules.local_times import local_day

LIST = "/admin/editions/academy/attendance/kiosks/"


@pytest.fixture
def kiosk(in_room, organiser):
    day = local_day(timezone.now(), in_room.edition.zone)
    return add_kiosk(edition=in_room.edition, name="Main entrance", day=day, session=in_room, by=organiser)[0]


def test_an_organiser_adds_a_kiosk_and_sees_its_link_once(client, in_room, organiser):
    client.force_login(organiser)

    added = client.post(LIST, {"name": "Tablet", "door": in_room.slug})

    link = added.context["link"]
    assert added.status_code == 200
    assert client.get(link.partition("testserver")[2]).status_code == 200
    assert Kiosk.objects.values_list("name", "session").get() == ("Tablet", in_room.pk)
    assert link not in client.get(LIST).content.decode()


def test_the_same_form_sent_again_adds_nothing_and_shows_the_link_as_long_as_it_works(client, in_room, organiser):
    client.force_login(organiser)
    asked = {"name": "Tablet", "door": in_room.slug, "asked": client.get(LIST).context["form"]["asked"].value()}
    first = client.post(LIST, asked)

    again = client.post(LIST, asked)
    revoke_kiosk(kiosk=Kiosk.objects.get(), by=organiser)
    late = client.post(LIST, asked)

    assert [again.context["link"], late.context["link"]] == [first.context["link"], ""]
    assert (Kiosk.objects.count(), late.status_code) == (1, 200)
    assert client.post(LIST, asked | {"name": "Other tablet"}).context["link"] not in {"", first.context["link"]}


def test_two_kiosks_that_work_on_a_day_have_two_names(client, in_room, kiosk, organiser):
    client.force_login(organiser)
    asked = {"name": kiosk.name.upper(), "door": in_room.slug}

    refused = client.post(LIST, asked)

    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["name"])
    assert Kiosk.objects.get() == kiosk
    revoke_kiosk(kiosk=kiosk, by=organiser)
    assert client.post(LIST, asked).status_code == 200


@pytest.mark.parametrize("door", ["", "no-such-session", "2020-01-01"])
def test_a_kiosk_needs_a_door_of_the_edition(client, in_room, organiser, door):
    client.force_login(organiser)

    assert client.post(LIST, {"name": "Tablet", "door": door}).status_code == 422
    assert not Kiosk.objects.exists()


def test_an_organiser_revokes_a_kiosk_of_their_edition_only(client, kiosk, organiser, edition):
    client.force_login(organiser)
    assert client.post(f"/admin/editions/{edition.slug}/attendance/kiosks/{kiosk.pk}/revoke/").status_code == 404

    for _twice in range(2):
        assert client.post(f"{LIST}{kiosk.pk}/revoke/").status_code == 302

    kiosk.refresh_from_db()
    assert kiosk.revoked_by == organiser


def test_kiosks_are_reached_from_where_a_day_is_prepared(client, in_room, organiser):
    client.force_login(organiser)
    pages = ["/check-in/academy/", f"/admin/programme/session/{in_room.pk}/change/"]

    assert [LIST in client.get(it).content.decode() for it in pages] == [True, True]
    assert client.get(LIST, {"door": in_room.slug}).context["form"]["door"].value() == in_room.slug


def test_a_desk_is_led_to_no_page_that_it_may_not_open(client, in_room, desk):
    client.force_login(desk)

    assert LIST not in client.get("/check-in/academy/").content.decode()
