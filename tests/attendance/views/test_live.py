import datetime as dt
from functools import partial

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from attendance.actions.decisions import decide
from attendance.actions.evidence import record_here, record_join
from attendance.models import Attendance, Evidence
from attendance.queries import live as queries
from attendance.queries.live import N_ARRIVALS
from attendance.rules.turnout import Turnout
from attendance.views import live as views
from programme.models import Participant
from tests.client import levels_of, text
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import TrackFactory
from udtacademy.db.prepared import prepared
from udtacademy.outbox.models import Message

LIVE = "/admin/editions/academy/attendance/live/peer-learning/"


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


def test_people_who_are_here_without_being_expected_are_counted_apart(admin, running, ana, other_coordinator):
    for one in (ana, other_coordinator):
        record_join(participant=one, session=running, by=one.user)
    Participant.objects.filter(pk=ana.pk).update(state="withdrawn")

    assert admin.get(LIVE).context["live"].turnout == Turnout(n_expected=1, n_there=1, n_others=1)


def test_somebody_else_on_the_same_browser_is_sent_the_page_with_their_own_buttons(admin, running, ana):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    with time_machine.travel(timezone.now(), tick=False):
        tag = admin.get(f"{LIVE}now/")["ETag"]
        admin.force_login(viewer)
        page = admin.get(f"{LIVE}now/", headers={"If-None-Match": tag})

    assert page.status_code == 200
    assert page.context["can_nudge"] is False
    assert "nudge/" not in page.content.decode()


def test_nothing_is_sent_while_nothing_changes(admin, running, ana, other_coordinator):
    with time_machine.travel(timezone.now(), tick=False):
        first = admin.get(f"{LIVE}now/")
        same = admin.get(f"{LIVE}now/", headers={"If-None-Match": first["ETag"]})
        record_join(participant=ana, session=running, by=ana.user)
        other = admin.get(f"{LIVE}now/", headers={"If-None-Match": first["ETag"]})

    assert [it.status_code for it in (first, same, other)] == [200, 304, 200]
    assert first["Cache-Control"] == "private, no-cache"  # with no-store a browser would not know what it has


def test_an_email_to_those_missing_and_a_change_of_the_session_are_changes(admin, running, ana):
    with time_machine.travel(timezone.now(), tick=False):
        tags = [admin.get(f"{LIVE}now/")["ETag"]]
        admin.post(f"{LIVE}nudge/", {"apply": "1"})
        tags.append(admin.get(f"{LIVE}now/")["ETag"])
        running.title = "Another"
        running.save()
        tags.append(admin.get(f"{LIVE}now/")["ETag"])

    assert len(set(tags)) == 3


def test_every_change_of_attendance_is_one_even_if_committed_out_of_its_order(admin, running, ana, other_coordinator):
    with time_machine.travel(timezone.now(), tick=False):
        record_join(participant=ana, session=running, by=ana.user)
        before = admin.get(f"{LIVE}now/")["ETag"]
        earlier = timezone.now() - dt.timedelta(seconds=2)
        late = {"status": "present", "arrived_at": earlier, "changed_at": earlier}
        Attendance.objects.create(participant=other_coordinator, session=running, **late)

        assert admin.get(f"{LIVE}now/")["ETag"] != before


def test_the_last_who_came_are_named_first(admin, running, delegation):
    names = [f"Person {number}" for number in range(N_ARRIVALS + 1)]
    delegation.quota = len(names)
    delegation.save()
    for name in names:
        participant = ParticipantFactory(delegation=delegation, user__name=name)
        record_join(participant=participant, session=running, by=participant.user)

    arrivals = admin.get(f"{LIVE}now/").context["live"].arrivals

    assert [str(it.participant) for it in arrivals] == names[:0:-1]


def test_many_missing_cities_are_counted_and_the_first_of_them_named(admin, running, ana, monkeypatch):
    monkeypatch.setattr(queries, "MOST_NAMED", 1)
    asked = prepared(partial(queries.missing_cities, takes_seats=False))  # with that limit
    monkeypatch.setitem(queries.MISSING_CITIES, False, asked)
    for name in ("Aveiro", "Bergen"):
        ParticipantFactory(delegation__edition=running.edition, delegation__city__name=name)

    current = admin.get(LIVE).context["live"]

    assert [it.city.name for it in current.missing] == ["Aveiro"]
    assert (current.n_missing, current.n_unnamed) == (3, 2)


def test_people_by_city_are_on_pages_of_their_own_the_missing_first(
    admin, running, ana, other_coordinator, monkeypatch
):
    monkeypatch.setattr(views, "CITIES_PER_PAGE", 1)
    record_join(participant=ana, session=running, by=ana.user)

    first, second = admin.get(f"{LIVE}people/"), admin.get(f"{LIVE}people/?page=2")

    assert f'href="{LIVE}people/"' in text(admin.get(LIVE))
    cities = [city for page in (first, second) for city in page.context["cities"]]
    assert [[person.participant for person in city.people] for city in cities] == [[other_coordinator], [ana]]
    assert ["academy-card--missing" in text(it) for it in (first, second)] == [True, False]
    assert cities[1].turnout == Turnout(n_expected=1, n_there=1)
    assert "join click" in text(second)


@pytest.mark.parametrize(("page", "n_queries"), [("", 10), ("now/", 8), ("people/", 10)])
def test_the_pages_cost_the_same_for_one_city_and_for_many(
    admin, running, ana, page, n_queries, django_assert_num_queries
):
    admin.get(f"{LIVE}{page}")
    for _ in range(2):
        with django_assert_num_queries(n_queries):
            admin.get(f"{LIVE}{page}")
        for _city in range(3):
            delegation = DelegationFactory(edition=running.edition, quota=5)
            for participant in ParticipantFactory.create_batch(3, delegation=delegation):
                record_join(participant=participant, session=running, by=participant.user)


def test_nothing_changed_costs_three_queries(admin, running, ana, django_assert_num_queries):
    with time_machine.travel(timezone.now(), tick=False):
        tag = admin.get(f"{LIVE}now/")["ETag"]
        with django_assert_num_queries(3):  # who (a superuser), the programme, and what there is
            assert admin.get(f"{LIVE}now/", headers={"If-None-Match": tag}).status_code == 304


def test_those_missing_are_written_to_once(admin, running, ana, other_coordinator, participant):
    record_join(participant=other_coordinator, session=running, by=other_coordinator.user)

    question = admin.post(f"{LIVE}nudge/")
    (sample,) = question.context["sample"]
    assert (question.context["n"], question.context["missing"]) == (1, [ana])
    assert "1 email will be sent" in text(question)
    assert sample.subject in text(question)
    assert "/join/academy/peer-learning/?key=" not in text(question)  # a personal link
    assert levels_of(admin.post(f"{LIVE}nudge/", {"apply": "1"}, follow=True)) == ["success"]
    current = admin.get(LIVE).context["live"]
    assert (current.turnout.n_missing, current.n_to_nudge, current.n_not_to_nudge) == (1, 0, 1)
    assert levels_of(admin.post(f"{LIVE}nudge/", {"apply": "1"}, follow=True)) == ["info"]
    assert admin.post(f"{LIVE}nudge/").context["missing"] == []
    message = Message.objects.get(kind="nudge")
    assert message.user == ana.user
    assert "/join/academy/peer-learning/?key=" in message.text


def test_of_many_missing_people_the_first_are_named(admin, running, ana, other_coordinator, monkeypatch):
    monkeypatch.setattr(views, "NAMED", 1)

    question = admin.post(f"{LIVE}nudge/")

    assert question.context["missing"] == [other_coordinator]  # by city
    assert (question.context["n"], question.context["n_more"]) == (2, 1)


def test_before_its_window_the_page_asks_once_a_minute_whether_it_is_open(admin, running):
    running.starts_at, running.ends_at = (it + dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()

    assert f'hx-get="{LIVE}now/" hx-trigger="every 60s"' in text(admin.get(LIVE))
    with time_machine.travel(running.starts_at):
        assert f'hx-get="{LIVE}now/" hx-trigger="every 5s"' in text(admin.get(f"{LIVE}now/"))
    with time_machine.travel(running.ends_at + dt.timedelta(days=1)):
        assert "hx-get" not in text(admin.get(f"{LIVE}now/"))


def test_in_a_room_the_message_leads_to_the_badge(admin, running, ana):
    running.meeting_url, running.format = "", "in_person"
    running.save()

    admin.post(f"{LIVE}nudge/", {"apply": "1"})

    assert "/me/academy/badge/" in Message.objects.get(kind="nudge").text


def test_nobody_is_written_to_about_a_session_that_does_not_run(admin, running, ana):
    running.starts_at, running.ends_at = (it + dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()

    assert levels_of(admin.post(f"{LIVE}nudge/", {"apply": "1"}, follow=True)) == ["error"]
    assert not Message.objects.exists()
    assert admin.get(LIVE).context["live"].is_before


def test_a_viewer_looks_and_writes_to_nobody(client, running, ana, staff_of):
    client.force_login(staff_of("viewer"))

    assert "nudge/" not in text(client.get(LIVE))
    assert client.post(f"{LIVE}nudge/", {"apply": "1"}).status_code == 403
    assert not Message.objects.exists()


def test_here_in_one_tap_is_evidence_and_a_second_tap_adds_nothing(admin, organiser, running, ana, other_coordinator):
    here = f"{LIVE}here/{ana.pk}/"
    assert f'action="{here}"' in text(admin.get(LIVE))

    pages = [admin.post(here, {"back": f"{LIVE}people/?page=1"}, follow=True) for _tap in range(2)]

    assert [it.redirect_chain[-1][0] for it in pages] == [f"{LIVE}people/?page=1"] * 2
    assert "Ana Anaya is recorded as here." in text(pages[0])
    assert "Ana Anaya was already recorded." in text(pages[1])
    (piece,) = Evidence.objects.all()
    assert (piece.kind, piece.by, piece.participant) == ("word", organiser, ana)
    assert Attendance.objects.get(status__gt="").source == "word"
    page = admin.get(LIVE)
    assert page.context["live"].turnout == Turnout(n_expected=2, n_there=1)
    assert f'action="{here}"' not in text(page)
    assert "organiser’s word" in text(admin.get(f"{LIVE}people/"))


@pytest.mark.parametrize("page", ["", "people/"])
def test_here_is_undone_in_one_tap_and_a_second_tap_changes_nothing(admin, organiser, running, ana, page):
    here, back = f"{LIVE}here/{ana.pk}/", {"back": f"{LIVE}{page}"}
    recorded = admin.post(here, back, follow=True)
    assert f'action="{here}undo/"' in text(recorded)

    pages = [admin.post(f"{here}undo/", back, follow=True) for _tap in range(2)]

    assert [it.redirect_chain[-1][0] for it in pages] == [back["back"]] * 2
    assert "Undone: Ana Anaya is not recorded as here." in text(pages[0])
    assert "This has already been undone." in text(pages[1])
    assert f'action="{here}undo/"' not in text(pages[0])
    assert f'action="{here}"' in text(pages[0])
    assert not Attendance.objects.established().exists()
    (retraction,) = Evidence.objects.filter(kind="retraction")
    assert (retraction.by, retraction.note) == (organiser, "undone on the live view")


def test_undo_takes_back_only_the_visitors_word(admin, running, ana, organiser):
    colleague = UserFactory(is_staff=True, is_superuser=True)
    record_here(participant=ana, session=running, by=colleague)

    answer = admin.post(f"{LIVE}here/{ana.pk}/undo/", headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert str(ana) in answer.context["problem"]
    assert not Evidence.objects.filter(kind="retraction").exists()
    assert Attendance.objects.established().exists()
    already = admin.post(f"{LIVE}here/{ana.pk}/", headers={"HX-Request": "true"})
    assert "undo/" not in text(already)


def test_a_tap_in_the_background_changes_the_number_of_the_live_page(admin, running, ana, other_coordinator):
    header, here = {"HX-Request": "true"}, f"{LIVE}here/{ana.pk}/"

    recorded, undone = (admin.post(it, {"back": LIVE}, headers=header) for it in (here, f"{here}undo/"))
    on_another_page = admin.post(here, {"back": f"{LIVE}people/"}, headers=header)

    assert 'hx-swap-oob="true"' in text(recorded)
    assert [it.context["live"].turnout.n_there for it in (recorded, undone)] == [1, 0]
    assert f'hx-post="{here}undo/"' in text(recorded)
    assert f'hx-post="{here}"' in text(undone)
    assert f'name="back" value="{LIVE}"' in text(undone)
    assert "hx-swap-oob" not in text(on_another_page)


@pytest.mark.parametrize("outcome", ["excused", "absent"])
def test_here_records_nothing_about_somebody_decided_otherwise_and_says_what_is_decided(
    admin, running, ana, organiser, outcome
):
    decide(cells=[(ana, running)], outcome=outcome, reason="Told us", by=organiser)

    answer = admin.post(f"{LIVE}here/{ana.pk}/", headers={"HX-Request": "true"})
    page = admin.post(f"{LIVE}here/{ana.pk}/", follow=True)

    cell = f"/admin/editions/academy/attendance/board/{ana.pk}/peer-learning/"
    assert answer.status_code == 409
    for response in (answer, page):
        assert f"Decided: {outcome}, so nothing was recorded." in text(response)
        assert f'href="{cell}"' in text(response)
    assert levels_of(page) == ["error"]
    assert not Evidence.objects.exists()


def test_before_the_start_nobody_is_missing_yet(admin, running, ana, other_coordinator):
    with time_machine.travel(running.starts_at - dt.timedelta(seconds=30), tick=False):
        before = admin.get(LIVE)
        tag = admin.get(f"{LIVE}now/")["ETag"]
    with time_machine.travel(running.starts_at, tick=False):
        after = admin.get(f"{LIVE}now/", headers={"If-None-Match": tag})

    assert ("Still expected: 2 ·" in text(before), "Missing:" in text(before)) == (True, False)
    assert "Missing: 2 ·" in text(after)


def test_here_is_undone_by_retracting_it(admin, running, ana):
    admin.post(f"{LIVE}here/{ana.pk}/")
    piece = Evidence.objects.get()

    retract = f"/admin/editions/academy/attendance/board/retract/{piece.pk}/"
    assert levels_of(admin.post(retract, {"reason": "Somebody else"}, follow=True)) == ["success"] * 2

    assert not Attendance.objects.established().exists()
    admin.post(f"{LIVE}here/{ana.pk}/")
    assert Attendance.objects.established().count() == 1


def test_here_in_the_background_answers_with_its_row(admin, running, ana):
    header = {"HX-Request": "true"}
    first, second = (admin.post(f"{LIVE}here/{ana.pk}/", headers=header) for _tap in range(2))

    assert [it.context["is_new"] for it in (first, second)] == [True, False]
    other = ParticipantFactory(delegation=ana.delegation, state="withdrawn")
    refused = admin.post(f"{LIVE}here/{other.pk}/", headers=header)
    assert refused.status_code == 409
    assert refused.context["problem"] in text(refused)
    assert not Evidence.objects.filter(participant=other).exists()


@pytest.mark.parametrize(("hours", "is_open"), [(-2, False), (-1.1, False), (-0.5, True), (0.5, True), (1.5, False)])
def test_here_only_while_the_door_would_be_open(admin, running, ana, hours, is_open):
    starts_at = timezone.now() - dt.timedelta(hours=hours)
    running.starts_at, running.ends_at = starts_at, starts_at + dt.timedelta(hours=1)
    running.save()

    assert ("here/" in text(admin.get(LIVE))) is is_open
    assert levels_of(admin.post(f"{LIVE}here/{ana.pk}/", follow=True)) == ["success" if is_open else "error"]
    assert Evidence.objects.exists() is is_open


def test_here_is_for_people_who_are_expected(admin, running, ana, edition, open_edition):
    running.track = TrackFactory(edition=open_edition)
    running.save()

    assert levels_of(admin.post(f"{LIVE}here/{ana.pk}/", follow=True)) == ["error"]
    stranger = ParticipantFactory(delegation__edition=edition)
    assert admin.post(f"{LIVE}here/{stranger.pk}/").status_code == 404
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "desk"])
def test_here_is_said_by_who_sees_the_page_and_may_check_people_in(client, running, ana, staff_of, role):
    client.force_login(staff_of(role))

    assert "/here/" not in text(client.get(LIVE))
    assert client.post(f"{LIVE}here/{ana.pk}/").status_code == 403
    assert client.post(f"{LIVE}here/{ana.pk}/undo/").status_code == 403
    assert not Evidence.objects.exists()


def test_one_person_is_missing_and_two_are(admin, over, delegation):
    since = over.starts_at - dt.timedelta(days=1)
    sentences = []
    for _person in range(2):
        ParticipantFactory(delegation=delegation, state_at=since)
        sentences.append(text(admin.get("/admin/editions/academy/attendance/missing/over/")))

    assert "<b>1</b> is missing." in sentences[0]
    assert "<b>2</b> are missing." in sentences[1]
