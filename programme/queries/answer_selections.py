"""Selections by what people answered to the organisers' own questions, or have not."""

import datetime as dt
from collections.abc import Mapping, Sequence

from programme.models import Edition, Participant, Question
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.asked import gave, has_answered, is_asked
from programme.queries.questions import possible_answers
from programme.selections import NoSelectionError
from udtacademy.http.parameters import whole_number

OWN = "question-"  # before the primary key of an own question, among what people have not answered
BETWEEN = "="  # the primary key of a question, and one of its answers


def questions_of(edition: Edition) -> Mapping[int, Question]:
    return {it.pk: it for it in edition.questions.select_related("depends_on").in_order()}


def registered(edition: Edition) -> ParticipantQuerySet:
    return Participant.objects.registered().filter(edition=edition)


def without_own_answer(edition: Edition, value: str) -> ParticipantQuerySet:
    """Return the registered people of whom an own question ("question-12") is asked, and who have not answered it."""
    questions = questions_of(edition)
    question = questions.get(whole_number(value.removeprefix(OWN)) or 0)
    asked = is_asked(question, questions) if question else None
    if question is None or question.is_system or question.is_retired or asked is None:
        raise NoSelectionError
    return registered(edition).filter(asked).exclude(has_answered(question))


def own_unanswered(edition: Edition) -> Sequence[tuple[str, str]]:
    """Return the own questions that are asked, unless that depends on answers that are encrypted."""
    questions = questions_of(edition)
    return [
        (f"{OWN}{pk}", str(it))
        for pk, it in questions.items()
        if not it.is_system and not it.is_retired and is_asked(it, questions) is not None
    ]


def with_answer(edition: Edition, value: str, _now: dt.datetime) -> ParticipantQuerySet:
    """Return the registered people who gave an answer ("12=red") to a question that is not sensitive."""
    number, _between, answer = value.partition(BETWEEN)
    question = questions_of(edition).get(whole_number(number) or 0)
    if question is None or answer not in dict(possible_answers(question)):
        raise NoSelectionError
    given = gave(question, [answer])
    if given is None:
        raise NoSelectionError
    return registered(edition).filter(given)


def answers_given(edition: Edition) -> Sequence[tuple[str, str]]:
    return [
        (f"{pk}{BETWEEN}{key}", f"{question}: {label}")
        for pk, question in questions_of(edition).items()
        if not question.is_sensitive and question.asked_when != Question.When.APPLICATION
        for key, label in possible_answers(question)
    ]
