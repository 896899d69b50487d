"""Questions of an edition: what people were told holds, and their answers stay."""

import threading
import time

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import reverse

from programme.actions.profiles import put_answers
from programme.actions.questions import (
    delete_question,
    move_question,
    restore_question,
    retire_question,
    save_question,
    token_of,
)
from programme.errors import NotAsReadError
from programme.models import Answer, Question, RegistrationDraft
from programme.rules.questions import SYSTEM_QUESTIONS
from tests.client import text
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory
from tests.factories.questions import QuestionFactory, choice
from tests.refusals import refused
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


def history_of(question):
    return apps.get_model("programme", "AnswerEvent").objects.filter(question=question.pk, value__isnull=False)


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.fixture
def answered(open_edition, coordinator):
    """A question with choices, of which the participant took red."""
    question = QuestionFactory(edition=open_edition, kind="choice")
    put_answers(coordinator, {question: "red"})
    return question


def test_every_edition_asks_the_system_questions_whatever_made_it(open_edition):
    assert list(open_edition.questions.in_order().values_list("key", flat=True)) == [*SYSTEM_QUESTIONS]


def test_a_choice_taken_out_stays_theirs_who_chose_it(answered, organiser):
    answered.choices = [choice("green"), choice("yellow")]

    taken_out = save_question(question=answered, by=organiser)

    assert taken_out == {"Red": 1}  # nobody chose blue, which is gone
    answered = Question.objects.get(pk=answered.pk)
    assert [(it.key, it.is_retired) for it in answered.all_choices] == [
        ("green", False),
        ("yellow", False),
        ("red", True),
    ]
    assert answered.in_words(answered.answers.get().content) == "Red"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "line"}, "kind_fixed"),
        ({"privacy": "plain", "kept_days": None}, "privacy_looser"),
        ({"kept_days": 31}, "kept_longer"),
        ({"is_on_badge": True}, "seen_by_more"),
        ({"is_on_lists": True}, "seen_by_more"),
        ({"asked_when": "coordinators"}, "seen_by_more"),
    ],
)
def test_what_people_were_told_when_they_answered_holds(answered, organiser, change, code):
    Question.objects.filter(pk=answered.pk).update(privacy="personal", kept_days=30)
    question = Question.objects.get(pk=answered.pk)
    for name, value in change.items():
        setattr(question, name, value)

    with refused(code):
        save_question(question=question, by=organiser)


def test_ordinary_answers_may_be_listed_and_what_is_listed_be_protected_better(answered, organiser):
    answered.is_on_lists = True
    save_question(question=answered, by=organiser)
    answered.privacy, answered.kept_days = "personal", 30

    save_question(question=answered, by=organiser)

    answered.refresh_from_db()
    assert (answered.is_on_lists, answered.privacy) == (True, "personal")


def test_answers_that_become_sensitive_leave_the_table_and_the_history(answered, organiser):
    assert history_of(answered).count() == 1
    answered.privacy, answered.kept_days = "sensitive", 30

    save_question(question=answered, by=organiser)

    row = answered.answers.get()
    assert (row.value, row.content) == (None, "red")
    assert not history_of(answered).exists()
    assert not Answer.objects.filter(private_value__contains="red").exists()
    put_answers(row.participant, {answered: "blue"})
    assert not history_of(answered).exists()
    assert answered.answers.get().content == "blue"


@pytest.mark.django_db(transaction=True)
def test_an_answer_saved_while_its_question_becomes_sensitive_is_not_lost(answered, organiser, coordinator):
    """The answer is being saved when the question is: protecting waits for it, and does not bring back the one before."""
    answered.privacy, answered.kept_days = "sensitive", 30
    outcomes = []
    task = lambda: save_question(question=answered, by=organiser)  # noqa: E731
    protecting = threading.Thread(target=lambda: outcomes.extend(in_threads([task])))

    with transaction.atomic():
        put_answers(coordinator, {Question.objects.get(pk=answered.pk): "blue"})
        protecting.start()
        until = time.monotonic() + 30
        while not somebody_waits():
            assert time.monotonic() < until, "protecting does not wait for the answer"
            time.sleep(0.01)
    protecting.join()

    row = Answer.objects.get()
    assert (outcomes, row.value, row.content) == ([{}], None, "blue")


def test_what_an_earlier_kind_was_answered_is_shown_as_it_is(open_edition, organiser, coordinator, client):
    """Emptied, an answer leaves the kind free, and is in the history."""
    question = QuestionFactory(edition=open_edition, is_on_lists=True)
    for answer in ("1,5 or so", None):
        put_answers(coordinator, {question: answer})
    client.force_login(organiser)
    for kind in ("date", "number"):
        question.kind = kind

        save_question(question=question, by=organiser)

        assert (question.in_words("1,5 or so"), question.as_cell("1,5 or so")) == ("1,5 or so", "1,5 or so")
        url = reverse("admin:programme_participant_history", args=[coordinator.pk])
        assert "1,5 or so" in text(client.get(url))


def test_questions_cannot_go_in_circles(open_edition, organiser):
    first = QuestionFactory(edition=open_edition, kind="yes_no")
    second = QuestionFactory(
        edition=open_edition, kind="yes_no", asked_of="answer", depends_on=first, depends_answers=["yes"]
    )
    first.asked_of, first.depends_on, first.depends_answers = "answer", second, ["no"]

    with refused("depends_on_itself"):
        save_question(question=first, by=organiser)


def test_a_question_is_moved_and_ended_and_asked_again(open_edition, organiser, answered):
    keys = lambda: list(open_edition.questions.open().in_order().values_list("key", flat=True))  # noqa: E731
    hopes = open_edition.questions.get(key="hopes")

    assert move_question(question=hopes, is_up=True, by=organiser)
    assert keys()[:3] == ["job_title", "hopes", "department"]
    assert retire_question(question=answered, by=organiser)
    assert not retire_question(question=answered, by=organiser)
    assert answered.key not in keys()
    assert answered.answers.count() == 1
    assert restore_question(question=answered, by=organiser)
    assert answered.key in keys()


def test_only_what_nobody_answered_can_be_deleted(open_edition, organiser, answered, coordinator):
    left_empty = QuestionFactory(edition=open_edition)
    put_answers(coordinator, {left_empty: None})

    delete_question(question=left_empty, by=organiser)
    with refused("question_answered"):
        delete_question(question=answered, by=organiser)
    with refused("system_question"):
        delete_question(question=open_edition.questions.get(key="hopes"), by=organiser)

    assert not Question.objects.filter(pk=left_empty.pk).exists()
    assert Question.objects.filter(pk=answered.pk).exists()


def test_nothing_personal_outlives_a_question_that_is_deleted(open_edition, organiser, coordinator, stranger):
    """Once it is gone, nothing would say when its answers are due, and another one could get its key."""
    question = QuestionFactory(edition=open_edition, privacy="personal", kept_days=10)
    for answer in ("Secret", None):
        put_answers(coordinator, {question: answer})
    typed = {f"q-{question.key}": "Secret", "name": "Ana"}
    draft = RegistrationDraft.objects.create(user=stranger, edition=open_edition, answers=typed)
    assert history_of(question).exists()

    delete_question(question=question, by=organiser)

    assert not history_of(question).exists()
    draft.refresh_from_db()
    assert draft.answers == {"name": "Ana"}


def test_keys_are_made_of_the_question_and_never_those_of_the_system(organiser):
    edition = EditionFactory()
    added = []
    for _ in range(2):
        question = Question(edition=edition, kind="line", labels={"en": "Hopes"})
        save_question(question=question, by=organiser)
        added.append(question.key)

    assert added == ["hopes-2", "hopes-3"]
    assert ParticipantFactory(delegation__edition=edition).answers.count() == 0


def test_who_changed_what_one_enters_is_named_and_not_who_moved_the_question(open_edition, organiser):
    question, _other = QuestionFactory.create_batch(2, edition=open_edition, kind="text")
    as_read, eve = token_of(question), UserFactory(name="Eve Editor")
    changed = Question.objects.get(pk=question.pk)
    changed.is_required = not changed.is_required
    save_question(question=changed, by=eve)
    assert move_question(question=changed, is_up=False, by=organiser)
    question.is_on_badge = not question.is_on_badge

    with pytest.raises(NotAsReadError, match="Changed by Eve Editor"):
        save_question(question=question, as_read=as_read, by=organiser)
