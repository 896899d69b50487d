"""Action Plans for organisers: all cities, one plan, feedback, pairs, and the ZIP file."""

import datetime as dt
import io
import zipfile

import pytest
from django.utils import timezone

from programme.models import ActionPlanComment, ActionPlanPart, ActionPlanVersion, PeerFeedback
from programme.queries.selections import people_of
from programme.selections import Selection
from tests.client import levels_of, text
from tests.documents import PDF
from tests.factories.action_plans import (
    ActionPlanFactory,
    PartFactory,
    PeerFeedbackFactory,
    PlanFileFactory,
    StepFactory,
)
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory

pytestmark = pytest.mark.django_db
PLANS = "/admin/editions/academy/outcomes/plans/"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def part(client, organiser, coordinator, open_edition):
    """Girona's, submitted, an hour after it was due."""
    client.force_login(organiser)
    starts_at = timezone.now() - dt.timedelta(hours=1)
    session = SessionFactory(edition=open_edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=2))
    step = StepFactory(edition=open_edition, slug="challenge", session=session)
    return PartFactory(plan=ActionPlanFactory(delegation=coordinator.delegation), step=step)


def test_cities_are_listed_by_step_and_those_late_written_to(client, part, other_coordinator):
    page = client.get(PLANS)

    states = {it.delegation.pk: (it.steps[0].progress, it.is_late) for it in page.context["plans"]}
    assert states == {
        part.plan.delegation_id: ("submitted", False),
        other_coordinator.delegation_id: ("not_started", True),
    }
    ((count, _former),) = page.context["counts"]
    assert (count.n_submitted, count.n_late) == (1, 1)
    people = people_of(part.edition, Selection("plan-late", "challenge"), timezone.now())
    assert list(people) == [other_coordinator]


def test_who_submitted_late_at_first_was_late(client, part):
    own = client.get(PLANS).context["plans"][0].steps[0]
    assert (own.was_late, own.is_past, own.is_late) == (True, True, False)
    page = client.get(f"{PLANS}{part.plan.delegation_id}/")
    assert ["was late" in text(page), "It was due by" in text(page), "Was due by" in text(page)] == [True, False, True]

    in_time = PartFactory(
        plan=part.plan,
        step=StepFactory(edition=part.edition, session=part.step.session),
        submitted_at=part.submitted_at - dt.timedelta(hours=2),
    )
    in_time.submitted_at = part.submitted_at  # again, after feedback
    in_time.save()

    assert [it.was_late for it in client.get(PLANS).context["plans"][0].steps] == [True, False]


@pytest.mark.usefixtures("part")
def test_the_list_costs_the_same_with_more_cities(client, open_edition, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as counted:
        client.get(PLANS)
    ParticipantFactory.create_batch(3, delegation__edition=open_edition)

    with django_assert_max_num_queries(len(counted)):
        client.get(PLANS)


def test_feedback_is_given_and_a_part_made_final(client, part):
    url = f"{PLANS}{part.plan.delegation_id}/parts/{part.pk}/state/"
    wrong = client.post(url, {"submitted": 1, "state": "feedback", f"part-{part.pk}-state-text": ""})
    client.post(url, {"submitted": 1, "state": "feedback", f"part-{part.pk}-state-text": "Whose squares?"})
    part.refresh_from_db()
    assert (wrong.status_code, part.state, ActionPlanComment.objects.get().text) == (422, "feedback", "Whose squares?")

    client.post(url, {"submitted": 1, "state": "final", f"part-{part.pk}-state-text": ""})
    assert client.post(url, {"state": "draft"}).status_code == 422
    part.refresh_from_db()
    assert part.state == "final"


def test_a_plan_is_read_with_its_files_and_commented(client, part):
    file = PlanFileFactory(part=part)
    one = f"{PLANS}{part.plan.delegation_id}/"

    page, download = client.get(one), client.get(f"{PLANS}files/{file.token}/")
    wrong = client.post(f"{one}parts/{part.pk}/comments/", {f"part-{part.pk}-text": ""})
    client.post(f"{one}parts/{part.pk}/comments/", {f"part-{part.pk}-text": "Good"})

    assert "<strong>hot</strong>" in page.content.decode()
    assert (download.content, download["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert (wrong.status_code, ActionPlanComment.objects.get().delegation) == (422, None)


def test_what_was_submitted_is_read_beside_a_newer_draft(client, part):
    ActionPlanVersion.objects.create(part=part, number=2, text="It is cold.")
    ActionPlanPart.objects.filter(pk=part.pk).update(n_versions=2)

    ((whole, _comments, _forms),) = client.get(f"{PLANS}{part.plan.delegation_id}/").context["parts"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(client.get(f"{PLANS}plans.zip").streaming_content)))

    assert (whole.submitted.text, whole.draft.text) == ("It is **hot**.", "It is cold.")
    folder = f"girona-{part.plan.delegation_id}"
    texts = {name: archive.read(f"{folder}/{name}").decode() for name in ("challenge.md", "challenge-draft.md")}
    assert texts == {"challenge.md": "It is **hot**.", "challenge-draft.md": "It is cold."}


def test_all_plans_come_as_one_file_without_what_the_storage_has_lost(client, part):
    PlanFileFactory(part=part)
    lost = PlanFileFactory(part=part, name="lost.pdf")
    lost.file.storage.delete(lost.file.name)

    answer = client.get(f"{PLANS}plans.zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))

    folder = f"girona-{part.plan.delegation_id}"
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == ["MISSING.txt", f"{folder}/challenge-1-Plan.pdf", f"{folder}/challenge.md"]
    assert archive.read(f"{folder}/challenge-1-Plan.pdf") == PDF


def test_cities_are_paired_until_feedback_is_given(client, part, open_edition):
    too_few = client.post(f"{PLANS}pairs/", {"n": 1}, follow=True)
    ParticipantFactory.create_batch(2, delegation__edition=open_edition)
    for n in (2, 1):
        client.post(f"{PLANS}pairs/", {"n": n})
    n_pairs = PeerFeedback.objects.count()
    PeerFeedback.objects.filter(pk=PeerFeedback.objects.first().pk).update(
        given_at=timezone.now(), clarity=1, feasibility=1, benefit=1
    )
    refused = client.post(f"{PLANS}pairs/", {"n": 2}, follow=True)
    buttons = [f'action="{PLANS}pairs/"' in it.content.decode() for it in (too_few, refused)]

    assert buttons == [True, False]
    assert [levels_of(it)[-1] for it in (too_few, refused)] == ["error", "error"]
    assert (n_pairs, PeerFeedback.objects.count()) == (3, 3)
    assert client.post(f"{PLANS}pairs/", {"n": 9}).status_code == 422


def test_another_editions_plans_are_not_found(client, part):
    other = PartFactory()
    PeerFeedbackFactory()

    assert client.get(f"{PLANS}{other.plan.delegation_id}/").status_code == 404
    assert client.post(f"{PLANS}{part.plan.delegation_id}/parts/{other.pk}/state/").status_code == 404


def test_comments_and_feedback_are_formatted_as_plans_are(client, part, coordinator):
    words = "**Who**\r\npays? <script>\n\n- name"
    ActionPlanComment.objects.create(part=part, edition=part.edition, author=coordinator.user, text=words)
    PeerFeedbackFactory(
        edition=part.edition,
        receiver=part.plan.delegation,
        given_at=timezone.now(),
        suggestions=words,
        clarity=1,
        feasibility=1,
        benefit=1,
    )

    page = client.get(f"{PLANS}{part.plan.delegation_id}/").content.decode()

    assert page.count("<strong>Who</strong><br>\npays? &lt;script&gt;</p>\n<ul>\n<li>name</li>") == 2


def test_the_pairs_say_who_has_nothing_to_read(client, part, other_coordinator):
    ParticipantFactory(delegation__edition=part.edition)
    cities = part.plan.delegation, other_coordinator.delegation
    for giver, receiver in (cities, cities[::-1]):
        PeerFeedbackFactory(edition=part.edition, giver=giver, receiver=receiver)

    page = client.get(PLANS)

    assert (page.context["to_read"], len(page.context["without_pair"])) == ({cities[0].pk}, 1)
    assert text(page).count("nothing to read yet") == 1
