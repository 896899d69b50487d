"""Registering, and the profile, with the organisers' own questions."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.actions.profiles import put_answers
from programme.models import Answer, Participant, Question, RegistrationDraft
from tests.client import text
from tests.factories.people import UserFactory
from tests.factories.programme import SessionFactory
from tests.factories.questions import QuestionFactory

pytestmark = pytest.mark.django_db
REGISTER, CHECK, PROFILE = "/academy/register/", "/academy/register/check/", "/portal/academy/profile/"


@pytest.fixture
def newcomer(client, delegation):
    user = UserFactory(name="", email="ana@girona.example")
    client.force_login(user)
    return user


@pytest.fixture
def typed(answers, delegation):
    return answers | {"delegation": str(delegation.pk)}


@pytest.fixture
def shirt(open_edition):
    """Whether somebody wants a shirt, and which size; sensitive allergies, several languages."""
    wants = QuestionFactory(edition=open_edition, key="shirt", kind="yes_no", is_required=True)
    QuestionFactory(
        edition=open_edition,
        key="size",
        kind="choice",
        is_required=True,
        asked_of="answer",
        depends_on=wants,
        depends_answers=["yes"],
    )
    QuestionFactory(edition=open_edition, key="allergies", kind="text", privacy="sensitive", kept_days=30)
    QuestionFactory(edition=open_edition, key="colours", kind="choices")
    return wants


def contents():
    return {it.question.key: it.content for it in Answer.objects.select_related("question")}


@pytest.mark.usefixtures("shirt")
def test_own_questions_are_asked_checked_saved_and_shown_again(client, newcomer, typed):
    own = {"q-shirt": "yes", "q-size": "blue", "q-allergies": "Peanuts", "q-colours": ["red", "green"]}

    checked = client.post(REGISTER, typed | own)
    page = text(client.get(checked.url))
    assert RegistrationDraft.objects.get().answers["q-colours"] == ["red", "green"]
    client.post(CHECK)

    assert contents() == {"shirt": "yes", "size": "blue", "allergies": "Peanuts", "colours": ["red", "green"]}
    assert "Red; Green" in page
    assert not Answer.objects.filter(private_value__contains="Peanuts").exists()
    form = client.get(PROFILE).context["form"]
    assert [form[name].value() for name in ("q-shirt", "q-allergies", "q-colours")] == [
        "yes",
        "Peanuts",
        ["red", "green"],
    ]


@pytest.mark.usefixtures("shirt")
def test_what_depends_on_another_answer_is_neither_required_nor_saved_without_it(client, newcomer, typed):
    missing = client.post(REGISTER, typed | {"q-shirt": "yes"})
    page = text(client.get(client.post(REGISTER, typed | {"q-shirt": "no", "q-size": "blue"}).url))
    client.post(CHECK)

    assert missing.status_code == 422
    assert list(missing.context["form"].errors) == ["q-size"]
    assert "What about size?" not in page
    assert contents() == {"shirt": "no", "allergies": None, "colours": None}


def test_a_question_added_while_somebody_registers_is_asked_and_nothing_is_lost(client, newcomer, typed, open_edition):
    own = QuestionFactory(edition=open_edition, kind="choices", key="colours")
    client.post(REGISTER, typed | {"q-colours": ["red", "blue"]})
    added = QuestionFactory(edition=open_edition, is_required=True, key="passport")

    response = client.post(CHECK)

    form = response.context["form"]
    assert response.status_code == 422
    assert form.errors == {"q-passport": [f"Answer “{added}”."]}
    assert (form["hopes"].value(), form[f"q-{own.key}"].value()) == (typed["hopes"], ["red", "blue"])
    assert f'action="{REGISTER}"' in text(response)
    assert not Participant.objects.exists()


def test_a_choice_that_is_no_longer_offered_is_a_mistake_unless_it_is_theirs(
    client, newcomer, typed, open_edition, coordinator
):
    question = QuestionFactory(edition=open_edition, kind="choice", key="colour")
    put_answers(coordinator, {question: "red"})
    client.post(REGISTER, typed | {"q-colour": "red"})
    question.choices[0]["is_retired"] = True
    question.save()

    refused = client.post(CHECK)
    client.force_login(coordinator.user)
    profile = client.get(PROFILE)

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["q-colour"]
    assert "Red (no longer offered)" in text(profile)
    client.post(PROFILE, typed | {"q-colour": "red"})
    assert contents() == {"colour": "red"}


def test_unticking_all_choices_of_a_saved_draft_is_an_answer(client, newcomer, typed, open_edition):
    QuestionFactory(edition=open_edition, kind="choices", key="colours")
    client.post(REGISTER, typed | {"q-colours": ["red"], "action": "save"})

    client.post(REGISTER, typed | {"action": "save"})

    assert "q-colours" not in RegistrationDraft.objects.get().answers


def test_what_was_typed_while_the_session_ended_is_there_after_signing_in_again(client, newcomer, typed, open_edition):
    QuestionFactory(edition=open_edition, kind="choices", key="colours")
    QuestionFactory(edition=open_edition, kind="address", key="home")
    typed_by = client.get(REGISTER).context["typed_by"]
    client.logout()

    client.post(REGISTER, typed | {"typed_by": typed_by, "q-colours": ["red", "green"], "q-home": "Street 1\nGirona"})
    client.force_login(newcomer)
    form = client.get(REGISTER).context["form"]

    assert (form["q-colours"].value(), form["q-home"].value()) == (["red", "green"], "Street 1\nGirona")


def test_an_answer_of_ten_megabytes_is_refused_and_the_draft_stays(client, newcomer, typed, open_edition):
    QuestionFactory(edition=open_edition, kind="text", key="story")
    client.post(REGISTER, typed | {"q-story": "Once", "action": "save"})

    too_long = client.post(REGISTER, typed | {"q-story": "x" * 4001})
    story = RegistrationDraft.objects.get().answers["q-story"]
    refused = client.post(REGISTER, typed | {"q-story": "x" * 10_000_000})

    assert too_long.status_code == 422
    assert too_long.context["form"].errors["q-story"] == ["Shorten this to 4000 characters or fewer. It has 4001."]
    assert refused.status_code == 413
    assert RegistrationDraft.objects.get().answers["q-story"] == story == "x" * 4001


def test_a_system_question_can_be_worded_otherwise_and_left_out(client, newcomer, typed, open_edition):
    open_edition.questions.filter(key="hopes").update(labels={"en": "Your goal"}, is_required=False, position=0)
    open_edition.questions.filter(key="department").update(is_retired=True)

    response = client.post(REGISTER, {name: it for name, it in typed.items() if name not in {"hopes", "department"}})

    assert response.url == CHECK
    form = client.get(REGISTER).context["form"]
    assert [*form.fields][:4] == ["delegation", "name", "hopes", "job_title"]
    assert form.fields["hopes"].label == "Your goal"
    assert "department" not in form.fields


def test_required_from_a_day_is_optional_until_then(client, newcomer, typed, open_edition):
    tomorrow = timezone.localdate(timezone.now(), open_edition.zone) + dt.timedelta(days=1)
    question = QuestionFactory(edition=open_edition, is_required=True, required_from=tomorrow)

    assert client.post(REGISTER, typed).url == CHECK
    Question.objects.filter(pk=question.pk).update(required_from=tomorrow - dt.timedelta(days=1))
    assert client.post(REGISTER, typed).status_code == 422


def test_a_question_added_later_is_a_todo_until_answered_or_left_empty(client, coordinator, typed, open_edition):
    client.force_login(coordinator.user)
    question = QuestionFactory(edition=open_edition, asked_when="later")

    before = text(client.get("/portal/academy/"))
    client.post(PROFILE, typed)
    after = text(client.get("/portal/academy/"))

    assert f"Not answered yet, optional: {question}" in before
    assert "Not answered yet" not in after
    assert coordinator.answers.get().content is None


def test_pages_without_own_questions_read_nothing_of_answers(
    client, coordinator, open_edition, django_assert_max_num_queries
):
    client.force_login(coordinator.user)
    client.get("/portal/academy/")
    with django_assert_max_num_queries(50) as without:
        client.get("/portal/academy/")
    QuestionFactory(edition=open_edition, asked_when="later")
    client.get("/portal/academy/")

    with django_assert_max_num_queries(50) as with_one:
        client.get("/portal/academy/")

    assert len(with_one) - len(without) == 1


def test_organisers_see_and_correct_answers_on_the_page_of_the_person(client, coordinator, organiser, open_edition):
    question = QuestionFactory(edition=open_edition, key="desk", is_on_lists=True, is_on_badge=True)
    put_answers(coordinator, {question: "Seven"})
    not_seen = QuestionFactory(edition=open_edition)
    client.force_login(organiser)
    page = f"/admin/programme/participant/{coordinator.pk}/change/"

    before = text(client.get(page))
    response = client.post(f"/admin/editions/academy/people/{coordinator.pk}/answers/", {"q-desk": "Eight"})
    history = text(client.get(f"/admin/programme/participant/{coordinator.pk}/history/"))
    listed = client.get("/admin/editions/academy/people/lists/answers/").context["list"]

    assert client.post(f"/admin/editions/academy/people/{coordinator.pk}/answers/", {"q-desk": "?"}).status_code == 422
    assert "Seven" in before
    assert not coordinator.answers.filter(question=not_seen).exists()  # they are still asked
    assert response.url == page
    assert f"Answer to “{question}”" in history
    assert "Eight" in history
    assert list(listed.rows) == [["Carme Coll", "carme@girona.example", "Girona (ES)", "Eight"]]
    client.force_login(coordinator.user)
    assert "Eight" in text(client.get("/me/academy/badge/"))


def test_the_todo_names_all_that_must_be_answered_and_the_profile_leads_there(client, coordinator, open_edition):
    SessionFactory(edition=open_edition, format="in_person", is_published=True)
    SessionFactory(edition=open_edition, format="external", is_published=True)
    Participant.objects.filter(pk=coordinator.pk).update(photo_consent=None, expo_pass="not_asked")
    QuestionFactory(edition=open_edition, key="size", is_required=True, asked_when="later")
    QuestionFactory(edition=open_edition, key="colour", asked_when="later")
    client.force_login(coordinator.user)

    todo = next(it for it in client.get("/portal/academy/").context["todos"] if PROFILE in it.url)
    form = client.get(PROFILE).context["form"]

    assert todo.text == (
        "You must still answer: Would you like a free pass to the Expo?; Do you agree to appear in photos of the in-person "
        "days?; What about size? · Not answered yet, optional: What about colour?"
    )
    assert todo.url == f"{PROFILE}#id_wants_expo_pass"
    assert [it.name for it in form.still_required] == ["wants_expo_pass", "photo_consent", "q-size"]
    assert form.fields["q-size"].help_is_privacy
