"""The questions of an edition for its organisers: how many people answered, and what depends on what."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from programme.models import Answer, ApplicationAnswer, Edition, Participant, Question
from programme.models.question import YES_NO
from programme.rules.questions import CONDITIONAL_ON, deleted_on

ANSWERED = {  # the system questions by what stands in the columns of those who answered
    "wants_expo_pass": ~Q(expo_pass=Participant.ExpoPass.NOT_ASKED),
    "photo_consent": Q(photo_consent__isnull=False),
    "arrives_at": Q(arrives_at__isnull=False),
    "leaves_at": Q(leaves_at__isnull=False),
}


@dataclass(frozen=True)
class ListedQuestion:
    """A question with how many people answered, and how many others depend on it."""

    question: Question
    n_answers: int
    n_dependent: int

    @property
    def deleted_on(self) -> dt.date | None:
        """Return the first day on which the answers are gone; None if they are kept with the registration."""
        days = self.question.kept_days
        return None if days is None else deleted_on(self.question.edition.last_on, days)

    @property
    def can_be_deleted(self) -> bool:
        return not (self.question.is_system or self.n_answers or self.n_dependent)


def listed_questions(edition: Edition) -> list[ListedQuestion]:
    """Return all questions of an edition in order, retired ones last. Three queries."""
    questions = list(edition.questions.select_related("depends_on").in_order())
    for question in questions:
        question.edition = edition
    n_answers = n_answers_to(edition)
    n_dependent = Counter(it.depends_on_id for it in questions if it.depends_on_id)
    listed = [ListedQuestion(it, n_answers.get(it.key, 0), n_dependent[it.pk]) for it in questions]
    return sorted(listed, key=lambda it: it.question.is_retired)


def n_answers_to(edition: Edition) -> Mapping[str, int]:
    """Return how many people answered each question, by key. Two queries."""
    given = Answer.objects.given().filter(edition=edition).order_by()
    of_cities = ApplicationAnswer.objects.given().filter(edition=edition).order_by()
    own = given.values_list("question__key").annotate(n=Count("pk"))
    own = own.union(of_cities.values_list("question__key").annotate(n=Count("pk")))
    texts = ("job_title", "department", "hopes", "dietary_needs", "accessibility_needs")
    filled = ANSWERED | {name: ~Q(**{name: ""}) for name in texts}
    counts = {f"n_{name}": Count("pk", filter=condition) for name, condition in filled.items()}
    system = Participant.objects.filter(edition=edition).order_by().aggregate(**counts)
    return {name: system[f"n_{name}"] for name in filled} | dict(own)


def n_answers(question: Question) -> int:
    """Return how many people answered a question."""
    return n_answers_to(question.edition).get(question.key, 0)


def chosen_keys(question: Question) -> Counter[str]:
    """Return how many people chose each choice of an own question. Two queries."""
    chosen: Counter[str] = Counter()
    for row in (*question.answers.order_by(), *question.application_answers.order_by()):
        content = row.content
        chosen.update([content] if isinstance(content, str) else content or ())
    return chosen


def possible_answers(question: Question) -> Sequence[tuple[str, str]]:
    """Return the answers that another question can depend on, with their labels; none for questions without a choice."""
    if question.kind not in CONDITIONAL_ON:
        return []
    if question.kind == Question.Kind.YES_NO:
        return [(value, str(YES_NO[value])) for value in YES_NO]
    return [(it.key, str(it)) for it in question.all_choices]
