"""What people answered about sessions, as far as it may be seen: by session, over an edition, and over several editions (decision 76)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from attendance.models import FeedbackTally
from attendance.queries.feedback import AskedSession, asked_about, n_there, sets_of, to_remind
from attendance.queries.sessions import attended_sessions
from attendance.rules.feedback import FEWEST, Figure, Pool, figures_of, pooled
from attendance.wording import times_of
from programme.models import Edition, Session
from programme.rules.local_times import local_day
from programme.rules.session_feedback import SATISFACTION, questions_of


@dataclass(frozen=True)
class SessionResults:
    """What may be seen about a session that is over. `n_there`: how many could answer; `asked`: None if it is no longer asked about."""

    session: Session
    asked: AskedSession | None
    n_there: int
    n_given: int
    figures: Sequence[Figure]
    is_open: bool

    @property
    def n_missing(self) -> int:
        """Return how many more have to answer before there are figures."""
        return max(0, FEWEST - self.n_given)

    @cached_property
    def satisfaction(self) -> Figure | None:
        return next((it for it in self.figures if it.question.key == SATISFACTION and it.counts), None)


def results_of(edition: Edition, now: dt.datetime) -> list[SessionResults]:
    """Return the sessions that are over and that people were asked about, in the order of the programme. Four queries."""
    tallies = {it.session_id: it for it in FeedbackTally.objects.filter(edition=edition)}
    sessions = list(attended_sessions(edition).select_related("actual_time").in_programme_order())
    for session in sessions:
        session.edition = edition
    fixed = {pk: it.closes_on for pk, it in tallies.items()}
    asked = {it.session.pk: it for it in asked_about(sessions, sets_of(edition), edition, fixed)}
    shown = [
        it for it in sessions if it.pk in tallies or (it.pk in asked and not it.is_cancelled and has_ended(it, now))
    ]
    people = n_there(shown)
    return [of_session(it, asked.get(it.pk), tallies.get(it.pk), people[it.pk], now) for it in shown]


def has_ended(session: Session, now: dt.datetime) -> bool:
    return times_of(session).has_ended(now)


def of_session(
    session: Session, asked: AskedSession | None, tally: FeedbackTally | None, n_people: int, now: dt.datetime
) -> SessionResults:
    """Return what may be seen of a session. Until the last day is over, those of each question are of the last time that they were renewed."""
    is_open = bool(asked and asked.is_open(now))
    is_closed = tally is not None and local_day(now, session.edition.zone) > tally.closes_on
    figures = figures_in(tally, is_closed=is_closed) if tally else []
    n_given = tally.n_given if tally else 0
    return SessionResults(session, asked, max(n_people, n_given), n_given, figures, is_open)


def figures_in(tally: FeedbackTally, *, is_closed: bool) -> list[Figure]:
    return figures_of(questions_of(tally.questions), tally.answers if is_closed else tally.shown, tally.n_given)


def pooled_in(results: Iterable[SessionResults]) -> dict[str, Pool]:
    """Return the answers to each question over the sessions of an edition whose figures can be seen."""
    return pooled(figure for it in results for figure in it.figures)


def over_editions(editions: Sequence[Edition], now: dt.datetime) -> Mapping[str, list[tuple[Edition, Pool]]]:
    """Return the answers to each question by edition, for keys that several editions have. Four queries an edition."""
    by_key: dict[str, list[tuple[Edition, Pool]]] = {}
    for edition in editions:
        for key, pool in pooled_in(results_of(edition, now)).items():
            by_key.setdefault(key, []).append((edition, pool))
    return {key: pools for key, pools in by_key.items() if len(pools) > 1 and are_alike(pools)}


def are_alike(pools: Sequence[tuple[Edition, Pool]]) -> bool:
    """Return whether a question was of the same kind in all editions, with the same choices."""
    return len({(it.question.kind, tuple(it.question.values)) for _edition, it in pools}) == 1


def n_to_remind(session: Session) -> int:
    return to_remind(session).count()
