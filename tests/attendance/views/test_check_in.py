import datetime as dt
import re
import uuid

import pytest
from django.utils import timezone

from attendance.models import Attendance, Evidence
from attendance.personal_links import badges
from programme.models import Edition, Participant, Session
from tests.client import Client, text
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory
from tests.threads import in_threads

START = "/check-in/academy/"
DOOR = f"{START}peer-learning/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def at_the_door(client, desk, in_room):
    client.force_login(desk)
    return client


def scan(client, person=None, **more):
    code = badges.code_of(person) if person else "AAAA-BBBB"
    return client.post(DOOR, {"code": code, "scan_id": uuid.uuid4()} | more, headers=HTMX)


def answer(response):
    attribute = re.search(r'data-answer="(\w+)"', response.content.decode())
    return response.status_code, attribute and attribute.group(1)


def test_somebody_is_checked_in_once(at_the_door, ana, desk):
    first, second = scan(at_the_door, ana), scan(at_the_door, ana)

    assert [answer(first), answer(second)] == [(200, "checked_in"), (200, "already")]
    assert "by Desi Desk" in second.content.decode()
    assert "Girona" in first.content.decode()
    assert (Evidence.objects.get().by, Attendance.objects.get().status) == (desk, "present")


def test_a_page_that_scans_takes_fourteen_statements(at_the_door, ana, django_assert_num_queries):
    at_the_door.get(DOOR)

    with django_assert_num_queries(
        14
    ):  # who, their rights and editions, the programme; eight to check in, and the transaction
        assert answer(scan(at_the_door, ana)) == (200, "checked_in")


def test_a_letter_typed_takes_five_statements_however_many_there_are(
    at_the_door, delegation, ana, django_assert_num_queries
):
    at_the_door.get(DOOR)
    delegation.quota = 30
    delegation.save()

    for n in (1, 20):
        ParticipantFactory.create_batch(n, delegation=delegation)
        with django_assert_num_queries(5):  # who, their rights and editions, the programme, the people found
            response = at_the_door.get(DOOR, {"q": "an"}, headers=HTMX)
        assert [str(it) for it in response.context["matches"]] == ["Ana Anaya"]


def test_what_has_changed_since_the_door_was_looked_at_holds(at_the_door, ana, in_room):
    at_the_door.get(DOOR)
    hour = dt.timedelta(hours=3)
    Session.objects.filter(pk=in_room.pk).update(starts_at=in_room.starts_at + hour, ends_at=in_room.ends_at + hour)
    assert answer(scan(at_the_door, ana)) == (409, "closed")
    Session.objects.filter(pk=in_room.pk).update(is_published=False)
    assert scan(at_the_door, ana).status_code == 404
    assert not Evidence.objects.exists()

    Session.objects.filter(pk=in_room.pk).update(
        starts_at=in_room.starts_at, ends_at=in_room.ends_at, is_published=True
    )
    assert answer(scan(at_the_door, ana)) == (200, "checked_in")


def test_a_scan_that_is_refused_leaves_nothing(at_the_door, ana, in_room):
    hour = dt.timedelta(hours=3)
    Session.objects.filter(pk=in_room.pk).update(starts_at=in_room.starts_at + hour, ends_at=in_room.ends_at + hour)

    assert answer(scan(at_the_door, ana)) == (409, "closed")

    assert (Evidence.objects.count(), Attendance.objects.count()) == (0, 0)


def test_a_session_added_since_the_programme_was_looked_at_has_a_door(at_the_door, ana, in_room):
    at_the_door.get("/academy/programme.ics")
    starts_at, ends_at = in_room.ends_at, in_room.ends_at + dt.timedelta(hours=1)
    SessionFactory(edition=in_room.edition, slug="added", format="in_person", starts_at=starts_at, ends_at=ends_at)

    response = at_the_door.post(
        "/check-in/academy/added/", {"code": badges.code_of(ana), "scan_id": uuid.uuid4()}, headers=HTMX
    )

    assert answer(response) == (200, "checked_in")
    assert Evidence.objects.get().session.slug == "added"


@pytest.mark.parametrize("held", ["online", "external"])
def test_only_a_session_in_person_has_a_door(at_the_door, ana, in_room, held):
    assert [it.session for it, _window in at_the_door.get(START).context["doors"]] == [in_room]

    Session.objects.filter(pk=in_room.pk).update(format=held)

    assert at_the_door.get(START).context["doors"] == []
    assert [at_the_door.get(DOOR).status_code, scan(at_the_door, ana).status_code] == [404, 404]
    assert not Evidence.objects.exists()


def test_an_edition_that_is_gone_has_no_door(at_the_door, ana, in_room):
    at_the_door.get(DOOR)
    Edition.objects.filter(pk=in_room.edition_id).update(slug="other")

    assert scan(at_the_door, ana).status_code == 404
    assert not Evidence.objects.exists()


def test_how_many_are_in(at_the_door, ana, coordinator):
    assert text(at_the_door.get(f"{DOOR}count/")) == '<p id="count">Here: 0 of 2</p> <div id="latest"></div>'
    scan(at_the_door, ana)

    page = text(at_the_door.get(f"{DOOR}count/"))

    assert '<p id="count">Here: 1 of 2</p>' in page
    assert "Last checked in" in page
    assert "Ana Anaya" in page
    assert page == text(at_the_door.get(f"{DOOR}count/"))  # as the page compares it
    assert "Here: 1 of 2" in at_the_door.get(DOOR).content.decode()


def test_who_may_not_check_in_learns_no_count(client, in_room, stranger, staff_of):
    assert "/accounts/" in client.get(f"{DOOR}count/").url
    for user, status in ((stranger, 404), (staff_of("viewer"), 403)):
        client.force_login(user)
        assert client.get(f"{DOOR}count/").status_code == status
    assert client.post(f"{DOOR}count/").status_code == 405


def test_what_is_asked_in_the_background_brings_no_token_along(at_the_door, ana, coordinator):
    """The page that asks has it."""
    alone = scan(at_the_door, ana)
    whole = at_the_door.post(DOOR, {"code": badges.code_of(coordinator), "scan_id": uuid.uuid4()})

    assert "undo/" in alone.content.decode()
    assert "csrfmiddlewaretoken" not in alone.content.decode()
    assert 'undo/"><input type="hidden" name="csrfmiddlewaretoken"' in text(whole)


def test_what_the_door_refuses(at_the_door, ana, in_room, participant):
    assert answer(scan(at_the_door)) == (404, "unknown")
    assert answer(scan(at_the_door, ana, code=badges.code_of(ana)[:-1])) == (404, "unknown")
    assert answer(scan(at_the_door, participant)) == (409, "wrong_edition")
    assert answer(scan(at_the_door, ana, scan_id="x")) == (422, "invalid")
    assert answer(scan(at_the_door, ana, code="")) == (422, "invalid")
    Participant.objects.filter(pk=ana.pk).update(state="withdrawn")
    assert answer(scan(at_the_door, ana)) == (409, "withdrawn")
    Participant.objects.filter(pk=ana.pk).update(state="registered")
    in_room.starts_at, in_room.ends_at = (it + dt.timedelta(hours=3) for it in (in_room.starts_at, in_room.ends_at))
    in_room.save()
    assert answer(scan(at_the_door, ana)) == (409, "closed")
    assert not Evidence.objects.exists()


def test_who_has_a_seat_elsewhere_is_let_in_anyway_only_in_so_many_words(at_the_door, ana, in_room):
    in_room.track = TrackFactory(edition=in_room.edition, position=1)
    in_room.save()
    times = {"starts_at": in_room.starts_at, "ends_at": in_room.ends_at, "format": "in_person"}
    other = SessionFactory(edition=in_room.edition, title="Other", track=TrackFactory(edition=in_room.edition), **times)
    SeatFactory(participant=ana, session=other)

    refused, let_in = scan(at_the_door, ana), scan(at_the_door, ana, anyway="1")

    assert answer(refused) == (409, "elsewhere")
    assert "Has a seat in “Other”" in refused.content.decode()
    assert answer(let_in) == (200, "checked_in")
    assert Evidence.objects.get().note == "checked in without a seat in this session"


def test_a_phone_whose_clock_is_hours_off_counts_by_the_server(at_the_door, ana):
    times = {"made_at": "2020-01-01T10:00:00Z", "sent_at": "2020-01-01T10:03:00Z"}

    scan(at_the_door, ana, **times)

    seen_ago = timezone.now() - Evidence.objects.get().observed_at
    assert dt.timedelta(minutes=3) <= seen_ago < dt.timedelta(minutes=4)


def test_times_that_make_no_sense_count_for_nothing(at_the_door, ana):
    assert answer(scan(at_the_door, ana, made_at="2020-13-45T99:00", sent_at="soon")) == (200, "checked_in")


def test_a_scan_that_was_taken_back_stays_so_when_it_comes_again(at_the_door, ana):
    scan_id = uuid.uuid4()
    scan(at_the_door, ana, scan_id=scan_id)
    undo = f"{DOOR}{Evidence.objects.get().pk}/undo/"

    assert answer(at_the_door.post(undo, headers=HTMX)) == (200, "undone")
    assert answer(at_the_door.post(undo)) == (200, "undone")
    assert answer(scan(at_the_door, ana, scan_id=scan_id)) == (409, "undone")
    assert Attendance.objects.get().status == ""
    assert answer(scan(at_the_door, ana)) == (200, "checked_in")


def test_a_scan_is_about_one_person(at_the_door, ana, coordinator):
    scan_id = uuid.uuid4()
    scan(at_the_door, ana, scan_id=scan_id)

    response = scan(at_the_door, coordinator, scan_id=scan_id)

    assert answer(response) == (409, "invalid")
    assert "already been used for somebody else" in response.content.decode()


def test_a_name_is_found_without_its_accents_and_chosen(at_the_door, ana, delegation):
    delegation.quota = 9
    delegation.save()
    zoe = ParticipantFactory(delegation=delegation, user__name="Zoë Łęcka-Ångström")

    page = at_the_door.get(DOOR, {"q": "angs zoe"})
    assert [it.pk for it in page.context["matches"]] == [zoe.pk]
    assert "Zoë Łęcka-Ångström" in page.content.decode()
    assert "No registered participant" in at_the_door.get(DOOR, {"q": "nobody"}, headers=HTMX).content.decode()
    response = at_the_door.post(DOOR, {"participant": zoe.pk, "name": str(zoe), "scan_id": uuid.uuid4()})

    assert answer(response) == (200, "checked_in")
    assert "Last checked in" in response.content.decode()


def test_a_button_is_for_the_person_it_names_and_nobody_else(at_the_door, ana, coordinator):
    asked = {"participant": ana.pk, "name": str(coordinator), "scan_id": uuid.uuid4()}

    refused = at_the_door.post(DOOR, asked, headers=HTMX)
    nameless = at_the_door.post(DOOR, asked | {"name": ""}, headers=HTMX)

    assert [answer(refused), answer(nameless)] == [(409, "invalid"), (422, "invalid")]
    shown = f"This button was for “{coordinator}”, but number {ana.pk} is “Ana Anaya”. Nobody was checked in"
    assert shown in text(refused)
    assert (Evidence.objects.count(), Attendance.objects.count()) == (0, 0)


def test_a_scan_keeps_its_answer_when_the_name_is_corrected_before_it_comes_again(at_the_door, ana):
    asked = {"participant": ana.pk, "name": "Ana Anaya", "scan_id": uuid.uuid4()}
    assert answer(at_the_door.post(DOOR, asked, headers=HTMX)) == (200, "checked_in")
    ana.user.name = "Ana Anaia"
    ana.user.save()

    assert answer(at_the_door.post(DOOR, asked, headers=HTMX)) == (200, "checked_in")
    assert answer(at_the_door.post(DOOR, asked | {"scan_id": uuid.uuid4()}, headers=HTMX)) == (409, "invalid")


def test_a_code_from_the_phones_own_camera_leads_to_the_door_one_was_at(at_the_door, ana):
    code = badges.code_of(ana)
    assert "Peer-learning" in at_the_door.get(START, {"code": code}).content.decode()
    at_the_door.get(DOOR)

    response = at_the_door.get(START, {"code": code}, follow=True)

    assert response.redirect_chain == [(f"{DOOR}?code={code}", 302)]
    assert "Ana Anaya" in response.content.decode()
    assert "This code is not ours" in at_the_door.get(DOOR, {"code": "x"}).content.decode()
    assert not Evidence.objects.exists()


def test_who_is_no_desk_checks_nobody_in(client, in_room, ana, stranger, staff_of):
    assert "/accounts/" in client.get(START).url
    for user, statuses in ((stranger, (404, 404)), (staff_of("viewer"), (403, 403))):
        client.force_login(user)
        assert (client.get(START).status_code, scan(client, ana).status_code) == statuses
    client.force_login(ana.user)
    assert client.get(START).url == "/me/academy/badge/"
    assert not Evidence.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_scan_twenty_times_at_once_counts_once(in_room, ana, organiser):
    scan_id = uuid.uuid4()

    def upload():
        client = Client()
        client.force_login(organiser)
        return answer(scan(client, ana, scan_id=scan_id))

    assert in_threads([upload] * 20) == [(200, "checked_in")] * 20
    assert Evidence.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_desks_scan_one_person(in_room, ana, organiser):
    def upload():
        client = Client()
        client.force_login(organiser)
        return answer(scan(client, ana))

    assert sorted(in_threads([upload] * 2)) == [(200, "already"), (200, "checked_in")]
    assert Evidence.objects.count() == 1
