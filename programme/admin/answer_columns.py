"""The answers to questions in the list of people, inside an edition: columns, and a filter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.admin.of_edition import OfEditionAdmin, slug_in
from programme.models import Answer, Participant, Question
from programme.queries.answered_filter import ANSWERED, NOT_ANSWERED, PARAMETER, question_of, those_who
from programme.queries.answers import system_answers, unanswered
from programme.queries.published_programme import published_programme
from programme.rules.questions import When
from programme.selections import NoSelectionError


class AnswerColumnsAdmin(OfEditionAdmin[Participant]):
    """Only for those who may change people, as the person's page shows the answers."""

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = super().get_list_filter(request)
        return [*filters, AnsweredFilter] if self.has_change_permission(request) else filters

    def answer_columns(self, request: HttpRequest) -> list[Callable[[Participant], Any]]:
        """Return the columns. Only on the page they say what is not answered yet: files can be imported again."""
        questions = {it.pk: it for it in self.edition_questions(request)}
        is_page = request.resolver_match is None or "extension" not in request.resolver_match.kwargs
        return [answer_column(it, questions, is_page=is_page) for it in self.listed_questions(request)]

    def with_answers(self, request: HttpRequest, people: QuerySet[Participant]) -> QuerySet[Participant]:
        """Prefetch the answers, and those by which it is decided whether a question is asked of somebody."""
        listed = self.listed_questions(request)
        deciding = {it.depends_on_id for it in self.edition_questions(request)} - {None} if listed else set()
        answers = Answer.objects.filter(question__in={it.pk for it in listed} | deciding).order_by()
        return people.prefetch_related(Prefetch("answers", answers)) if listed else people

    def listed_questions(self, request: HttpRequest) -> list[Question]:
        """Return the questions with a column."""
        return [it for it in self.edition_questions(request) if it.is_on_lists and not it.is_system]

    def edition_questions(self, request: HttpRequest) -> Sequence[Question]:
        """Return the questions of the edition. One query at most, however often it is asked in a request."""
        known: Sequence[Question] | None = getattr(request, "edition_questions", None)
        if known is None:
            slug = slug_in(request)
            programme = published_programme(slug) if slug and self.has_change_permission(request) else None
            known = programme.questions if programme else ()
            request.edition_questions = known  # type: ignore[attr-defined]
        return known


class AnsweredFilter(admin.SimpleListFilter):
    """Filters people by whether they answered a question. Only shown when chosen: the page of the question leads here."""

    title = gettext_lazy("question")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value()
        if not value:
            return []
        try:
            question = question_of(value)
        except NoSelectionError:
            return [(value, _("a question that there is not"))]
        texts = {ANSWERED: _("“%(question)s”: answered"), NOT_ANSWERED: _("“%(question)s”: not answered")}
        return [(f"{question.pk}{it}", text % {"question": question}) for it, text in texts.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        try:
            return queryset.filter(those_who(self.value() or ""))
        except NoSelectionError:
            return queryset.none()


def answer_column(
    question: Question, questions: Mapping[int, Question], *, is_page: bool
) -> Callable[[Participant], Any]:
    def column(person: Participant) -> Any:
        content = next((it.content for it in person.answers.all() if it.question_id == question.pk), None)
        if content is None and is_page and is_open(question, questions, person):
            return _("not answered yet")
        return question.as_cell(content) if content is not None else None

    column.short_description = str(question)  # type: ignore[attr-defined]
    column.__name__ = f"answer_{question.pk}"
    return column


def is_open(question: Question, questions: Mapping[int, Question], person: Participant) -> bool:
    """Return whether a registered person has still to answer a question, as their to-dos say, with their answers prefetched."""
    if not person.is_registered:
        return False
    rows = {questions[it.question_id].key: it.content for it in person.answers.all() if it.question_id in questions}
    answers, occasions = system_answers(person) | rows, {When(question.asked_when)}
    left = unanswered(person, person.edition, [*questions.values()], answers, timezone.now(), occasions=occasions)
    return question in left
