"""The Action Plan of a city: its steps, to-dos, who reads it, and peers."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.models import ActionPlan, PeerFeedback
from tests.client import text
from tests.factories.action_plans import ActionPlanFactory, PartFactory, StepFactory
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory

pytestmark = pytest.mark.django_db
PORTAL, PLAN = "/portal/academy/", "/portal/academy/action-plan/"


@pytest.fixture
def session(open_edition):
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=10)
    return SessionFactory(edition=open_edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))


@pytest.fixture
def step(open_edition, session):
    return StepFactory(edition=open_edition, slug="challenge", title="Challenge", session=session)


@pytest.fixture
def member(client, coordinator, step):
    client.force_login(coordinator.user)
    return coordinator


def test_coordinators_have_it_to_do_first_and_a_moved_session_moves_it(client, member, session):
    colleague = ParticipantFactory(delegation=member.delegation)
    before = client.get(PORTAL)
    client.force_login(colleague.user)
    of_colleague = client.get(PORTAL)
    former = session.starts_at
    session.starts_at, session.ends_at = former - dt.timedelta(days=5), session.ends_at - dt.timedelta(days=5)
    session.save()
    after = client.get(PORTAL)
    page = client.get(PLAN)

    title = "Submit “Challenge” of your Action Plan"
    assert [title in [todo.title for todo in it.context["todos"]] for it in (before, of_colleague, after)] == [
        *(True, False, True)
    ]
    ((own, shown),) = page.context["steps"]
    assert (own.due, shown) == (session.starts_at, former)
    assert "The session has moved" in text(page)


@pytest.mark.usefixtures("coordinator")
def test_an_edition_without_steps_has_no_plans(client, coordinator):
    client.force_login(coordinator.user)

    assert client.get(PLAN).status_code == 404
    assert client.get(PORTAL).context["plan_steps"] == []


def test_only_coordinators_share_the_plan(client, member):
    colleague = ParticipantFactory(delegation=member.delegation)
    client.force_login(colleague.user)
    refused = client.post(f"{PLAN}sharing/", {"is_shared": "on"})
    assert (refused.status_code, ActionPlan.objects.shared().exists()) == (404, False)
    client.force_login(member.user)

    for value, expected in ({"is_shared": "on"}, True), ({}, False):
        answer = client.post(f"{PLAN}sharing/", value, follow=True)
        assert ActionPlan.objects.shared().exists() == expected
    assert "except those that organisers have paired with you" in text(answer)


def test_only_coordinators_release_the_plan_for_everybody(client, member):
    colleague = ParticipantFactory(delegation=member.delegation)
    client.force_login(colleague.user)
    refused = client.post(f"{PLAN}release/", {"is_released": "on"})
    assert (refused.status_code, ActionPlan.objects.released().exists()) == (404, False)
    client.force_login(member.user)

    for value, expected in ({"is_released": "on"}, True), ({"is_released": "on"}, True), ({}, False):
        page = client.post(f"{PLAN}release/", value, follow=True)
        assert (ActionPlan.objects.released().exists(), page.context["is_released"]) == (expected, expected)


def test_a_city_chooses_one_that_shares_its_plan(client, member, other_coordinator, step):
    other = ActionPlanFactory(delegation=other_coordinator.delegation)
    wrong = client.post(f"{PLAN}peers/", {"city": other.delegation.pk})
    PartFactory(plan=other, step=step)
    ActionPlan.objects.update(is_shared=True)

    answers = [client.post(f"{PLAN}peers/", {"city": other.delegation.pk}) for _n in range(2)]

    assert wrong.status_code == 422
    assert answers[0].url == f"{PLAN}cities/{other.delegation.pk}/"
    assert answers[1].status_code == 422
    reads = client.get(answers[0].url).status_code
    ActionPlan.objects.update(is_shared=False)
    assert (reads, client.get(answers[0].url).status_code) == (200, 404)
    assert not client.get(PLAN).context["peers"].to_give
    PeerFeedback.objects.update(is_chosen=False)
    assert client.get(answers[0].url).status_code == 200
    assert [(it.giver, it.receiver) for it in PeerFeedback.objects.all()] == [(member.delegation, other.delegation)]


def test_feedback_to_read_is_where_the_task_leads(client, member, step):
    PartFactory(plan=ActionPlanFactory(delegation=member.delegation), step=step, state="feedback")

    (url,) = [it.url for it in client.get(PORTAL).context["todos"] if "action-plan" in it.url]

    page, _mark, anchor = url.partition("#")
    assert f'id="{anchor}"' in client.get(page).content.decode()
    assert anchor
