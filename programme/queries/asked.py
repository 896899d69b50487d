"""Of whom questions are asked, who answered them and who has still to, as conditions on participants (decision 53).

`answers.unanswered` says the same of one person, by the answers in memory, also where the database cannot know. A test compares both.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef, Q

from programme.models import Answer, Edition, Participant, Question, Session
from programme.rules.questions import NO, YES

ABOUT_SESSIONS = {  # the system questions that are asked only in editions with sessions of a format
    "dietary_needs": Session.Format.IN_PERSON,
    "accessibility_needs": Session.Format.IN_PERSON,
    "photo_consent": Session.Format.IN_PERSON,
    "wants_expo_pass": Session.Format.EXTERNAL,
}
COLUMNS = {  # of the system questions with a choice: who gave which answer
    "wants_expo_pass": {
        YES: Q(expo_pass__in=[Participant.ExpoPass.WANTED, Participant.ExpoPass.ISSUED]),
        NO: Q(expo_pass=Participant.ExpoPass.DECLINED),
    },
    "photo_consent": {YES: Q(photo_consent=True), NO: Q(photo_consent=False)},
}
ANSWERED = {  # the system questions by what stands in the columns of those who answered
    "wants_expo_pass": ~Q(expo_pass=Participant.ExpoPass.NOT_ASKED),
    "photo_consent": Q(photo_consent__isnull=False),
    "arrives_at": Q(arrives_at__isnull=False),
    "leaves_at": Q(leaves_at__isnull=False),
    **{name: ~Q(**{name: ""}) for name in ("job_title", "department", "hopes", "dietary_needs", "accessibility_needs")},
}


def formats_of(edition: Edition) -> set[str]:
    """Return the formats of an edition's published sessions, as `PublishedProgramme.formats`. One query."""
    return set(edition.sessions.published().order_by().values_list("format", flat=True))


def is_for_formats(question: Question, formats: Collection[str]) -> bool:
    """Return whether a question makes sense in an edition whose sessions have these formats."""
    return question.key not in ABOUT_SESSIONS or ABOUT_SESSIONS[question.key] in formats


def has_answered(question: Question) -> Q:
    """Return the condition of those who answered a question."""
    if question.is_system:
        return ANSWERED[question.key]
    return Q(Exists(Answer.objects.given().filter(question=question.pk, participant=OuterRef("pk"))))


def gave(question: Question, answers: Collection[str]) -> Q | None:
    """Return the condition of those who gave one of some answers; None if the database cannot know, as they are encrypted."""
    if question.is_sensitive:
        return None
    if question.is_system:
        columns = [condition for key, condition in COLUMNS.get(question.key, {}).items() if key in answers]
        return Q(*columns, _connector=Q.OR) if columns else Q(pk__in=[])
    rows = Answer.objects.filter(question=question.pk, participant=OuterRef("pk"), value__has_any_keys=list(answers))
    return Q(Exists(rows))


def has_left_open(question: Question, today: dt.date) -> Q:
    """Return the condition of those who have neither answered a question nor left it empty, which ends one that is optional.

    A system question that is optional is never open: their column does not tell whether they have seen it.
    """
    if question.rule.is_required_on(today):
        return ~has_answered(question)
    if question.is_system:
        return Q(pk__in=[])
    return ~Q(Exists(Answer.objects.filter(question=question.pk, participant=OuterRef("pk"))))


def lacks_answer(
    question: Question, questions: Mapping[int, Question], *, formats: Collection[str], today: dt.date
) -> Q | None:
    """Return the condition of those of whom a question is asked and who have still to answer it; None if the database cannot know.

    `questions`: those of the edition by primary key; `today`: in its zone.
    """
    asked = is_asked(question, questions, formats=formats)
    return None if asked is None else asked & has_left_open(question, today)


def is_asked(question: Question, questions: Mapping[int, Question], *, formats: Collection[str]) -> Q | None:
    """Return the condition of those of whom a question is asked, as `rules.questions.concerns`; None if the database cannot know,
    and for questions to cities that apply.

    `questions`: those of the edition by primary key; `formats`: those of its sessions.
    """
    if question.asked_when == Question.When.APPLICATION:
        return None
    if question.is_retired or not is_for_formats(question, formats):
        return Q(pk__in=[])
    condition, seen = Q(), set[int]()
    while question.pk not in seen:
        seen.add(question.pk)
        if question.asked_of == Question.Whom.EVERYBODY:
            return condition
        if question.asked_of != Question.Whom.ANSWER:
            return condition & Q(is_coordinator=question.asked_of == Question.Whom.COORDINATORS)
        parent = questions[question.depends_on_id or 0]
        given = gave(parent, question.depends_answers)
        if given is None:
            return None
        condition, question = condition & given, parent
    return Q(pk__in=[])
