"""The list of applications with their answers, as a file has it."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from programme.models import ApplicationAnswer, Edition, Question
from programme.queries.applications import ListedApplication
from udtacademy.tables.writing import Row


def application_rows(edition: Edition, listed: Sequence[ListedApplication]) -> Iterator[Row]:
    """Yield the columns, then a row for each application, with its answers to all questions that were asked of cities. Two queries.

    Place and score only where the reader sees them: not with a conflict of interest.
    """
    questions = list(edition.questions.filter(asked_when=Question.When.APPLICATION).in_order())
    answers = {
        (it.application_id, it.question_id): it.content
        for it in ApplicationAnswer.objects.filter(application__in=[it.application for it in listed]).order_by()
    }
    yield [
        *(_("City"), _("Country"), _("Contact person"), _("Email address"), _("State"), _("Received")),
        *(_("Place"), _("Score"), _("Scored by"), *map(str, questions)),
    ]
    for it in listed:
        application, contact = it.application, it.application.contact
        yield [
            *(application.city_name, application.country, str(contact or ""), contact.email if contact else ""),
            *(application.get_state_display(), application.submitted_at),
            *(it.rank.place if it.rank else None, it.mean, it.n_scorers or None),
            *(question.as_cell(answers.get((application.pk, question.pk))) for question in questions),
        ]
