"""Selections by what people answered to questions, or have not."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programme.models import Edition, Participant, Question
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.asked import formats_of, gave, is_asked, lacks_answer
from programme.queries.questions import possible_answers
from programme.rules.local_times import local_day
from programme.selections import NoSelectionError
from udtacademy.http.parameters import whole_number

USUAL: dict[str, tuple[Any, tuple[str, ...]]] = {  # system questions, alone or together
    "profile": (_("job title, department and hopes"), ("job_title", "department", "hopes")),
    "expo-pass": (_("whether they want an Expo pass"), ("wants_expo_pass",)),
    "photos": (_("whether they may be photographed"), ("photo_consent",)),
}
OWN = "question-"  # before the primary key of an own question, among what people have not answered
BETWEEN = "="  # the primary key of a question, and one of its answers


def questions_of(edition: Edition) -> Mapping[int, Question]:
    return {it.pk: it for it in edition.questions.select_related("depends_on").in_order()}


def registered(edition: Edition) -> ParticipantQuerySet:
    return Participant.objects.registered().filter(edition=edition)


def lacking_answers(edition: Edition, value: str, now: dt.datetime) -> ParticipantQuerySet:
    """Return the registered people who are asked the question that `value` names ("photos", "question-12"), or one of them, and have
    still to answer it, as their to-dos say. Two queries to find out who.
    """
    questions = questions_of(edition)
    lacking = lacked(edition, named_by(value, questions), questions, now)
    if lacking is None:
        raise NoSelectionError
    return registered(edition).filter(lacking)


def named_by(value: str, questions: Mapping[int, Question]) -> list[Question]:
    """Return the questions that a value names. Raises NoSelectionError."""
    if value in USUAL:
        return [it for it in questions.values() if it.key in USUAL[value][1]]
    question = questions.get(whole_number(value.removeprefix(OWN)) or 0) if value.startswith(OWN) else None
    if question is None or question.is_system or question.is_retired:
        raise NoSelectionError
    return [question]


def lacked(edition: Edition, some: Sequence[Question], questions: Mapping[int, Question], now: dt.datetime) -> Q | None:
    """Return the condition of those who have still to answer one of some questions; None if the database cannot know. One query."""
    today, formats = local_day(now, edition.zone), formats_of(edition)
    conditions = [lacks_answer(it, questions, formats=formats, today=today) for it in some]
    known = [it for it in conditions if it is not None]
    return Q(*known, _connector=Q.OR) if known and len(known) == len(some) else None


def unanswered_options(edition: Edition) -> Sequence[tuple[str, str]]:
    """Return what people may not have answered, unless it depends on answers that are encrypted."""
    questions = questions_of(edition)
    usual = [(name, str(label)) for name, (label, _keys) in USUAL.items()]
    own = [(f"{OWN}{pk}", str(it)) for pk, it in questions.items() if not it.is_system and not it.is_retired]
    can_be_known = {
        name: all(is_asked(it, questions, formats=frozenset()) is not None for it in named_by(name, questions))
        for name, _label in (*usual, *own)
    }
    return [(name, label) for name, label in (*usual, *own) if can_be_known[name]]


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
