"""The email about questions added later: to those who have not answered, once; and answers deleted in time."""

import datetime as dt

import pytest
import time_machine
from django.apps import apps
from django.db import OperationalError
from django.utils import timezone

from programme.actions import answer_retention
from programme.actions.answer_retention import delete_due_answers
from programme.actions.profiles import put_answers
from programme.actions.question_reminders import remind_of_questions
from programme.actions.questions import restore_question, retire_question
from programme.actions.registrations import withdraw
from programme.actions.untrue_messages import still_true
from programme.models import Answer, Question, QuestionReminder, RegistrationDraft
from programme.queries.question_reminders import leaves_at, may_lack_answers, n_to_remind
from tests.factories.people import ParticipantFactory
from tests.factories.programme import EditionFactory
from tests.factories.questions import QuestionFactory
from tests.threads import in_threads
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def reminders():
    return list(Message.objects.filter(kind="questions_added").order_by("pk"))


@pytest.fixture
def asked(open_edition):
    return QuestionFactory(edition=open_edition, asked_when="later", asked_since=LONG_AGO)


def test_each_is_reminded_once_of_what_they_have_not_answered(open_edition, delegation, coordinator, asked):
    answered, withdrawn, left_empty = ParticipantFactory.create_batch(3, delegation=delegation, state="pending")
    for person in (answered, left_empty):
        type(person).objects.filter(pk=person.pk).update(state="registered")
    put_answers(answered, {asked: "Yes"})
    put_answers(left_empty, {asked: None})
    withdraw(participant=withdrawn, by=withdrawn.user)
    QuestionFactory(edition=open_edition, asked_of="others", asked_since=LONG_AGO)  # not of the coordinator
    QuestionFactory(edition=open_edition)  # added just now

    assert remind_of_questions() == 3  # the coordinator, and both others of the question for others
    assert remind_of_questions() == 0

    to_coordinator = next(it for it in reminders() if it.user == coordinator.user)
    assert str(asked) in to_coordinator.text
    assert "/portal/academy/profile/" in to_coordinator.text
    assert withdrawn.user not in {it.user for it in reminders()}
    QuestionFactory(edition=open_edition, asked_since=LONG_AGO, asked_of="coordinators")
    assert remind_of_questions() == 1
    assert QuestionReminder.objects.filter(participant=coordinator).count() == 2


@pytest.mark.usefixtures("asked")
def test_nobody_is_reminded_before_a_day_or_when_reminders_are_off(open_edition, coordinator):
    type(coordinator).objects.filter(pk=coordinator.pk).update(state_at=timezone.now() - dt.timedelta(hours=23))
    assert remind_of_questions() == 0
    type(coordinator).objects.filter(pk=coordinator.pk).update(state_at=LONG_AGO)
    for change in ({"sends_reminders": False}, {"is_published": False}):
        type(open_edition).objects.filter(pk=open_edition.pk).update(**change)
        assert remind_of_questions() == 0
        type(open_edition).objects.filter(pk=open_edition.pk).update(sends_reminders=True, is_published=True)
    assert remind_of_questions() == 1


def test_what_is_answered_before_it_leaves_is_not_sent(coordinator, asked):
    remind_of_questions()
    (message,) = reminders()
    assert still_true([message]) == [message]

    put_answers(coordinator, {asked: "Yes"})

    assert still_true([message]) == []
    message.refresh_from_db()
    assert message.state == Message.State.OUTDATED


def test_who_was_not_told_after_all_is_reminded_when_the_question_is_asked_again(coordinator, asked, organiser):
    remind_of_questions()
    retire_question(question=asked, by=organiser)
    assert still_true(reminders()) == []
    assert remind_of_questions() == 0

    restore_question(question=asked, by=organiser)
    Question.objects.filter(pk=asked.pk).update(asked_since=LONG_AGO)

    assert (remind_of_questions(), remind_of_questions()) == (1, 0)
    assert QuestionReminder.objects.get().message == reminders()[-1]


@pytest.mark.usefixtures("asked")
def test_a_reminder_of_questions_waits_for_the_morning_of_its_reader(open_edition, coordinator):
    now = timezone.now()
    open_edition.quiet_from, open_edition.quiet_until = (
        (now + it).astimezone(open_edition.zone).time() for it in (dt.timedelta(hours=-1), dt.timedelta(hours=3))
    )
    open_edition.save()

    assert remind_of_questions() == 1

    assert reminders()[0].leaves_at == now + dt.timedelta(hours=3)


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_nobody_twice(coordinator, asked):
    in_threads([remind_of_questions] * 4)

    assert len(reminders()) == 1


def test_what_must_be_answered_from_a_day_on_is_asked_again_of_who_left_it_empty(open_edition, coordinator, asked):
    put_answers(coordinator, {asked: None})
    now = timezone.now()
    assert not may_lack_answers(open_edition, now).exists()

    Question.objects.filter(pk=asked.pk).update(is_required=True, required_from=now.date())

    assert may_lack_answers(open_edition, now).get() == coordinator


@pytest.mark.parametrize(
    ("asked_since", "now", "expected"), [((1, 6), (1, 6), (2, 7)), ((1, 8), (1, 8), (3, 7)), ((1, 6), (5, 8), (6, 7))]
)
def test_when_a_reminder_leaves(asked_since, now, expected):
    at = lambda day, hour: dt.datetime(2025, 9, day, hour, tzinfo=dt.UTC)  # noqa: E731

    assert leaves_at(at(*asked_since), at(*now)) == at(*expected) + dt.timedelta(minutes=5)


def test_nothing_personal_outlives_its_retention(coordinator, open_edition, stranger):
    """Nor in the history, nor in drafts; what is kept for longer stays."""
    kept = {"plain": None, "personal": 10, "sensitive": 20}
    questions = {
        privacy: QuestionFactory(edition=open_edition, key=privacy, privacy=privacy, kept_days=days)
        for privacy, days in kept.items()
    }
    put_answers(coordinator, dict.fromkeys(questions.values(), "Secret"))
    open_edition.questions.filter(key="dietary_needs").update(kept_days=10)
    open_edition.questions.filter(key="accessibility_needs").update(kept_days=20)
    type(coordinator).objects.filter(pk=coordinator.pk).update(dietary_needs="Nuts", accessibility_needs="Ramp")
    typed = {"q-personal": "a", "q-sensitive": ["b"], "dietary_needs": "c", "name": "Ana"}
    draft = RegistrationDraft.objects.create(user=stranger, edition=open_edition, answers=typed)
    other = QuestionFactory(edition=EditionFactory(last_on=dt.date(2099, 1, 1)), privacy="personal", kept_days=10)
    put_answers(ParticipantFactory(delegation__edition=other.edition), {other: "Stays"})
    history = apps.get_model("programme", "AnswerEvent").objects.filter(value__isnull=False)

    def left_after(days):
        noon = dt.datetime.combine(open_edition.last_on, dt.time(12), dt.UTC)
        with time_machine.travel(noon + dt.timedelta(days=days)):
            deleted = delete_due_answers()
        coordinator.refresh_from_db()
        draft.refresh_from_db()
        answers = set(Answer.objects.filter(participant=coordinator).values_list("question__key", flat=True))
        needs = (coordinator.dietary_needs, coordinator.accessibility_needs)
        return deleted, answers, needs, set(history.values_list("question__key", flat=True)), set(draft.answers)

    everything = {"plain", "personal", "sensitive"}
    of_history = {"plain", "personal", other.key}
    assert left_after(10) == ((0, 0), everything, ("Nuts", "Ramp"), of_history, set(typed))
    assert left_after(11) == (
        (2, 1),
        {"plain", "sensitive"},
        ("", "Ramp"),
        {"plain", other.key},
        {"q-sensitive", "name"},
    )
    assert left_after(21) == ((2, 1), {"plain"}, ("", ""), {"plain", other.key}, {"name"})
    assert left_after(22)[0] == (0, 0)


def test_a_failure_in_one_edition_keeps_nothing_of_another(monkeypatch):
    two = [QuestionFactory(privacy="personal", kept_days=1) for _ in range(2)]
    for question in two:
        put_answers(ParticipantFactory(delegation__edition=question.edition), {question: "Secret"})
    delete = answer_retention.delete_answers_to

    def fails_once(question):
        if question == two[0]:
            raise OperationalError
        return delete(question)

    monkeypatch.setattr(answer_retention, "delete_answers_to", fails_once)
    with pytest.raises(ExceptionGroup):
        delete_due_answers()

    assert Answer.objects.get().question == two[0]


def test_what_was_saved_while_a_question_became_sensitive_is_protected_at_night(coordinator, asked):
    put_answers(coordinator, {asked: "Secret"})
    Question.objects.filter(pk=asked.pk).update(privacy="sensitive", kept_days=365)

    delete_due_answers()

    row = Answer.objects.get()
    assert (row.value, row.content) == (None, "Secret")
    assert not apps.get_model("programme", "AnswerEvent").objects.filter(value__isnull=False).exists()


def test_only_who_is_asked_is_counted_beforehand(open_edition, delegation, coordinator):
    """The count is of those whom the reminder reaches."""
    of_coordinators = QuestionFactory(edition=open_edition, asked_of="coordinators", asked_since=LONG_AGO)
    QuestionFactory(
        edition=open_edition,
        asked_of="answer",
        depends_on=QuestionFactory(edition=open_edition, kind="yes_no"),
        depends_answers=["yes"],
        asked_since=LONG_AGO,
    )
    ParticipantFactory.create_batch(2, delegation=delegation)
    type(coordinator).objects.update(state_at=LONG_AGO)
    now = timezone.now()

    assert n_to_remind(open_edition, now) == 1
    assert remind_of_questions() == 1
    assert n_to_remind(open_edition, now) == 0
    assert QuestionReminder.objects.get().question == of_coordinators
