"""The registered people who have, or have not, answered a question: a filter of the list of people."""

from django.db.models import Q
from django.utils.translation import gettext as _

from programme.models import Edition, Participant, Question
from programme.queries.asked import formats_of, has_answered, is_asked
from programme.selections import NoSelectionError
from udtacademy.http.parameters import whole_number

PARAMETER = (
    "question"  # in URLs, with a value such as "12-no": the primary key of a question, and whether they answered it
)
ANSWERED, NOT_ANSWERED = "-yes", "-no"


def question_of(value: str) -> Question:
    """Return the question of a value. Raises NoSelectionError."""
    number, is_answered = whole_number(value.partition("-")[0]), value.lstrip("0123456789")
    question = Question.objects.select_related("edition").filter(pk=number or 0).first()
    if question is None or is_answered not in {ANSWERED, NOT_ANSWERED}:
        raise NoSelectionError
    return question


def those_who(value: str) -> Q:
    """Return the condition of the registered people of whom the question of a value is asked and who have answered it, or have
    not, as its page counts them. Three queries. Raises NoSelectionError, also if the database cannot know.
    """
    question = question_of(value)
    edition = question.edition
    asked = is_asked(question, {it.pk: it for it in edition.questions.all()}, formats=formats_of(edition))
    if asked is None:
        raise NoSelectionError
    answered = has_answered(question)
    counted = Q(edition=edition, state=Participant.State.REGISTERED) & asked
    return counted & (answered if value.endswith(ANSWERED) else ~answered)


def in_words(edition: Edition, value: str) -> str:
    """Return a value in words. Raises NoSelectionError for one that means nothing in the edition."""
    question = question_of(value)
    if question.edition_id != edition.pk:
        raise NoSelectionError
    text = _("“%(question)s”: answered") if value.endswith(ANSWERED) else _("“%(question)s”: not answered")
    return text % {"question": question}
