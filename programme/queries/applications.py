"""Applications of cities: one's own, and those of an edition with their scores (decision 57)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from programme.models import (
    Application,
    ApplicationCriterion,
    ApplicationDraft,
    Edition,
    Question,
)
from programme.rules.applications import Points, Rank, mean_of, ranks_of
from programme.rules.questions import Answer
from udtacademy.accounts.models import User


def application_of(user: User, edition: Edition) -> Application | None:
    """Return the application that the user has sent as contact person. One query."""
    application = Application.objects.filter(contact=user, edition=edition).first()
    if application:
        application.edition, application.contact = edition, user
    return application


def draft_of(user: User, edition: Edition) -> ApplicationDraft:
    """Return what the user has typed and not sent; an empty one, not saved, if there is none. One query."""
    draft = ApplicationDraft.objects.filter(user=user, edition=edition).first() or ApplicationDraft()
    draft.user, draft.edition = user, edition
    return draft


def application_answers(application: Application | None, questions: Sequence[Question]) -> dict[str, Answer]:
    """Return what an application answers, by the key of the question, None if left empty. One query; none without one."""
    if application is None:
        return {}
    keys = {it.pk: it.key for it in questions}
    return {keys[it.question_id]: it.content for it in application.answers.all() if it.question_id in keys}


@dataclass(frozen=True)
class ShownApplicationAnswer:
    question: Question
    text: str


def shown_application_answers(application: Application) -> list[ShownApplicationAnswer]:
    """Return an application's answers as pages show them, in their order, also to questions no longer asked. One query."""
    rows = application.answers.select_related("question").order_by("question__position", "question")
    return [ShownApplicationAnswer(it.question, it.question.in_words(it.content)) for it in rows]


@dataclass(frozen=True)
class ListedApplication:
    """An application as an organiser sees it. `rank`: None without scores, and with a conflict of interest."""

    application: Application
    rank: Rank | None = None
    n_of_city: int = 1

    @property
    def mean(self) -> Decimal | None:
        return None if self.application.has_conflict else self.application.mean

    @property
    def n_scorers(self) -> int:
        return 0 if self.application.has_conflict else self.application.n_scorers


def applications_seen_by(edition: Edition, viewer: User) -> list[ListedApplication]:
    """Return the applications of an edition by city, with their ranks among those neither withdrawn nor in conflict. One query."""
    of_edition = edition.applications.select_related("contact")
    applications = list(of_edition.with_scores(viewer))
    means = {
        it.pk: it.mean
        for it in applications
        if it.mean is not None and not it.has_conflict and it.state != Application.State.WITHDRAWN
    }
    ranks = ranks_of(means)
    cities = Counter(city_key(it) for it in applications)
    return [ListedApplication(it, ranks.get(it.pk), cities[city_key(it)]) for it in applications]


def city_key(application: Application) -> tuple[str, str]:
    return application.city_name.casefold(), application.country


def ranking(listed: Sequence[ListedApplication]) -> list[ListedApplication]:
    """Return the applications in the order of their ranks; those without one last. Withdrawn ones are left out."""
    current = [it for it in listed if it.application.state != Application.State.WITHDRAWN]
    return sorted(current, key=lambda it: it.rank.place if it.rank else len(listed) + 1)


@dataclass(frozen=True)
class ScorerRow:
    """What an organiser gave an application. `cells`: the criteria in order, with the points; None where they gave nothing."""

    scorer: User
    cells: Sequence[tuple[ApplicationCriterion, int | None]]
    mean: Decimal | None

    @property
    def points(self) -> dict[int, int]:
        """Return the points by the primary key of the criterion."""
        return {criterion.pk: n for criterion, n in self.cells if n is not None}


def scores_of(application: Application, criteria: Sequence[ApplicationCriterion]) -> list[ScorerRow]:
    """Return the scores of an application by organiser. One query."""
    rows = application.scores.select_related("scorer").order_by("scorer__name", "scorer")
    given: dict[User, dict[int, int]] = {}
    for row in rows:
        given.setdefault(row.scorer, {})[row.criterion_id] = row.points
    weights = {it.pk: it.weight for it in criteria}
    return [
        ScorerRow(
            scorer,
            [(it, points.get(it.pk)) for it in criteria],
            mean_of((Points(scorer.pk, pk, n) for pk, n in points.items()), weights),
        )
        for scorer, points in given.items()
    ]
