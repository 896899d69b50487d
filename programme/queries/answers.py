"""What participants answered to the questions of their edition, and what they have not."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from programme.models import Answer, Edition, Participant, Question
from programme.queries.asked import is_for_formats
from programme.queries.participant_programme import OwnProgramme
from programme.rules.files import FileAnswer, file_in
from programme.rules.questions import NO, OF_PROFILE, YES, When, asked_among, is_empty
from programme.rules.questions import Answer as Value

TEXTS = ("job_title", "department", "hopes")
PASSES = {
    Participant.ExpoPass.WANTED: YES,
    Participant.ExpoPass.ISSUED: YES,
    Participant.ExpoPass.DECLINED: NO,
}
CONSENTS = {True: YES, False: NO}


def own_questions(questions: Iterable[Question]) -> list[Question]:
    """Return the questions whose answers are rows: all but the system questions."""
    return [it for it in questions if not it.is_system]


def system_answers(participant: Participant) -> dict[str, Value]:
    """Return what somebody answered to the system questions that have words or a choice, by key."""
    return {
        **{key: getattr(participant, key) for key in TEXTS},
        "wants_expo_pass": PASSES.get(Participant.ExpoPass(participant.expo_pass)),
        "photo_consent": None if participant.photo_consent is None else CONSENTS[participant.photo_consent],
    }


def answers_by_key(participant: Participant | None, questions: Sequence[Question]) -> dict[str, Value]:
    """Return somebody's answers by the key of the question, None where they left it empty. One query; none without own questions."""
    if participant is None:
        return {}
    own = {it.pk: it.key for it in own_questions(questions)}
    rows = participant.answers.filter(question__in=own).order_by() if own and participant.pk else ()
    return system_answers(participant) | {own[row.question_id]: row.content for row in rows}


def unanswered(
    participant: Participant,
    edition: Edition,
    questions: Sequence[Question],
    answers: Mapping[str, Value],
    now: dt.datetime,
    *,
    occasions: Collection[When] = OF_PROFILE,
) -> list[Question]:
    """Return the questions that are asked about somebody, in their profile, and were neither answered nor left empty.

    Those that must be answered also if they were left empty. `answers`: as of `answers_by_key`. `asked.lacks_answer` says the same
    of many people at once.
    """
    today = timezone.localdate(now, edition.zone)
    rules = asked_among(
        (it.rule for it in questions), answers, is_coordinator=participant.is_coordinator, occasions=occasions
    )
    asked = {it.key for it in rules}
    return [
        it
        for it in questions
        if it.key in asked
        and is_empty(answers.get(it.key))
        and (it.rule.is_required_on(today) if it.is_system else it.key not in answers or it.rule.is_required_on(today))
    ]


def unanswered_in(programme: OwnProgramme, now: dt.datetime) -> list[Question]:
    """Return the same for the owner of a programme. One query if the edition has own questions; otherwise none."""
    participant, questions = programme.participant, programme.questions
    if not own_questions(it for it in questions if not it.is_retired):
        questions = [it for it in questions if it.is_system]
    formats = programme.published.formats if programme.published else set()
    left = unanswered(participant, programme.edition, questions, answers_by_key(participant, questions), now)
    return [it for it in left if is_for_formats(it, formats)]


def colleagues_without_answers(programme: OwnProgramme, now: dt.datetime) -> list[Participant]:
    """Return the registered people of a coordinator's city about whom coordinators have questions to answer.

    One query if the edition has such questions; otherwise none.
    """
    of_coordinators = [it for it in programme.questions if it.asked_when == Question.When.COORDINATORS]
    if not programme.participant.is_coordinator or all(it.is_retired for it in of_coordinators):
        return []
    team = [it for it in programme.team if it.is_registered]
    keys = {it.pk: it.key for it in programme.questions}
    answers: dict[int, dict[str, Value]] = {it.pk: system_answers(it) for it in team}
    for row in Answer.objects.filter(participant__in=[it.pk for it in team]).order_by():
        answers[row.participant_id][keys.get(row.question_id, "")] = row.content
    occasions = {When.COORDINATORS}
    return [
        it
        for it in team
        if unanswered(it, programme.edition, programme.questions, answers[it.pk], now, occasions=occasions)
    ]


def answers_to(questions: Sequence[Question], people: Collection[int] | None = None) -> dict[tuple[int, int], Value]:
    """Return the answers to some own questions, by participant and question (primary keys). One query; none without questions.

    `people`: only theirs, by primary key.
    """
    rows = Answer.objects.filter(question__in=[it.pk for it in questions]).order_by()
    if people is not None:
        rows = rows.filter(participant__in=people)
    return {(row.participant_id, row.question_id): row.content for row in rows}


@dataclass(frozen=True)
class ShownAnswer:
    """An answer as organisers see it, with its question."""

    question: Question
    text: str
    file: FileAnswer | None = None


def shown_answers(participant: Participant, *, only_on_badge: bool = False) -> list[ShownAnswer]:
    """Return a participant's answers to own questions, in their order, also to those no longer asked. One query.

    `only_on_badge`: only to questions that are asked and shown on the badge.
    """
    rows = Answer.objects.filter(participant=participant).select_related("question")
    if only_on_badge:
        rows = rows.filter(question__is_on_badge=True, question__is_retired=False)
    rows = rows.order_by("question__position", "question")
    return [ShownAnswer(row.question, row.question.in_words(row.content), file_of(row)) for row in rows]


def file_of(answer: Answer) -> FileAnswer | None:
    return file_in(answer.content) if answer.question.kind == Question.Kind.FILE else None
