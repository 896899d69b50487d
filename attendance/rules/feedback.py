"""Feedback on sessions: who may answer and until when, how answers are counted, and which figures may be seen. Plain values.

Answers are only counted, so that nobody's stand together. Those of fewer than FEWEST people are never returned (decision 76).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attendance.rules.attendance import WAS_THERE, AttendanceStatus
from programme.rules.session_feedback import FeedbackKind, FeedbackQuestion

FEWEST = 5  # people, below which nothing is shown
ASKED_AFTER = dt.timedelta(hours=1)  # after the end of the day's last session
MAY_ANSWER = WAS_THERE | {AttendanceStatus.PARTIAL}

Answers = Mapping[str, str]  # of one person, by the question's key: a value, or a text
Counted = dict[str, Any]  # of many, by the question's key: how often each value, or the texts


def closes_on(day: dt.date, open_days: int) -> dt.date:
    """Return the last day on which people can answer about a session of this day, both in the edition's zone."""
    return day + dt.timedelta(days=open_days)


def asks_at(ends: Iterable[dt.datetime]) -> dt.datetime:
    """Return when people are asked about sessions of one day, given when they all end: once, after the last."""
    return max(ends) + ASKED_AFTER


def add_answers(counted: Counted, questions: Sequence[FeedbackQuestion], answers: Answers) -> Counted:
    """Return what was counted, with the answers of one more person. Texts are in alphabetical order, which says nothing of who came last."""
    added = dict(counted)
    for question in questions:
        answer = answers.get(question.key, "")
        if not answer:
            continue
        before = counted.get(question.key)
        if question.kind is FeedbackKind.TEXT:
            added[question.key] = sorted([*(before or []), answer])
        else:
            added[question.key] = dict(Counter(before or {}) + Counter([answer]))
    return added


def n_answers(given: Any) -> int:
    """Return how many people answered a question, of which this was counted."""
    return sum(given.values()) if isinstance(given, Mapping) else len(given or ())


def renewed(shown: Counted, counted: Counted) -> Counted:
    """Return what is shown while people can still answer: each question anew only if FEWEST more have answered it.

    Not if FEWEST more have answered at all: if one of them answered this question, their answer would be the difference.
    """
    more = {key: it for key, it in counted.items() if n_answers(it) - n_answers(shown.get(key)) >= FEWEST}
    return shown | more


@dataclass(frozen=True)
class Figure:
    """What may be seen of the answers to a question. `counts`: by value; `texts`: in no order. Neither where too few have answered it."""

    question: FeedbackQuestion
    counts: Mapping[str, int] | None = None
    texts: Sequence[str] = ()

    @property
    def is_hidden(self) -> bool:
        return not self.counts and not self.texts

    @property
    def n(self) -> int:
        return sum(self.counts.values()) if self.counts else 0

    @property
    def mean(self) -> float | None:
        """Return the mean of a scale to one decimal, half up; None for other kinds, and where too few have answered."""
        if self.question.kind is not FeedbackKind.SCALE or not self.counts:
            return None
        total = sum(int(value) * n for value, n in self.counts.items())
        return (20 * total + self.n) // (2 * self.n) / 10


def figures_of(questions: Iterable[FeedbackQuestion], counted: Counted, n_people: int) -> list[Figure]:
    """Return what may be seen of the answers of some people: nothing of fewer than FEWEST, neither of all nor of one question."""
    if n_people < FEWEST:
        return []
    figures = []
    for question in questions:
        given = counted.get(question.key)
        if given is None or n_answers(given) < FEWEST:
            figures.append(Figure(question))
        elif question.kind is FeedbackKind.TEXT:
            figures.append(Figure(question, texts=list(given)))
        else:
            figures.append(Figure(question, {value: given.get(value, 0) for value in question.values}))
    return figures


@dataclass
class Pool:
    """The figures of one question over several sessions. `n_sessions`: of how many."""

    question: FeedbackQuestion
    counts: Counter[str] = field(default_factory=Counter)
    n_sessions: int = 0

    def figure(self) -> Figure:
        return Figure(self.question, {value: self.counts[value] for value in self.question.values})


def pooled(figures: Iterable[Figure]) -> dict[str, Pool]:
    """Return the figures of several sessions together, by key: of those figures alone that may be seen.

    So no hidden one follows from a sum and its other parts. Questions of one key, but of different kinds or choices, are not mixed:
    the first counts.
    """
    pools: dict[str, Pool] = {}
    for figure in figures:
        if figure.counts is None:
            continue
        pool = pools.setdefault(figure.question.key, Pool(figure.question))
        if (pool.question.kind, pool.question.values) == (figure.question.kind, figure.question.values):
            pool.counts.update(figure.counts)
            pool.n_sessions += 1
    return pools
