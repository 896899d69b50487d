"""The questions of an edition for its organisers: how many people answered, and what depends on what."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from programme.models import Answer, ApplicationAnswer, Edition, Participant, Question
from programme.models.question import YES_NO
from programme.queries.asked import ANSWERED, formats_of, has_answered, is_asked
from programme.rules.questions import CONDITIONAL_ON, deleted_on


@dataclass(frozen=True)
class ListedQuestion:
    """A question with how many people answered, in whatever state they are, and how many others depend on it.

    `n_asked`: the registered people of whom it is asked, and `n_answered` of them; None if nobody can tell without decrypting.
    """

    question: Question
    n_answers: int
    n_dependent: int
    n_asked: int | None = None
    n_answered: int | None = None

    @property
    def deleted_on(self) -> dt.date | None:
        """Return the first day on which the answers are gone; None if they are kept with the registration."""
        days = self.question.kept_days
        return None if days is None else deleted_on(self.question.edition.last_on, days)

    @property
    def can_be_deleted(self) -> bool:
        return not (self.question.is_system or self.n_answers or self.n_dependent)


def listed_questions(edition: Edition) -> list[ListedQuestion]:
    """Return all questions of an edition in order, retired ones last. Four queries."""
    questions = list(edition.questions.select_related("depends_on").in_order())
    for question in questions:
        question.edition = edition
    n_own, counts = own_answers_to(edition), asked_counts(questions, formats_of(edition))
    people = count_people(edition, system_counts() | counts)
    n_dependent = Counter(it.depends_on_id for it in questions if it.depends_on_id)
    listed = [
        ListedQuestion(
            it,
            n_answers=people.get(f"n_{it.key}", 0) if it.is_system else n_own.get(it.key, 0),
            n_dependent=n_dependent[it.pk],
            n_asked=people.get(f"asked_{it.pk}"),
            n_answered=people.get(f"answered_{it.pk}"),
        )
        for it in questions
    ]
    return sorted(listed, key=lambda it: it.question.is_retired)


def asked_counts(questions: Sequence[Question], formats: Collection[str]) -> dict[str, Count]:
    """Return what counts the registered people of whom each question is asked, and those of them who answered it.

    Nothing about a question that depends on a sensitive one.
    """
    counts = {}
    by_number = {it.pk: it for it in questions}
    for question in questions:
        asked = None if question.is_retired else is_asked(question, by_number, formats=formats)
        if asked is not None:
            asked &= Q(state=Participant.State.REGISTERED)
            counts[f"asked_{question.pk}"] = Count("pk", filter=asked)
            counts[f"answered_{question.pk}"] = Count("pk", filter=asked & has_answered(question))
    return counts


def system_counts() -> dict[str, Count]:
    """Return what counts those who answered each system question."""
    return {f"n_{name}": Count("pk", filter=condition) for name, condition in ANSWERED.items()}


def count_people(edition: Edition, counts: Mapping[str, Count]) -> Mapping[str, int]:
    """Return counts of the participants of an edition, in whatever state. One query."""
    return Participant.objects.filter(edition=edition).order_by().aggregate(**counts)


def own_answers_to(edition: Edition) -> Mapping[str, int]:
    """Return how many people answered each own question, by key. One query."""
    given = Answer.objects.given().filter(edition=edition).order_by()
    of_cities = ApplicationAnswer.objects.given().filter(edition=edition).order_by()
    own = given.values_list("question__key").annotate(n=Count("pk"))
    return dict(own.union(of_cities.values_list("question__key").annotate(n=Count("pk"))))


def n_answers(question: Question) -> int:
    """Return how many people answered a question."""
    if question.is_system:
        return count_people(question.edition, system_counts())[f"n_{question.key}"]
    return question.answers.given().count()


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
