"""What an edition asks about a session after it: two to five questions, as plain values (decision 76).

The same key in several editions is the same question: their answers are compared.
"""

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FEWEST_QUESTIONS, MOST_QUESTIONS = 2, 5
FEWEST_CHOICES, MOST_CHOICES = 2, 8
SCALE = range(1, 6)
MOST_DAYS = 90
USUAL_DAYS = 14
SATISFACTION = "satisfaction"  # the key of the question whose mean stands for an edition


class FeedbackKind(enum.StrEnum):
    SCALE = "scale"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class FeedbackQuestion:
    """A question. `labels`: by language; `choices`: the labels by language of each choice, by its key, in order."""

    key: str
    kind: FeedbackKind
    labels: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]

    @property
    def values(self) -> list[str]:
        """Return what can be answered, in order; nothing for a text."""
        return [str(it) for it in SCALE] if self.kind is FeedbackKind.SCALE else list(self.choices)

    def as_row(self) -> dict[str, Any]:
        choices = [{"key": key, "labels": dict(labels)} for key, labels in self.choices.items()]
        return {"key": self.key, "kind": self.kind.value, "labels": dict(self.labels), "choices": choices}


def question_of(row: Mapping[str, Any]) -> FeedbackQuestion:
    choices = {it["key"]: it["labels"] for it in row.get("choices", ())}
    return FeedbackQuestion(row["key"], FeedbackKind(row["kind"]), row["labels"], choices)


def questions_of(rows: Iterable[Mapping[str, Any]]) -> list[FeedbackQuestion]:
    return [question_of(row) for row in rows]


def token_of(questions: Iterable[FeedbackQuestion]) -> str:
    """Return a hash of questions; it differs if one is new, gone or has changed, whatever their order."""
    rows = sorted((it.as_row() for it in questions), key=lambda row: row["key"])
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


def can_answer(questions: Iterable[FeedbackQuestion], answers: Mapping[str, str]) -> bool:
    """Return whether each answer, by the question's key, is one to these questions. An empty one is none."""
    by_key = {it.key: it for it in questions}
    return all(
        key in by_key and (by_key[key].kind is FeedbackKind.TEXT or answer in by_key[key].values)
        for key, answer in answers.items()
        if answer
    )


def contradiction(questions: Sequence[FeedbackQuestion]) -> str:
    """Return a code for what is wrong with a set of questions; empty if nothing is. No question at all asks nothing."""
    keys = [it.key for it in questions]
    if questions and not FEWEST_QUESTIONS <= len(questions) <= MOST_QUESTIONS:
        return "number_of_questions"
    if len(set(keys)) < len(keys):
        return "key_twice"
    for question in questions:
        is_choice, n = question.kind is FeedbackKind.CHOICE, len(question.choices)
        if is_choice != (n > 0) or (is_choice and not FEWEST_CHOICES <= n <= MOST_CHOICES):
            return "number_of_choices"
    return ""


def usual_questions() -> list[FeedbackQuestion]:
    """Return the questions that a new edition is offered."""
    pace = {"slow": {"en": "Too slow"}, "right": {"en": "About right"}, "fast": {"en": "Too fast"}}
    return [
        FeedbackQuestion(SATISFACTION, FeedbackKind.SCALE, {"en": "How satisfied are you with this session?"}, {}),
        FeedbackQuestion("useful", FeedbackKind.SCALE, {"en": "How useful is it for your city?"}, {}),
        FeedbackQuestion("pace", FeedbackKind.CHOICE, {"en": "How was the pace?"}, pace),
        FeedbackQuestion("change", FeedbackKind.TEXT, {"en": "What should we do differently next time?"}, {}),
    ]
