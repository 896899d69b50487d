"""What a device keeps of a door: the roster, the page without people, the service worker and the manifest."""

import datetime as dt
import json
import re
import uuid

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from attendance.models import Attendance, Evidence
from attendance.personal_links import badges
from attendance.views.check_in_device import FILES
from programme.models import Session
from tests.client import text
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import EditionFactory, SessionFactory, TrackFactory

DOOR = "/check-in/academy/peer-learning/"
ROSTER = f"{DOOR}roster/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def at_the_door(client, desk, in_room):
    client.force_login(desk)
    return client


def people_in(response):
    return {it["number"]: it for it in response.json()["people"]}


def test_a_roster_has_names_cities_seats_and_passes_and_no_more(at_the_door, ana, in_room):
    response = at_the_door.get(ROSTER)

    assert people_in(response)[ana.pk] == {
        "number": ana.pk,
        "name": "Ana Anaya",
        "city": "Girona (ES)",
        "plain": "ana anaya girona (es)",
        "is_expected": True,
        "seats": [],
        "expo_pass": "not asked",
        "checks": list(badges.checks_of(ana)),
    }
    assert ana.user.email not in response.content.decode()
    assert badges.code_of(ana) not in response.content.decode()


def test_a_roster_lasts_until_the_door_closes_and_so_does_its_key(at_the_door, ana, in_room):
    response = at_the_door.get(ROSTER)

    lasts = response.json()["lasts"]
    cookie = response.cookies[response.json()["key"]]
    assert 50 * 60 - 30 <= lasts <= 50 * 60
    assert (cookie["max-age"], cookie["path"], cookie["samesite"]) == (lasts, "/check-in/", "Strict")
    assert re.fullmatch("[0-9a-f]{64}", cookie.value)
    hours = dt.timedelta(hours=3)
    Session.objects.filter(pk=in_room.pk).update(starts_at=in_room.starts_at - hours, ends_at=in_room.ends_at - hours)
    closed = at_the_door.get(ROSTER)
    assert (closed.json()["lasts"], closed.json()["people"]) == (0, [])
    assert closed.cookies[closed.json()["key"]]["max-age"] == 0


def test_the_key_of_a_roster_is_another_one_after_signing_in_again(at_the_door, desk, ana):
    first, again = (at_the_door.get(ROSTER) for _ in range(2))
    at_the_door.logout()
    at_the_door.force_login(desk)
    later = at_the_door.get(ROSTER)

    keys = [it.cookies[it.json()["key"]].value for it in (first, again, later)]
    assert keys[0] == keys[1] != keys[2]


def test_who_has_no_seat_here_is_in_the_roster_with_the_seat_they_have(at_the_door, ana, in_room):
    in_room.track = TrackFactory(edition=in_room.edition, position=1)
    in_room.save()
    times = {"starts_at": in_room.starts_at, "ends_at": in_room.ends_at, "format": "in_person"}
    track = TrackFactory(edition=in_room.edition, name="Governance")
    other = SessionFactory(edition=in_room.edition, location="Room 2", track=track, **times)
    SeatFactory(participant=ana, session=other)

    person = people_in(at_the_door.get(ROSTER))[ana.pk]

    begins = in_room.starts_at.astimezone(in_room.edition.zone)
    assert (person["is_expected"], person["seats"]) == (False, [f"{begins:%H:%M} Governance: Room 2"])


def test_who_is_not_registered_or_has_no_name_is_in_no_roster(at_the_door, ana, delegation, coordinator):
    delegation.quota = 9
    delegation.save()
    ParticipantFactory(delegation=delegation, user__name="")
    ParticipantFactory(delegation=delegation, state="withdrawn")

    assert set(people_in(at_the_door.get(ROSTER))) == {ana.pk, coordinator.pk}


def test_a_roster_costs_the_same_however_many_there_are(at_the_door, ana, delegation, django_assert_num_queries):
    at_the_door.get(ROSTER)
    delegation.quota = 30
    delegation.save()
    for n in (1, 3):
        ParticipantFactory.create_batch(n, delegation=delegation, user__name="Somebody Else")
        with django_assert_num_queries(5):  # who, their rights and editions, the programme, the people
            at_the_door.get(ROSTER)


def test_a_code_is_recognised_by_four_digits_that_do_not_give_it_away(ana, coordinator):
    (check,) = badges.checks_of(ana)
    assert re.fullmatch("[0-9a-f]{4}", check)
    assert badges.checks_of(coordinator) != (check,)


def test_a_badge_printed_before_the_secret_key_was_changed_is_still_recognised(ana, settings):
    printed = badges.checks_of(ana)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another one" * 5

    now, before = badges.checks_of(ana)

    assert ((before,), now != before) == (printed, True)


@pytest.mark.parametrize("shell", [f"{DOOR}shell/", f"{DOOR}rehearsal/shell/"])
def test_the_page_that_devices_keep_has_nobody_in_it(at_the_door, ana, shell):
    at_the_door.post(DOOR, {"code": badges.code_of(ana), "scan_id": uuid.uuid4()})
    assert "Ana Anaya" in at_the_door.get(DOOR).content.decode()

    page = at_the_door.get(shell).content.decode()

    assert "Code on the badge" in page
    assert [it for it in ("Ana Anaya", "Girona", "Desi Desk") if it in page] == []


def test_the_worker_knows_files_that_exist_and_is_asked_for_each_time(client, settings):
    response = client.get("/check-in/worker.js")

    kept = json.loads(re.search(r"self\.KEPT = (.*);\n", response.content.decode())[1])
    assert len(kept["files"]) == len(FILES)
    assert [it for it in kept["files"] if not it.startswith(settings.STATIC_URL)] == []
    assert all(finders.find(it) for it in FILES)
    assert response["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in response["Content-Security-Policy"]


def test_a_phone_can_install_the_door(client):
    manifest = client.get("/check-in/app.webmanifest").json()

    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/check-in/", "/check-in/", "standalone")
    assert [it["sizes"] for it in manifest["icons"]] == ["192x192", "512x512"]


def test_a_rehearsal_answers_like_the_door_and_records_nothing(at_the_door, ana, coordinator):
    def rehearsed(**asked):
        response = at_the_door.post(f"{DOOR}rehearsal/", {"scan_id": uuid.uuid4()} | asked, headers=HTMX)
        return response.status_code, re.search(r'data-answer="(\w+)"', response.content.decode())[1]

    assert rehearsed(code=badges.code_of(ana)) == (200, "checked_in")
    assert rehearsed(code=badges.code_of(ana)) == (200, "checked_in")
    assert rehearsed(code="AAAA-BBBB") == (404, "unknown")
    assert rehearsed(participant=ana.pk, name=str(coordinator)) == (409, "invalid")
    assert (Evidence.objects.count(), Attendance.objects.count()) == (0, 0)
    answer = at_the_door.post(f"{DOOR}rehearsal/", {"code": badges.code_of(ana), "scan_id": uuid.uuid4()})
    assert "Rehearsal: nothing was recorded" in text(answer)
    assert "undo/" not in answer.content.decode()


def test_a_rehearsal_needs_no_open_door(at_the_door, ana, in_room):
    days = dt.timedelta(days=3)
    Session.objects.filter(pk=in_room.pk).update(starts_at=in_room.starts_at + days, ends_at=in_room.ends_at + days)
    asked = {"code": badges.code_of(ana), "scan_id": uuid.uuid4()}

    assert at_the_door.post(f"{DOOR}rehearsal/", asked, headers=HTMX).status_code == 200
    assert at_the_door.post(DOOR, asked, headers=HTMX).status_code == 409
    assert not Evidence.objects.exists()


def test_a_desk_lands_at_the_door_it_was_at(at_the_door, in_room):
    assert at_the_door.get("/portal/").url == "/check-in/"
    assert at_the_door.get("/check-in/").url == "/check-in/academy/"
    at_the_door.get(DOOR)
    assert at_the_door.get("/check-in/").url == DOOR

    hours = dt.timedelta(hours=3)
    Session.objects.filter(pk=in_room.pk).update(starts_at=in_room.starts_at - hours, ends_at=in_room.ends_at - hours)
    assert at_the_door.get("/check-in/").url == "/check-in/academy/"


def test_a_desk_of_several_editions_without_sessions_today_chooses_one(client, desk, open_edition):
    other = EditionFactory(slug="other", is_published=True, last_on=timezone.now().date())
    client.force_login(desk)

    assert set(client.get("/check-in/").context["editions"]) == {open_edition, other}


@pytest.mark.usefixtures("in_room")
def test_organisers_and_participants_land_where_they_did(client, organiser, ana, staff_of):
    for user, status in ((organiser, 200), (ana.user, 302), (staff_of("viewer"), 200)):
        client.force_login(user)
        response = client.get("/portal/")
        assert (response.status_code, getattr(response, "url", "")) == (
            status,
            "/portal/academy/" if status == 302 else "",
        )


@pytest.mark.usefixtures("in_room")
def test_who_is_no_desk_gets_no_roster(client, stranger, staff_of):
    for path in (ROSTER, f"{DOOR}shell/", f"{DOOR}rehearsal/", "/check-in/"):
        client.logout()
        assert "/accounts/" in client.get(path).url
        for user, status in ((stranger, 404), (staff_of("viewer"), 403)):
            client.force_login(user)
            assert client.get(path).status_code == status, path
