"""The people in a meeting, as its platform reports them, and the choice who they are."""

import pytest
from django.utils import timezone

from attendance.actions.applied_reports import apply_report, undo_report
from attendance.actions.platform_evidence import sync_evidence
from attendance.actions.platform_people import is_open
from attendance.models import Evidence, PlatformPerson
from attendance.queries.platform_people import in_meeting
from tests.attendance.meeting_reports.giving import give, zoom
from tests.client import text

pytestmark = pytest.mark.django_db

PAGE = "/admin/editions/academy/attendance/live/peer-learning/meeting/"


@pytest.fixture
def person(running):
    return make(running, "n:1", "A. Anaya")


def make(session, key, name, **values):
    start = timezone.now().isoformat()
    return PlatformPerson.objects.create(
        session=session,
        edition=session.edition,
        platform="zoom",
        meeting="89012345678",
        key=key,
        name=name,
        intervals=[[start, None, False]],
        is_inside=True,
        **values,
    )


def test_the_page_lists_whom_nobody_knows_first(client, organiser, person, running, ana):
    matched = make(running, "n:2", "Ana", group="matched", how="email", participant=ana)
    client.force_login(organiser)

    response = client.get(PAGE)

    assert [it for it, _minutes, _form in response.context["forms"]] == [person]
    assert [it for it, _minutes in response.context["decided"]] == [matched]
    assert "in the meeting now" in response.text


def test_a_choice_is_saved_and_counts(client, organiser, person, ana):
    client.force_login(organiser)

    response = client.post(PAGE, {f"{person.pk}-who": "other", f"{person.pk}-other": ana.user.email})

    assert response.status_code == 302
    person.refresh_from_db()
    assert (person.participant, person.how, person.chosen_by) == (ana, "chosen", organiser)
    assert Evidence.objects.get().participant == ana


def test_who_is_decided_is_not_asked_about_again_and_can_be_decided_again(client, organiser, person, ana):
    client.force_login(organiser)
    client.post(PAGE, {f"{person.pk}-who": "other", f"{person.pk}-other": ana.user.email})
    assert asked(client.get(PAGE)) == []

    client.post(PAGE, {"wrong": f"{person.pk}:{ana.pk}"})
    assert asked(client.get(PAGE)) == [person]
    client.post(PAGE, {f"{person.pk}-who": "nobody"})

    response = client.get(PAGE)
    assert asked(response) == []
    assert [it.how for it, _minutes in response.context["decided"]] == ["nobody"]
    assert f'value="{person.pk}:"' in response.text
    client.post(PAGE, {"wrong": f"{person.pk}:"})
    assert asked(client.get(PAGE)) == [person]
    assert not Evidence.objects.effective().exists()


def test_once_a_report_of_the_whole_meeting_is_applied_nobody_is_to_be_matched_here(client, organiser, over):
    make(over, "n:1", "A. Anaya")
    report = give(over, zoom(over, ("A. Anaya", "", 0, 60)), organiser)
    client.force_login(organiser)
    page = f"/admin/editions/academy/attendance/live/{over.slug}/meeting/"
    assert (in_meeting(over).n_unknown, client.get(page).context["report"]) == (1, None)

    apply_report(report=report, is_confirmed=True, by=organiser)

    response = client.get(page)
    assert (in_meeting(over).n_unknown, response.context["report"]) == (0, report)
    assert "There is nothing left to match here." in text(response)
    undo_report(report=report, by=organiser)
    assert in_meeting(over).n_unknown == 1


def asked(response):
    return [it for it, _minutes, _form in response.context["forms"]]


def test_a_wrong_match_is_undone_for_good_and_can_then_be_chosen(client, organiser, running, ana):
    person = make(running, "1:1", "Ana", email=ana.user.email, group="matched", how="email", participant=ana)
    sync_evidence(running)
    client.force_login(organiser)
    assert f'value="{person.pk}:{ana.pk}"' in client.get(PAGE).text

    client.post(PAGE, {"wrong": f"{person.pk}:{ana.pk}"})

    person.refresh_from_db()
    assert (person.participant, person.how, is_open(person)) == (None, "open", False)
    assert not Evidence.objects.effective().exists()
    assert [it for it, _minutes, _form in client.get(PAGE).context["forms"]] == [person]


@pytest.mark.parametrize("shown", ["0:0", "x", "{pk}:x", "{pk}:{other}"])
def test_undoing_a_match_that_is_another_by_now_changes_nothing(client, organiser, running, ana, shown):
    person = make(running, "1:1", "Ana", group="matched", how="email", participant=ana)
    client.force_login(organiser)

    client.post(PAGE, {"wrong": shown.format(pk=person.pk, other=ana.pk + 1)})

    person.refresh_from_db()
    assert person.participant == ana


def test_an_unknown_name_is_an_error_and_changes_nothing(client, organiser, person):
    client.force_login(organiser)

    response = client.post(PAGE, {f"{person.pk}-who": "other", f"{person.pk}-other": "nobody@of.example"})

    assert response.status_code == 422
    person.refresh_from_db()
    assert person.how == ""


def test_who_may_not_handle_reports_sees_no_strangers(client, staff_of, person):
    client.force_login(staff_of("viewer"))

    assert client.get(PAGE).status_code == 403


def test_the_live_page_says_how_many_are_in_the_meeting(client, organiser, person):
    client.force_login(organiser)

    response = client.get(PAGE.removesuffix("meeting/"))

    assert response.context["live"].in_meeting.n_inside == 1
    assert PAGE in response.text
