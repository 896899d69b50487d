"""Of whom questions are asked, and who answered them, as conditions on participants (decision 53)."""

from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef, Q

from programme.models import Answer, Participant, Question
from programme.rules.questions import NO, YES

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


def is_asked(question: Question, questions: Mapping[int, Question]) -> Q | None:
    """Return the condition of those of whom a question is asked, as `rules.questions.concerns`; None if the database cannot know,
    and for questions to cities that apply.

    `questions`: those of the edition by primary key.
    """
    if question.asked_when == Question.When.APPLICATION:
        return None
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
