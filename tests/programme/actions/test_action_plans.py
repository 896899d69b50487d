"""Writing Action Plans: every version is kept, nothing is overwritten, and nothing that could run is stored."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from programme.actions.action_plans import add_comment, change_state, save_version, share_plan
from programme.errors import NotAsReadError
from programme.models import ActionPlan, ActionPlanPart, ActionPlanVersion
from programme.rules.action_plans import PartState
from programme.rules.text_differences import differences, text_after, text_before
from tests.factories.action_plans import PartFactory, StepFactory
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.properties import examples
from tests.refusals import refused
from tests.threads import in_threads


@pytest.fixture
def step(open_edition):
    return StepFactory(edition=open_edition, slug="challenge")


def write(coordinator, step, text, *, base=0, submit=False):
    return save_version(
        delegation=coordinator.delegation, step=step, text=text, base=base, by=coordinator.user, submit=submit
    )


@pytest.mark.django_db
def test_a_second_click_saves_nothing_and_each_new_text_is_a_version(coordinator, step):
    write(coordinator, step, "One\r\n")
    write(coordinator, step, "One")
    write(coordinator, step, "Two", base=1, submit=True)
    part = write(coordinator, step, "Two", base=2, submit=True)

    assert [(it.number, it.text, it.author) for it in part.versions.all()] == [
        (2, "Two", coordinator.user),
        (1, "One", coordinator.user),
    ]
    assert (part.progress, part.submitted) == (PartState.SUBMITTED, 2)


@pytest.mark.django_db
def test_who_has_not_seen_the_last_version_saves_nothing(coordinator, step):
    write(coordinator, step, "One")

    with pytest.raises(NotAsReadError):
        write(coordinator, step, "Two", base=0, submit=True)

    part = ActionPlanPart.objects.get()
    assert (part.n_versions, part.state, ActionPlanVersion.objects.count()) == (1, "draft", 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_asked_to_compare(coordinator, step):
    outcomes = in_threads([lambda text=text: write(coordinator, step, text) for text in ("One", "Two")])

    assert sorted(type(it).__name__ for it in outcomes) == ["ActionPlanPart", "NotAsReadError"]
    assert ActionPlanVersion.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<script>alert(1)</script>", "text_with_html"),
        ("[x](javascript:alert(1))", "text_with_html"),
        ("a" * 20_001, "text_too_long"),
        ("a\n" * 1001, "text_too_long"),
    ],
)
def test_what_is_refused_is_not_stored(coordinator, step, text, code):
    with refused(code):
        write(coordinator, step, text)

    assert not ActionPlan.objects.exists()


@pytest.mark.django_db
def test_nothing_is_not_submitted(coordinator, step):
    with refused("part_empty"):
        write(coordinator, step, "", submit=True)


@pytest.mark.django_db
def test_feedback_is_given_on_what_was_submitted_and_needs_words(coordinator, step, organiser):
    part = write(coordinator, step, "One")
    with refused("part_not_submitted"):
        change_state(part=part, state=PartState.FEEDBACK, seen=part.submitted, comment="Good", by=organiser)
    part = write(coordinator, step, "One", base=1, submit=True)
    with refused("no_feedback"):
        change_state(part=part, state=PartState.FEEDBACK, seen=part.submitted, by=organiser)

    assert change_state(part=part, state=PartState.FEEDBACK, seen=part.submitted, comment="Good", by=organiser)
    assert not change_state(part=part, state=PartState.FEEDBACK, seen=part.submitted, comment="Good", by=organiser)
    assert [it.text for it in part.comments.all()] == ["Good"]


@pytest.mark.django_db
def test_what_is_final_stays_until_organisers_give_it_back(coordinator, step, organiser):
    part = write(coordinator, step, "One", submit=True)
    change_state(part=part, state=PartState.FINAL, seen=part.submitted, by=organiser)

    with refused("action_plan_final"):
        write(coordinator, step, "Two", base=1)
    change_state(part=part, state=PartState.FEEDBACK, seen=part.submitted, by=organiser)
    assert write(coordinator, step, "Two", base=1).n_versions == 2


@pytest.mark.django_db
def test_the_same_text_is_submitted_again_after_feedback(coordinator, step, organiser):
    part = write(coordinator, step, "One", submit=True)
    change_state(part=part, state=PartState.FEEDBACK, seen=1, comment="Good", by=organiser)

    again = write(coordinator, step, "One", base=1, submit=True)

    assert (again.progress, again.submitted) == (PartState.SUBMITTED, 1)
    assert again.submitted_at > part.submitted_at


@pytest.mark.django_db
@pytest.mark.parametrize("state", [PartState.FEEDBACK, PartState.FINAL])
def test_the_words_of_a_second_organiser_are_kept(organiser, state):
    part = PartFactory()
    results = [
        change_state(part=part, state=state, seen=1, comment=words, by=by)
        for words, by in (("Good", organiser), ("Why?", UserFactory()))
    ]

    assert results == [True, False]
    assert [it.text for it in part.comments.all()] == ["Good", "Why?"]


@pytest.mark.django_db
def test_what_organisers_have_not_read_is_not_made_final(coordinator, step, organiser):
    part = write(coordinator, step, "One", submit=True)
    write(coordinator, step, "Two", base=1, submit=True)

    with pytest.raises(NotAsReadError):
        change_state(part=part, state=PartState.FINAL, seen=1, comment="Good", by=organiser)

    part.refresh_from_db()
    assert (part.state, part.comments.exists()) == ("submitted", False)


@pytest.mark.django_db
def test_versions_are_never_changed():
    version = PartFactory().versions.get()
    version.text = "Another"

    with pytest.raises(IntegrityError), transaction.atomic():
        version.save()


@pytest.mark.django_db
def test_a_comment_sent_twice_is_one(organiser):
    part = PartFactory()
    for text in ("Good", "Good\n", "Why?"):
        add_comment(part=part, text=text, by=organiser)

    assert [it.text for it in part.comments.all()] == ["Good", "Why?"]


@pytest.mark.django_db
def test_a_city_shares_its_plan_once(coordinator):
    for expected in (True, False):
        assert share_plan(delegation=coordinator.delegation, is_shared=True, by=coordinator.user) == expected
    assert ActionPlan.objects.shared().exists()


LINES = st.lists(st.sampled_from(["Heat", "Floods", "", "Heat and floods", "  x"]), max_size=6).map("\n".join)
EDITS = st.lists(st.tuples(st.integers(0, 2), LINES, st.booleans()), max_size=12)


class TestEditsOfSeveral(TestCase):
    """Three people edit a part; each has read some version, and reads the last one before they save, or not."""

    @settings(max_examples=examples(10))
    @given(EDITS)
    def test_no_version_is_lost_and_each_difference_leads_to_the_next_text(self, edits):
        delegation = DelegationFactory()
        step, people = StepFactory(edition=delegation.edition), [UserFactory() for _n in range(3)]
        saved, read = [], [0, 0, 0]
        for who, typed, reads_first in edits:
            read[who] = len(saved) if reads_first else read[who]
            text = typed.rstrip()
            present = saved[-1] if saved else ""
            try:
                save_version(delegation=delegation, step=step, text=typed, base=read[who], by=people[who])
            except NotAsReadError:
                assert text != present
                assert read[who] != len(saved)
            else:
                saved += [text] if text != present else []

        versions = list(ActionPlanVersion.objects.filter(part__step=step).order_by("number"))
        assert [it.text for it in versions] == saved
        for before, after in zip(["", *saved], saved, strict=False):
            rows = differences(before, after, with_empty_lines=True)
            assert (text_before(rows), text_after(rows)) == (before, after)


@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
def test_differences_with_empty_lines_lose_nothing(before, after):
    rows = differences(before, after, with_empty_lines=True)

    assert (text_before(rows), text_after(rows)) == (before, after)


@pytest.mark.django_db
def test_people_of_a_city_are_not_those_of_another(coordinator, step):
    write(coordinator, step, "One")
    other = ParticipantFactory(delegation__edition=step.edition)

    assert write(other, step, "Two").plan.delegation == other.delegation
