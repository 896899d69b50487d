"""Columns of the list of people with their answers to own questions that are shown in lists, inside an edition."""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from programme.admin.of_edition import OfEditionAdmin, slug_in
from programme.models import Answer, Participant, Question
from programme.queries.published_programme import published_programme


class AnswerColumnsAdmin(OfEditionAdmin[Participant]):
    """Only for those who may change people, as the person's page shows the answers."""

    def answer_columns(self, request: HttpRequest) -> list[Callable[[Participant], Any]]:
        return [answer_column(it) for it in self.listed_questions(request)]

    def with_answers(self, request: HttpRequest, people: QuerySet[Participant]) -> QuerySet[Participant]:
        questions = [it.pk for it in self.listed_questions(request)]
        answers = Answer.objects.filter(question__in=questions).order_by()
        return people.prefetch_related(Prefetch("answers", answers)) if questions else people

    def listed_questions(self, request: HttpRequest) -> list[Question]:
        """Return the questions with a column. One query at most, however often it is asked in a request."""
        known: list[Question] | None = getattr(request, "listed_questions", None)
        if known is None:
            slug = slug_in(request)
            programme = published_programme(slug) if slug and self.has_change_permission(request) else None
            known = [it for it in programme.questions if it.is_on_lists and not it.is_system] if programme else []
            request.listed_questions = known  # type: ignore[attr-defined]
        return known


def answer_column(question: Question) -> Callable[[Participant], Any]:
    def column(person: Participant) -> Any:
        content = next((it.content for it in person.answers.all() if it.question_id == question.pk), None)
        return question.as_cell(content)

    column.short_description = str(question)  # type: ignore[attr-defined]
    column.__name__ = f"answer_{question.pk}"
    return column
