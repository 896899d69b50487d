"""The days of an edition's in-person part, and who is expected on each."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, Q, Subquery
from django.utils.formats import date_format

from programme.models import Edition, Participant, Session
from programme.rules.coming import ComingRule, DaysInPerson, coming_rule, days_in_person

DAY = "D j F Y"
HELD_IN_PERSON = Q(is_published=True, format=Session.Format.IN_PERSON) & ~Q(status=Session.Status.CANCELLED)


@dataclass(frozen=True)
class InPersonDay:
    """A day with sessions in person. `is_for_everybody`: one of them is not parallel; `parallel`: the others."""

    day: dt.date
    is_for_everybody: bool
    parallel: frozenset[int]

    @property
    def label(self) -> str:
        return date_format(self.day, DAY)

    def expects(self, participant: Participant) -> bool:
        """Return whether the day is in a participant's programme. Needs `with_held_seats`."""
        return self.is_for_everybody or not self.parallel.isdisjoint(participant.held_in)


def in_person_days(edition: Edition) -> list[InPersonDay]:
    """Return the days on which published sessions are held in person. One query."""
    return days_among(sessions_in_person(edition))


def sessions_in_person(edition: Edition) -> list[Session]:
    """Return the published sessions held in person on a known day. One query."""
    sessions = list(edition.sessions.filter(HELD_IN_PERSON))
    for session in sessions:
        session.edition = edition
    return [it for it in sessions if it.local_day]


def is_in_person(session: Session) -> bool:
    """Return whether a published session is among the sessions in person."""
    return session.format == Session.Format.IN_PERSON and not session.is_cancelled and session.local_day is not None


def days_among(sessions: Iterable[Session]) -> list[InPersonDay]:
    """Return the days of sessions in person."""
    of_day: dict[dt.date, list[Session]] = {}
    for session in sessions:
        if session.local_day:
            of_day.setdefault(session.local_day, []).append(session)
    return [
        InPersonDay(
            day,
            is_for_everybody=any(it.track_id is None for it in of_day[day]),
            parallel=frozenset(it.pk for it in of_day[day] if it.track_id is not None),
        )
        for day in sorted(of_day)
    ]


def span_of(edition: Edition, sessions: Iterable[Session]) -> DaysInPerson | None:
    """Return the first and the last day of the edition's sessions in person; None without any."""
    sessions = list(sessions)
    starts = [it.starts_at for it in sessions if it.starts_at]
    held = [it.held_on for it in sessions if it.held_on and not it.starts_at]
    return days_in_person(starts, held, edition.zone)


def coming_rule_of(edition: Edition, sessions: Iterable[Session]) -> ComingRule | None:
    """Return when the edition asks who still comes, given its sessions in person; None if it does not ask."""
    return coming_rule(span_of(edition, sessions), edition.coming_question_days, edition.zone, edition.quiet_hours)


def coming_facts() -> dict[str, Any]:
    """Return what `rule_from` and the query of who is expected need, to annotate an edition with."""
    sessions = Session.objects.filter(HELD_IN_PERSON, edition=OuterRef("pk")).order_by().values("edition")
    of_session = {
        "first_start": Min("starts_at"),
        "last_start": Max("starts_at"),
        "first_held_on": Min("held_on"),
        "last_held_on": Max("held_on"),
    }
    facts: dict[str, Any] = {
        name: Subquery(sessions.annotate(value=value).values("value")) for name, value in of_session.items()
    }
    dated = Q(starts_at__isnull=False) | Q(held_on__isnull=False)
    for_everybody = Session.objects.filter(HELD_IN_PERSON, dated, edition=OuterRef("pk"), track=None)
    return facts | {"is_for_everybody": Exists(for_everybody)}


def rule_from(edition: Edition, facts: Mapping[str, Any]) -> ComingRule | None:
    """Return the same as `coming_rule_of`, from `coming_facts`."""
    starts = [facts[name] for name in ("first_start", "last_start") if facts[name]]
    held = [facts[name] for name in ("first_held_on", "last_held_on") if facts[name]]
    return coming_rule(
        days_in_person(starts, held, edition.zone), edition.coming_question_days, edition.zone, edition.quiet_hours
    )
