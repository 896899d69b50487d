import pytest
from django.urls import reverse

from programme.models import ActionPlanStep
from programme.rules.action_plans import MOST_STEPS
from tests.client import levels_of, text
from tests.factories.action_plans import ActionPlanFactory, PartFactory, StepFactory
from tests.factories.programme import SessionFactory

ADD = "/admin/editions/academy/outcomes/plans/steps/add/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def session(open_edition):
    return SessionFactory(edition=open_edition, title="Kick-off")


@pytest.fixture
def step(open_edition):
    return StepFactory(edition=open_edition, slug="draft", title="Draft", position=1)


def page(step):
    return reverse("programme-staff:action-plan-step", args=["academy", step.pk])


def posted(step=None, **changes):
    values = {"title": "Draft", "guidance": "", "session": "", "days_before": 0, "position": 1}
    return values | ({"seen": step.seen} if step else {}) | changes


def test_a_step_is_added_with_a_web_address_of_its_own(admin, step, session):
    response = admin.post(ADD, posted(title="Draft", session=session.pk, days_before=7, position=2))

    added = ActionPlanStep.objects.latest("pk")
    assert response.url == "/admin/editions/academy/outcomes/plans/"
    assert (added.slug, added.session, added.days_before, added.position) == ("draft-2", session, 7, 2)


def test_a_step_is_changed_and_keeps_its_web_address(admin, step):
    admin.post(page(step), posted(step, title="First draft", guidance="Write **one** page."))

    step.refresh_from_db()
    assert (step.slug, step.title, step.guidance) == ("draft", "First draft", "Write **one** page.")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(admin, step):
    seen = posted(step, title="Mine")
    ActionPlanStep.objects.filter(pk=step.pk).update(title="Theirs")

    response = admin.post(page(step), seen)

    assert (response.status_code, ActionPlanStep.objects.get().title) == (409, "Theirs")
    assert "Theirs" in text(response)
    admin.post(page(step), seen | {"seen": response.context["form"]["seen"].value()})
    assert ActionPlanStep.objects.get().title == "Mine"


@pytest.mark.parametrize("seen", [{}, {"seen": ""}])
def test_a_form_that_does_not_say_what_was_read_overwrites_nothing(admin, step, seen):
    response = admin.post(page(step), posted(title="Mine") | seen)

    assert (response.status_code, ActionPlanStep.objects.get().title) == (409, "Draft")
    admin.post(page(step), posted(title="Mine", seen=response.context["form"]["seen"].value()))
    assert ActionPlanStep.objects.get().title == "Mine"


@pytest.mark.parametrize(("changes", "field"), [({"title": ""}, "title"), ({"days_before": 121}, "days_before")])
def test_what_cannot_be_is_said_beside_the_field(admin, step, changes, field):
    response = admin.post(page(step), posted(step, **changes))

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_a_session_of_another_edition_cannot_be_chosen(admin, step, edition):
    other = SessionFactory(edition=edition)

    response = admin.post(page(step), posted(step, session=other.pk))

    assert list(response.context["form"].errors) == ["session"]


def test_a_step_without_texts_is_removed_and_one_with_some_stays(admin, step, delegation):
    part = PartFactory(plan=ActionPlanFactory(delegation=delegation), step=step)

    refused = admin.post(page(step), {"remove": "1"}, follow=True)
    assert (levels_of(refused), ActionPlanStep.objects.count()) == (["error"], 1)
    part.delete()
    admin.post(page(step), {"remove": "1"})

    assert not ActionPlanStep.objects.exists()


def test_an_edition_has_only_so_many_steps(admin, open_edition):
    StepFactory.create_batch(MOST_STEPS, edition=open_edition)

    response = admin.post(ADD, posted())

    errors = response.context["form"].non_field_errors().as_data()
    assert (response.status_code, [it.code for it in errors]) == (422, ["too_many_steps"])


def test_a_step_of_another_edition_is_not_found(admin, edition):
    assert admin.get(page(StepFactory(edition=edition))).status_code == 404
