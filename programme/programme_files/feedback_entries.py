"""The tables of a programme file about feedback on sessions: a set of questions for all, and others for some sessions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from programme.programme_files.entries import DocumentEntry, Line, field
from programme.programme_files.question_entries import Key, Language
from programme.rules.session_feedback import (
    FEWEST_CHOICES,
    FEWEST_QUESTIONS,
    MOST_CHOICES,
    MOST_DAYS,
    MOST_QUESTIONS,
    USUAL_DAYS,
    FeedbackKind,
    FeedbackQuestion,
    contradiction,
)


class FeedbackChoiceEntry(DocumentEntry):
    key: Key
    labels: dict[Language, Annotated[Line, field(120)]] = Field(min_length=1, description="its label by language")


class FeedbackQuestionEntry(DocumentEntry):
    key: Key
    kind: Literal["scale", "choice", "text"] = Field(description="scale, choice or text")
    labels: dict[Language, Annotated[Line, field(200)]] = Field(min_length=1, description="the question by language")
    choices: Annotated[tuple[FeedbackChoiceEntry, ...], Field(max_length=MOST_CHOICES)] = Field(
        default=(), strict=False, description="a list of choices"
    )

    def as_question(self) -> FeedbackQuestion:
        choices = {it.key: dict(it.labels) for it in self.choices}
        return FeedbackQuestion(self.key, FeedbackKind(self.kind), dict(self.labels), choices)


class FeedbackEntry(DocumentEntry):
    """A set of questions. `session`: None for the sessions that have none of their own; no questions: nothing is asked."""

    TABLES: ClassVar[dict[str, type[DocumentEntry]]] = {"questions": FeedbackQuestionEntry}

    session: str | None = Field(default=None, description="the slug of a session")
    open_days: int = Field(default=USUAL_DAYS, ge=1, le=MOST_DAYS, description=f"a number of days, 1 to {MOST_DAYS}")
    questions: Annotated[tuple[FeedbackQuestionEntry, ...], Field(max_length=MOST_QUESTIONS)] = Field(
        default=(), strict=False, description=f"a list of up to {MOST_QUESTIONS} questions"
    )

    def as_row(self) -> dict[str, Any]:
        """Return the values of the set."""
        return {"open_days": self.open_days, "questions": [it.as_question().as_row() for it in self.questions]}


SENTENCES = {
    "number_of_questions": f"expected {FEWEST_QUESTIONS} to {MOST_QUESTIONS} questions, or none where nothing is asked",
    "key_twice": "expected each question to have a key of its own",
    "number_of_choices": f"expected {FEWEST_CHOICES} to {MOST_CHOICES} choices if, and only if, the kind is choice",
}


def feedback_mistakes(entries: Mapping[str, FeedbackEntry], sessions: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the sets, each given by its path, as paths and sentences. `sessions`: the slugs in the file."""
    seen: set[str | None] = set()
    for path, entry in entries.items():
        if entry.session in seen:
            yield f"{path}.session", "expected one set for each session, and one without a session"
        seen.add(entry.session)
        if entry.session is not None and entry.session not in sessions:
            yield f"{path}.session", f"expected the slug of one of [[sessions]], found “{entry.session}”"
        if code := contradiction([it.as_question() for it in entry.questions]):
            yield f"{path}.questions", SENTENCES[code]
        for question in entry.questions:
            if len({it.key for it in question.choices}) < len(question.choices):
                yield f"{path}.questions", f"expected each choice of {question.key} to have a key of its own"
