"""Which questions are asked of whom and when, and which must be answered: plain values (decision 53).

An answer is a text, or several for a question with several choices; None, or nothing, if there is none.
"""

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Answer = str | Sequence[str] | None

PREFIX = "q-"  # of the names of form fields for own questions
KEY_PATTERN = r"^[a-z0-9]+([_-][a-z0-9]+)*$"
YES, NO = "yes", "no"
LONGEST_KEPT = 3650  # days after an edition
MOST_QUESTIONS = 60  # of an edition, besides the system questions
MOST_CHOICES = 100  # of a question


class Kind(enum.StrEnum):
    """What an answer is. MOMENT: of system questions only."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    COUNTRY = "country"
    FILE = "file"
    MOMENT = "moment"


WITH_CHOICES = frozenset({Kind.CHOICE, Kind.CHOICES})
CONDITIONAL_ON = frozenset({*WITH_CHOICES, Kind.YES_NO})  # kinds whose answers other questions can depend on


class When(enum.StrEnum):
    """When a question is asked. COORDINATORS: they answer it about the people of their city; APPLICATION: of a city that applies."""

    REGISTRATION = "registration"
    LATER = "later"
    COORDINATORS = "coordinators"
    APPLICATION = "application"


OF_PROFILE = frozenset({When.REGISTRATION, When.LATER})
OF_APPLICATION = frozenset({When.APPLICATION})


class Whom(enum.StrEnum):
    """Who is asked. ANSWER: who answered another question in one of some ways."""

    EVERYBODY = "everybody"
    COORDINATORS = "coordinators"
    OTHERS = "others"
    ANSWER = "answer"


class Privacy(enum.StrEnum):
    """How an answer is treated. PERSONAL: deleted in time, with its history. SENSITIVE: also encrypted, and without history."""

    PLAIN = "plain"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


STRICTNESS = {Privacy.PLAIN: 0, Privacy.PERSONAL: 1, Privacy.SENSITIVE: 2}


@dataclass(frozen=True)
class QuestionRule:
    """When and of whom a question is asked. `answers`: those to the question `depends_on` with which it is (whom: ANSWER)."""

    key: str
    when: When = When.REGISTRATION
    whom: Whom = Whom.EVERYBODY
    depends_on: str = ""
    answers: frozenset[str] = frozenset()
    is_required: bool = False
    required_from: dt.date | None = None
    is_retired: bool = False

    def is_required_on(self, day: dt.date) -> bool:
        """Return whether it must be answered by those who are asked, on a day of the edition's zone."""
        return self.is_required and (self.required_from is None or day >= self.required_from)


def is_empty(answer: Answer) -> bool:
    return not answer


def concerns(
    rule: QuestionRule, rules: Mapping[str, QuestionRule], answers: Mapping[str, Answer], *, is_coordinator: bool
) -> bool:
    """Return whether a question is for somebody with these answers (by key), retired or not.

    A question that depends on the answer to one that is not for them is not for them either, whatever they once answered.
    """
    seen: set[str] = set()
    current = rule
    while current.key not in seen:
        seen.add(current.key)
        if current.whom is Whom.EVERYBODY:
            return True
        if current.whom is not Whom.ANSWER:
            return (current.whom is Whom.COORDINATORS) == is_coordinator
        parent, answer = rules.get(current.depends_on), answers.get(current.depends_on)
        given = {answer} if isinstance(answer, str) else set(answer or ())
        if parent is None or given.isdisjoint(current.answers):
            return False
        current = parent
    return False


def asked_among(
    rules: Iterable[QuestionRule],
    answers: Mapping[str, Answer],
    *,
    is_coordinator: bool,
    occasions: Collection[When] = OF_PROFILE,
) -> list[QuestionRule]:
    """Return the questions that are asked of somebody with these answers on these occasions, in their order."""
    rules = list(rules)
    by_key = {it.key: it for it in rules}
    return [
        it
        for it in rules
        if not it.is_retired and it.when in occasions and concerns(it, by_key, answers, is_coordinator=is_coordinator)
    ]


def goes_in_circles(key: str, depends_on: str, parents: Mapping[str, str]) -> bool:
    """Return whether the question would depend on itself if it depended on `depends_on`. `parents`: what each depends on."""
    seen: set[str] = set()
    while depends_on and depends_on not in seen:
        if depends_on == key:
            return True
        seen.add(depends_on)
        depends_on = parents.get(depends_on, "")
    return False


def deleted_on(last_on: dt.date, kept_days: int) -> dt.date:
    """Return the first day on which the answers are gone, of an edition that ends on `last_on`."""
    return last_on + dt.timedelta(days=kept_days + 1)


@dataclass(frozen=True)
class SystemQuestion:
    """A question whose answers are columns of the participant, in each edition. `is_fixed`: never required, and asked then only."""

    kind: Kind
    when: When = When.REGISTRATION
    is_required: bool = False
    is_fixed: bool = False
    privacy: Privacy = Privacy.PLAIN


SYSTEM_QUESTIONS = {  # in their usual order
    "job_title": SystemQuestion(Kind.LINE, is_required=True),
    "department": SystemQuestion(Kind.LINE, is_required=True),
    "hopes": SystemQuestion(Kind.TEXT, is_required=True),
    "dietary_needs": SystemQuestion(Kind.LINE, is_fixed=True, privacy=Privacy.SENSITIVE),
    "accessibility_needs": SystemQuestion(Kind.LINE, is_fixed=True, privacy=Privacy.SENSITIVE),
    "arrives_at": SystemQuestion(Kind.MOMENT, When.LATER, is_fixed=True),
    "leaves_at": SystemQuestion(Kind.MOMENT, When.LATER, is_fixed=True),
    "wants_expo_pass": SystemQuestion(Kind.YES_NO, is_required=True),
    "photo_consent": SystemQuestion(Kind.YES_NO, is_required=True),
}
FIRST_POSITIONS = {key: number for number, key in enumerate(SYSTEM_QUESTIONS, start=1)}


def field_name(key: str) -> str:
    """Return the name of the form field of a question."""
    return key if key in SYSTEM_QUESTIONS else f"{PREFIX}{key}"
