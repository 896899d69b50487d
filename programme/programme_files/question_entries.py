"""The table of a question in a programme file. Of a system question only what differs from the usual is written."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from programme.programme_files.entries import DocumentEntry, Line, LocalDate, field
from programme.rules.questions import (
    KEY_PATTERN,
    LONGEST_KEPT,
    MOST_CHOICES,
    MOST_QUESTIONS,
    NO,
    SYSTEM_QUESTIONS,
    YES,
    goes_in_circles,
)

Key = Annotated[str, field(60, pattern=KEY_PATTERN, expected="lower-case letters, digits and single hyphens")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]+)*$")]
TRUE_OR_FALSE = "true or false"


class ChoiceEntry(DocumentEntry):
    """A choice: its key, and its label by language. `is_offered`: false for one that only those have who chose it."""

    key: Key
    labels: dict[Language, Annotated[Line, field(120)]] = Field(description="its label by language")
    is_offered: bool = Field(default=True, description=TRUE_OR_FALSE)


class QuestionEntry(DocumentEntry):
    """A question. None: as usual for a system question, and for others as a new question has it."""

    TABLES: ClassVar[dict[str, type[DocumentEntry]]] = {
        "choices": ChoiceEntry,
        "labels": ChoiceEntry,
        "hints": ChoiceEntry,
    }

    key: Key
    kind: (
        Literal["line", "text", "choice", "choices", "yes_no", "number", "date", "address", "country", "file"] | None
    ) = Field(default=None, description="the kind of a question")
    labels: dict[Language, Annotated[Line, field(200)]] = Field(default={}, description="the question by language")
    hints: dict[Language, Annotated[Line, field(500)]] = Field(default={}, description="its help by language")
    choices: Annotated[tuple[ChoiceEntry, ...], Field(max_length=MOST_CHOICES)] = Field(default=(), strict=False)
    asked_when: Literal["registration", "later", "coordinators", "application"] | None = None
    asked_of: Literal["everybody", "coordinators", "others", "answer"] = "everybody"
    depends_on: str | None = Field(default=None, description="the key of a question")
    depends_answers: tuple[str, ...] = Field(default=(), strict=False, description="a list of answers")
    is_required: bool | None = Field(default=None, description=TRUE_OR_FALSE)
    required_from: LocalDate | None = None
    privacy: Literal["plain", "personal", "sensitive"] | None = None
    kept_days: int | None = Field(default=None, ge=0, le=LONGEST_KEPT, description="a number of days")
    is_on_lists: bool = Field(default=False, description=TRUE_OR_FALSE)
    is_on_badge: bool = Field(default=False, description=TRUE_OR_FALSE)
    is_asked: bool = Field(default=True, description=TRUE_OR_FALSE)

    @property
    def is_system(self) -> bool:
        return self.key in SYSTEM_QUESTIONS

    @property
    def answers(self) -> list[str]:
        """Return the answers that another question can depend on."""
        kind = SYSTEM_QUESTIONS[self.key].kind if self.is_system else self.kind
        return [YES, NO] if kind == "yes_no" else [it.key for it in self.choices]


def question_mistakes(entries: Mapping[str, QuestionEntry]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with questions, each given by its path, as paths and sentences."""
    by_key = {it.key: it for it in entries.values()}
    counts = Counter(it.key for it in entries.values())
    parents = {it.key: it.depends_on or "" for it in entries.values()}
    for path, entry in entries.items():
        if counts[entry.key] > 1:
            yield f"{path}.key", "expected another key: two questions have this one"
        yield from ((path, text) for text in contradictions(entry))
        if entry.depends_on is None:
            continue
        parent = by_key.get(entry.depends_on)
        if parent is None:
            yield f"{path}.depends_on", f"expected the key of one of [[questions]], found “{entry.depends_on}”"
        elif goes_in_circles(entry.key, entry.depends_on, parents):
            yield f"{path}.depends_on", "expected another question: this one would depend on its own answer"
        elif unknown := sorted(set(entry.depends_answers) - set(parent.answers)):
            yield f"{path}.depends_answers", f"expected answers to {parent.key}, found “{unknown[0]}”"
    if sum(not it.is_system for it in entries.values()) > MOST_QUESTIONS:
        yield "questions", f"expected at most {MOST_QUESTIONS} questions besides those of every edition"


def contradictions(entry: QuestionEntry) -> Iterator[str]:
    """Yield what an edition would refuse about a question, as sentences."""
    if entry.is_system:
        yield from system_contradictions(entry)
    else:
        if entry.kind is None:
            yield "expected a kind, because this is not one of the questions of every edition"
        if not entry.labels:
            yield "expected labels, because this is not one of the questions of every edition"
        if (entry.kind in {"choice", "choices"}) != any(it.is_offered for it in entry.choices):
            yield "expected choices if, and only if, the kind is choice or choices"
        if (entry.privacy in {"personal", "sensitive"}) != (entry.kept_days is not None):
            yield "expected kept_days if, and only if, privacy is personal or sensitive"
        if entry.privacy == "sensitive" and entry.is_on_badge:
            yield "expected is_on_badge = false, because the answers are sensitive"
        yield from file_contradictions(entry)
    keys = [it.key for it in entry.choices]
    if len(keys) != len(set(keys)):
        yield "expected each choice to have a key of its own"
    if (entry.asked_of == "answer") != bool(entry.depends_on and entry.depends_answers):
        yield "expected depends_on and depends_answers if, and only if, asked_of is answer"
    if entry.required_from and not entry.is_required:
        yield "expected is_required = true with required_from"


def file_contradictions(entry: QuestionEntry) -> Iterator[str]:
    if entry.kind != "file":
        return
    if entry.asked_when in {"coordinators", "application"}:
        yield "expected asked_when to be registration or later, because the answer is a file"
    if entry.privacy == "sensitive":
        yield "expected another privacy than sensitive, because the answer is a file, which is not encrypted"
    if entry.is_on_lists or entry.is_on_badge:
        yield "expected is_on_lists and is_on_badge = false, because the answer is a file"


def system_contradictions(entry: QuestionEntry) -> Iterator[str]:
    system = SYSTEM_QUESTIONS[entry.key]
    given: dict[str, Any] = {"kind": entry.kind, "privacy": entry.privacy, "choices": entry.choices or None}
    given |= {"is_on_lists": entry.is_on_lists or None, "is_on_badge": entry.is_on_badge or None}
    if system.is_fixed:
        given |= {"asked_when": entry.asked_when, "is_required": entry.is_required}
    if system.privacy != "sensitive":
        given["kept_days"] = entry.kept_days
    for name, value in given.items():
        if value is not None:
            yield f"expected no {name}, because every edition asks {entry.key} in this way"
    if entry.asked_when in {"coordinators", "application"}:
        yield "expected asked_when to be registration or later"
