"""Answers to own questions in lists of people: cells as organisers write them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.imports.reading import ListRow
from programme.models import Answer, Edition, Participant, Question
from programme.rules.answers import read_answer
from programme.rules.plain_words import plain_words
from programme.rules.questions import NO, PREFIX, YES, Kind
from programme.rules.questions import Answer as Value

YES_WORDS = frozenset(
    ["yes", "y", "true", "1", "x", "si", "sim", "oui", "ja", "tak", "ano", "igen", "da", "kylla", "jah"]
)
NO_WORDS = frozenset(["no", "n", "false", "0", "nao", "non", "nein", "nee", "nie", "ne", "nem", "nu", "ei"])
MIDNIGHT = re.compile(r"[T ]00:00(:00)?$")  # as spreadsheets write days


class ListedAnswers:
    """The answers in the rows of a list, and those that the people have now. Two queries; none without such columns."""

    def __init__(self, edition: Edition, rows: Sequence[ListRow], people: Iterable[Participant]) -> None:
        names = {name for row in rows for name in row.cells if name.startswith(PREFIX)}
        asked = edition.questions.own().open().filter(key__in=[it.removeprefix(PREFIX) for it in names])
        self.questions = {f"{PREFIX}{it.key}": it for it in asked} if names else {}
        self.present: dict[int, dict[int, Value]] = defaultdict(dict)
        if names:
            for row in Answer.objects.filter(question__in=asked, participant__in=[it.pk for it in people]):
                self.present[row.participant_id][row.question_id] = row.content

    def answers_in(self, row: ListRow) -> dict[Question, Value]:
        """Return the answers in a row. Raises ProgrammeError for a cell that is no answer."""
        answers = {}
        for name, question in self.questions.items():
            if text := row.text(name):
                if question.has_file:
                    raise ProgrammeError(
                        _("%(column)s: a file cannot be imported. Leave this column out; people choose it themselves.")
                        % {"column": question},
                        code="file_in_list",
                    )
                try:
                    answers[question] = answer_in_cell(question, text)
                except ValidationError as error:
                    values = {"column": question, "problem": " ".join(error.messages)}
                    raise ProgrammeError(_("%(column)s: %(problem)s") % values, code="not_an_answer") from error
        return answers

    def changes(self, participant: Participant, answers: Mapping[Question, Value]) -> list[tuple[str, str, str]]:
        """Return each question with the answer before and after, in words."""
        before = self.present[participant.pk]
        return [(str(it), it.in_words(before.get(it.pk)) or "–", it.in_words(answer)) for it, answer in answers.items()]


def answer_in_cell(question: Question, text: str) -> Value:
    """Return the answer that a cell means: choices by their labels, separated by semicolons or commas. Raises ValidationError."""
    kind = Kind(question.kind)
    if kind is Kind.YES_NO:
        word = "".join(plain_words(text))
        text = YES if word in YES_WORDS else NO if word in NO_WORDS else text
    elif kind is Kind.DATE:
        text = MIDNIGHT.sub("", text.strip())
    choices = [it.key for it in question.offered]
    if kind not in {Kind.CHOICE, Kind.CHOICES}:
        return read_answer(kind, text)
    keys = {same(name): it.key for it in question.offered for name in (it.key, *it.labels.values())}
    whole = keys.get(same(text))
    parts = [text] if whole or kind is Kind.CHOICE else re.split(r"[;\n]" if ";" in text else r"[;,\n]", text)
    chosen = [keys.get(same(part), part) for part in parts if part.strip()]
    return read_answer(kind, chosen, choices=choices)


def same(label: str) -> str:
    return " ".join(label.split()).casefold()
