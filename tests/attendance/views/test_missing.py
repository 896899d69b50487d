import datetime as dt

import pytest
import time_machine

from attendance.actions.chasers import send_chasers
from attendance.actions.decisions import decide
from tests.client import levels_of, text
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

AREA = "/admin/editions/academy/attendance/missing/"
PAGE = f"{AREA}over/"


@pytest.fixture
def team(over, delegation, coordinator, other_coordinator):
    """Ana, Bo and Carme, who coordinates, of Girona, and Otto of another city, before the session that is over."""
    people = [ParticipantFactory(delegation=delegation, user__name=name) for name in ("Ana Anaya", "Bo Berg")]
    over.edition.participants.update(state_at=over.starts_at - dt.timedelta(days=9))
    return [*people, coordinator, other_coordinator]


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_who_is_missing_by_city_with_what_was_done(admin, over, team, organiser):
    ana, bo, carme, otto = team
    decide(cells=[(bo, over)], outcome="absent", reason="Left", by=organiser)
    decide(cells=[(otto, over)], outcome="present", reason="Seen", by=organiser)
    ExcuseFactory(participant=ana, session=over)

    response = admin.get(AREA, follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    (city,) = response.context["cities"]
    people = {it.participant: (it.state, it.request is not None) for it in city.people}
    assert people == {ana: ("missed", True), bo: ("absent", False), carme: ("missed", False)}
    assert (city.coordinators, city.asked, city.informed) == ([carme], None, None)
    assert "Of 4 people expected, 1 were present and <b>3</b> are missing." in text(response)


def test_who_is_missing_is_a_file_too(admin, client, staff_of, over, team):
    with time_machine.travel(over.ends_at + dt.timedelta(days=1, minutes=1)):
        send_chasers()
    ExcuseFactory(participant=team[0], session=over)

    response = admin.get(f"{PAGE}export.csv")

    rows = [it.split(",") for it in b"".join(response.streaming_content).decode("utf-8-sig").splitlines()]
    assert [row[1] for row in rows] == ["Name", "Otto Ost", "Ana Anaya", "Bo Berg", "Carme Coll"]
    assert (rows[2][0], rows[2][2], rows[2][4]) == ("Girona (ES)", team[0].user.email, "missed")
    assert [bool(row[5]) for row in rows[1:]] == [True] * 4
    assert [bool(row[6]) for row in rows[1:]] == [False, True, False, False]
    assert f"{PAGE}export.xlsx" in admin.get(PAGE).content.decode()
    client.force_login(staff_of("desk"))
    assert client.get(f"{PAGE}export.csv").status_code == 403


def test_emails_that_were_sent_are_shown_with_their_time(admin, over, team):
    with time_machine.travel(over.ends_at + dt.timedelta(days=1, minutes=1)):
        send_chasers()

        page = admin.get(PAGE)

    other, girona = page.context["cities"]
    assert all(it.written for city in (girona, other) for it in city.people)
    assert (girona.informed is not None, other.informed) == (True, None)
    assert text(page).count(">emailed</a>") == 4
    assert text(page).count(">list sent</a>") == 1


@pytest.fixture
def late(team, delegation, over):
    """Lia and Leo of Girona registered once the session was over."""
    delegation.quota = 9
    delegation.save()
    return [
        ParticipantFactory(delegation=delegation, user__name=name, state_at=over.ends_at) for name in ("Lia", "Leo")
    ]


def test_who_registered_later_is_apart(admin, over, team, late):
    response = admin.get(PAGE)

    girona = next(it for it in response.context["cities"] if it.late)
    assert {it.participant for it in girona.late} == set(late)
    assert {it.participant for it in girona.people} == set(team[:3])
    page = text(response)
    assert "Registered after the session, so they get no email:" in page
    assert "2 more people registered later and have to make it up." in page
    assert "Everybody (4)" in page


def test_a_city_of_which_all_registered_later_is_shown(admin, over, late, organiser, team):
    decide(cells=[(it, over) for it in team], outcome="present", reason="Seen", by=organiser)

    (girona,) = admin.get(PAGE).context["cities"]

    assert (list(girona.people), len(girona.late)) == ([], 2)
    assert girona.why_not_asked == "there is nobody to ask about"


def test_an_excuse_and_a_make_up_are_two(admin, over, team, organiser):
    decide(cells=[(team[0], over)], outcome="excused", reason="Ill", by=organiser)
    decide(cells=[(team[1], over)], outcome="made_up", reason="Watched it", by=organiser)

    assert "Excused or made up: 2." in text(admin.get(PAGE))


def test_a_make_up_of_somebody_who_registered_later_is_counted_apart(admin, over, team, late, organiser):
    decide(cells=[(team[0], over)], outcome="excused", reason="Ill", by=organiser)
    decide(cells=[(late[0], over)], outcome="made_up", reason="Watched it", by=organiser)

    page = text(admin.get(PAGE))

    assert "Of 4 people expected, 0 were present and <b>3</b> are missing. Excused or made up: 1." in page
    assert "1 more person registered later and has to make it up." in page
    assert "1 person who registered later is excused or has made it up." in page


def test_before_the_end_nobody_is_missing(admin, over):
    over.ends_at += dt.timedelta(days=2)
    over.save()

    assert "nobody has missed it" in text(admin.get(PAGE))
    assert "No core session has ended yet." in text(admin.get(AREA))


@pytest.mark.parametrize("changes", [{"is_core": False}, {"status": "cancelled"}, {"is_published": False}])
def test_only_core_sessions_that_were_held_have_the_page(admin, over, changes):
    type(over).objects.update(**changes)

    assert admin.get(PAGE).status_code == 404


def test_other_core_sessions_are_one_click_away(admin, over, team):
    hour = dt.timedelta(hours=1)
    values = {"slug": "before", "title": "Before", "is_core": True, "status": "confirmed"}
    SessionFactory(edition=over.edition, starts_at=over.starts_at - hour, ends_at=over.starts_at, **values)

    assert f'href="{AREA}before/"' in text(admin.get(PAGE))


def test_the_page_costs_the_same_for_one_and_for_three_cities(admin, over, team, django_assert_max_num_queries):
    admin.get(PAGE)
    for _ in range(3):
        delegation = DelegationFactory(edition=over.edition, quota=5)
        ParticipantFactory.create_batch(3, delegation=delegation, state_at=over.starts_at)
        with django_assert_max_num_queries(24):
            admin.get(PAGE)


def test_a_viewer_looks_and_a_desk_does_not(client, staff_of, over, team):
    client.force_login(staff_of("viewer"))
    page = text(client.get(PAGE))

    assert "Ana Anaya" in page
    assert 'type="checkbox"' not in page
    client.force_login(staff_of("desk"))
    assert client.get(PAGE).status_code == 403


def test_the_overview_leads_to_it_until_they_are_emailed(admin, over, team):
    overview = "/admin/editions/academy/"

    assert [it.text for it in admin.get(overview).context["tasks"] if it.url == PAGE] == [
        "4 people missed “From challenge to use case” and are still to be emailed."
    ]
    page = admin.post(f"{PAGE}write/", {"all": "1"})
    form = {"all": "1", "agreed_to": page.context["confirmation"].token, "apply": "1"}
    assert levels_of(admin.post(f"{PAGE}write/", form, follow=True)) == ["success"]
    assert [it for it in admin.get(overview).context["tasks"] if it.url == PAGE] == []


def test_the_sessions_page_and_its_live_view_lead_there(admin, over, running):
    for session, is_over in ((over, True), (running, False)):
        url = f'href="{AREA}{session.slug}/"'
        live = text(admin.get(f"/admin/editions/academy/attendance/live/{session.slug}/"))
        page = text(admin.get(f"/admin/programme/session/{session.pk}/change/"))
        assert (url in live, url in page) == (is_over, is_over)
