"""The Action Plans of other cities: what one reads, and what one says."""

import datetime as dt

import pytest

from programme.models import ActionPlanComment, ActionPlanVersion
from tests.client import text
from tests.factories.action_plans import (
    ActionPlanFactory,
    PartFactory,
    PeerFeedbackFactory,
    PlanFileFactory,
    StepFactory,
)
from tests.factories.people import ParticipantFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
RUBRIC = {"clarity": 4, "feasibility": 3, "benefit": 1, "strengths": "", "suggestions": "Begin small."}


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def part(client, coordinator, other_coordinator, open_edition):
    """What Girona has submitted; the other city reads."""
    client.force_login(other_coordinator.user)
    step = StepFactory(edition=open_edition, slug="challenge")
    part = PartFactory(plan=ActionPlanFactory(delegation=coordinator.delegation), step=step, n_versions=2)
    ActionPlanVersion.objects.create(part=part, number=2, text="Not submitted yet")
    return part


def url(part, rest=""):
    return f"/portal/academy/action-plan/cities/{part.plan.delegation_id}/{rest}"


def share(part):
    part.plan.is_shared = True
    part.plan.save()


def test_a_plan_that_is_not_shared_is_not_there(client, part):
    file = PlanFileFactory(part=part, uploaded_at=part.submitted_at)

    gets = [client.get(url(part, it)).status_code for it in ("", f"files/{file.token}/")]
    posts = [client.post(url(part, it)).status_code for it in (f"parts/{part.pk}/comments/", "feedback/")]

    assert (gets, posts) == ([404, 404], [404, 404])
    assert not ActionPlanComment.objects.exists()


def test_others_read_what_was_submitted_and_no_more(client, part, organiser):
    share(part)
    then, later = (part.submitted_at + dt.timedelta(minutes=it) for it in (-1, 1))
    files = [PlanFileFactory(part=part, uploaded_at=it) for it in (then, later)]
    ActionPlanComment.objects.create(part=part, edition=part.edition, author=organiser, text="Between us")

    page = client.get(url(part))
    downloads = [client.get(url(part, f"files/{it.token}/")).status_code for it in files]

    ((read, _form),) = page.context["parts"]
    assert (read.text, [it.pk for it in read.files], read.comments) == ("It is **hot**.", [files[0].pk], [])
    assert "Not submitted yet" not in text(page)
    assert downloads == [200, 404]


def test_others_comment_once_it_is_shared(client, part, other_coordinator):
    share(part)
    wrong = client.post(url(part, f"parts/{part.pk}/comments/"), {f"part-{part.pk}-text": ""})
    client.post(url(part, f"parts/{part.pk}/comments/"), {f"part-{part.pk}-text": "Good"})

    assert wrong.status_code == 422
    (comment,) = ActionPlanComment.objects.all()
    assert (comment.text, comment.delegation) == ("Good", other_coordinator.delegation)


def test_a_peer_reads_without_sharing_and_answers_the_rubric(client, part, other_coordinator, coordinator):
    pair = {"giver": other_coordinator.delegation, "receiver": coordinator.delegation}
    feedback = PeerFeedbackFactory(edition=part.edition, **pair)

    wrong = client.post(url(part, "feedback/"), RUBRIC | {"clarity": 5})
    client.post(url(part, "feedback/"), RUBRIC | {"seen": feedback.seen})
    feedback.refresh_from_db()
    client.force_login(coordinator.user)
    read = client.get("/portal/academy/action-plan/")

    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["clarity"])
    assert (feedback.clarity, feedback.is_given, feedback.given_by) == (4, True, other_coordinator.user)
    assert [it.suggestions for it, _rubric in read.context["received"]] == ["Begin small."]


def test_of_two_colleagues_who_give_feedback_the_second_sees_both(client, part, other_coordinator, coordinator):
    pair = {"giver": other_coordinator.delegation, "receiver": coordinator.delegation}
    feedback = PeerFeedbackFactory(edition=part.edition, **pair)
    seen = {"seen": feedback.seen}
    client.post(url(part, "feedback/"), RUBRIC | seen)
    colleague = ParticipantFactory(delegation=other_coordinator.delegation, user__name="Bo Berg")
    client.force_login(colleague.user)
    second = {"clarity": 1, "suggestions": "Begin big."}

    response = client.post(url(part, "feedback/"), RUBRIC | seen | second)

    feedback.refresh_from_db()
    form = response.context["form"]
    assert (response.status_code, feedback.clarity, feedback.suggestions) == (409, 4, "Begin small.")
    assert (form["clarity"].value(), form["suggestions"].value()) == ("1", "Begin big.")
    assert "Begin small." in text(response)
    client.post(url(part, "feedback/"), RUBRIC | second | {"seen": form["seen"].value()})
    feedback.refresh_from_db()
    assert (feedback.clarity, feedback.suggestions, feedback.given_by) == (1, "Begin big.", colleague.user)


def test_the_same_feedback_twice_is_given_once(client, part, other_coordinator, coordinator):
    pair = {"giver": other_coordinator.delegation, "receiver": coordinator.delegation}
    feedback = PeerFeedbackFactory(edition=part.edition, **pair)

    statuses = [
        client.post(url(part, "feedback/"), RUBRIC | {"seen": feedback.seen}).status_code for _twice in range(2)
    ]

    assert statuses == [302, 302]
    assert list(Message.objects.values_list("kind", "user")) == [("plan_feedback", coordinator.user_id)]
