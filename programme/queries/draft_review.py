"""What publishing the draft of a programme would do: the differences, what stands in the way, and who would be told what."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from programme.errors import ProgrammeError
from programme.formats import local_time, short_date
from programme.models import Edition, Participant, Session
from programme.queries.seat_effects import SeatEffect, by_email, sentences
from programme.queries.session_changes import news_sentences
from programme.queries.session_drafts import ProgrammeTable, TableRow, put_row
from programme.queries.session_plans import plan_news, plan_session_change
from programme.rules.session_rows import SessionRow
from programme.rules.sessions import clashes, overlap

LABELS = {
    "title": gettext_lazy("Title"),
    "format": gettext_lazy("Format"),
    "day": gettext_lazy("Day"),
    "start": gettext_lazy("Start"),
    "end": gettext_lazy("End"),
    "track": gettext_lazy("Track"),
    "room": gettext_lazy("Room"),
    "is_core": gettext_lazy("Core"),
    "status": gettext_lazy("Status"),
    "is_published": gettext_lazy("Published"),
}

Plan = Callable[[Sequence[Session]], Sequence[SeatEffect]]


@dataclass(frozen=True)
class Change:
    """A drafted value, in words. `is_overtaken`: somebody has changed it in the session since it was drafted."""

    label: str
    before: str
    after: str
    is_overtaken: bool


@dataclass(frozen=True)
class DraftedProgramme:
    """The sessions as they will be. `changed`: those that the draft changes or adds.

    `problems`: why it cannot be published; `warnings`: what may be a mistake. Both as sentences.
    """

    table: ProgrammeTable
    changed: Sequence[Session]
    problems: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True)
class RowReview:
    """What is drafted of one row. `is_chosen`: it is to be published; `problem`: why that is not possible."""

    row: TableRow
    changes: Sequence[Change]
    is_chosen: bool
    problem: str


@dataclass(frozen=True)
class DraftReview:
    """What publishing the chosen rows of a draft does: the programme then, the effects on seats, and what people are told."""

    programme: DraftedProgramme
    rows: Sequence[RowReview]
    effects: Sequence[SeatEffect]
    effect_sentences: Sequence[str]
    news: Sequence[str]

    @property
    def problems(self) -> list[str]:
        """Return why rows, or those chosen together, cannot be published."""
        return list(dict.fromkeys([*(it.problem for it in self.rows if it.problem), *self.programme.problems]))

    @property
    def chosen(self) -> list[RowReview]:
        return [it for it in self.rows if it.is_chosen]

    @property
    def n_emails(self) -> int:
        return len(by_email(self.effects))

    @property
    def token(self) -> str:
        """Return a hash for the form's hidden field: another one for other rows, differences or effects on seats."""
        shown = [(it.row.key, it.changes) for it in self.chosen], list(self.effects)
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def drafted_programme(table: ProgrammeTable, now: dt.datetime, keys: Collection[str] | None = None) -> DraftedProgramme:
    """Return the programme as it will be if the rows with these keys are published; None: all."""
    sessions: list[Session] = []
    changed: list[Session] = []
    problems: list[str] = []
    for row in table.rows:
        try:
            is_drafted = row.changed and (keys is None or row.key in keys)
            session = put_row(table, row) if is_drafted else row.session
        except ProgrammeError as error:
            problems.append(str(error))
            continue
        if session:
            sessions.append(session)
            changed += [session] if is_drafted else []
    problems += [clash_sentence(one, other) for one, other in clashes(sessions)]
    return DraftedProgramme(table, changed, problems, list(warnings(table.edition, sessions, now)))


def clash_sentence(one: Session, other: Session) -> str:
    text = _("“%(one)s” and “%(other)s” overlap (%(when)s). Only sessions of different tracks can.")
    return text % {"one": one, "other": other, "when": local_time(max(one, other, key=lambda it: it.starts_at))}  # type: ignore[arg-type,return-value]


def warnings(edition: Edition, sessions: Sequence[Session], now: dt.datetime) -> Iterator[str]:
    """Yield what is unusual about the sessions that are not over, each naming the sessions."""
    coming = [it for it in sessions if not it.is_cancelled and not it.is_over(now)]
    for one, other in combinations([it for it in coming if it.room_id], 2):
        if one.room_id == other.room_id and overlap(one, other):
            text = _("“%(one)s” and “%(other)s” are in %(room)s at the same time.")
            yield text % {"one": one, "other": other, "room": one.room and one.room.name}
    for session in coming:
        day = session.local_day
        if day and not edition.first_on <= day <= edition.last_on:
            text = _("“%(session)s” is on %(day)s, outside the days of the edition.")
            yield text % {"session": session, "day": date_format(day, "D j M Y")}
        if session.is_core and session.is_online and session.is_published and not session.meeting_url:
            yield _("The core session “%(session)s” has no meeting link.") % {"session": session}


def problems_of_rows(table: ProgrammeTable) -> dict[str, str]:
    """Return why rows cannot be published, whatever else is, by key."""
    problems = {}
    for row in table.drafted:
        try:
            put_row(table, row)
        except ProgrammeError as error:
            problems[row.key] = str(error)
    return problems


def review_draft(
    table: ProgrammeTable,
    now: dt.datetime,
    plan: Plan = plan_session_change,
    keys: Collection[str] | None = None,
) -> DraftReview:
    """Return what publishing the rows with these keys would do; None: all that can be. With problems nothing is planned.

    `plan`: how the effects on seats are planned, for an action that locks them.
    """
    problems = problems_of_rows(table)
    if keys is None:
        keys = {row.key for row in table.drafted} - problems.keys()
    programme = drafted_programme(table, now, keys)
    rows = [RowReview(it, changes_of(table, it), it.key in keys, problems.get(it.key, "")) for it in table.drafted]
    if programme.problems:
        return DraftReview(programme, rows, (), (), ())
    known = [it for it in programme.changed if it.pk]
    effects = plan(known)
    news = [*news_sentences(plan_news(known, effects, now)), *additions(table.edition, programme.changed, now)]
    return DraftReview(programme, rows, tuple(effects), sentences(effects), news)


def additions(edition: Edition, sessions: Sequence[Session], now: dt.datetime) -> Iterator[str]:
    """Yield to how many people each added session will be new."""
    added = [it for it in sessions if not it.pk and it.is_published and not it.track_id and it.is_ahead(now)]
    if added and edition.is_published and edition.sends_notices:
        n = Participant.objects.registered().filter(edition=edition).count()
        for session in added if n else []:
            text = ngettext(
                "%(n)s person will be told about the new session “%(session)s”.",
                "%(n)s people will be told about the new session “%(session)s”.",
                n,
            )
            yield text % {"n": n, "session": session}


def changes_of(table: ProgrammeTable, row: TableRow) -> list[Change]:
    return [
        Change(
            str(LABELS[name]),
            in_words(table, row.before, name) if row.session else "",
            in_words(table, row.after, name),
            name in row.overtaken,
        )
        for name in row.changed
    ]


def in_words(table: ProgrammeTable, row: SessionRow, name: str) -> str:
    """Return a value as organisers read it; a dash for none."""
    value: Any = getattr(row, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in {"format", "status"}:
        choices = Session.Format if name == "format" else Session.Status
        return str(dict(choices.choices).get(value, value))
    if name in {"track", "room"}:
        choice = (table.tracks if name == "track" else table.rooms).get(value)
        return choice.name if choice else "–"
    if isinstance(value, dt.date):
        return short_date(value, "D j M Y")
    return f"{value:%H:%M}" if isinstance(value, dt.time) else value or "–"
