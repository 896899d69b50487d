"""What check-in shows: the sessions of the day, who came, people by name, and a person's seats."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from attendance.models import Evidence
from attendance.models.evidence import EvidenceQuerySet
from attendance.queries.sessions import sessions_at
from attendance.queries.turnout import turnouts_now
from attendance.rules.turnout import Turnout
from programme.models import Edition, Participant, PlainName, Session
from programme.queries.published_programme import PublishedProgramme
from programme.queries.search import beginnings_in, names_with
from udtacademy.db.prepared import Parameter, prepared

MOST_MATCHES = 12


@dataclass(frozen=True)
class Door:
    """A session with a door, and how many of those expected are there."""

    session: Session
    turnout: Turnout


@dataclass(frozen=True)
class Matches:
    """The first people found by a search, by name, at most MOST_MATCHES of `n`."""

    people: Sequence[Participant] = ()
    n: int = 0


def doors_of(edition: Edition, now: dt.datetime) -> list[Door]:
    """Return the sessions in person of today in the edition's zone, and those open over midnight. Three queries."""
    sessions = sessions_at(edition, now)
    turnouts = turnouts_now(sessions, now)
    return [Door(it, turnouts[it.pk]) for it in sessions]


def arrivals(session: Session) -> EvidenceQuerySet:
    """Return the scans that checked people in at the door of a session."""
    return Evidence.objects.effective().filter(session=session, kind=Evidence.Kind.DOOR)


def latest(session: Session, n: int = 8) -> list[Evidence]:
    """Return the last `n` scans that checked somebody in."""
    return list(arrivals(session).with_people().order_by("-pk")[:n])


def search(edition: Edition, typed: str) -> Matches:
    """Return the people whose name, address or city has words that begin with each typed word.

    Accents and scripts do not matter (`PlainName`). One query, and another to count more than MOST_MATCHES.
    """
    beginnings = beginnings_in(typed)
    if not beginnings:
        return Matches()
    shown = _found(beginnings=beginnings, edition=edition.pk)
    (n,) = [len(shown)] if len(shown) < MOST_MATCHES else _number_found(beginnings=beginnings, edition=edition.pk)
    return Matches(shown, n)


def names() -> QuerySet[PlainName]:
    return names_with(Parameter("beginnings"), Parameter("edition"))


# Prepared, as each key pressed at a door asks them: planning and compiling took half of the time.
@prepared
def _found() -> QuerySet[Participant]:
    people = Participant.objects.select_related("user", "delegation__city")
    matches = people.filter(pk__in=names().values("participant")[:MOST_MATCHES])
    return matches.order_by("plain_name__name", "pk")


@prepared
def _number_found() -> QuerySet[PlainName, int]:
    return names().order_by().values("edition").annotate(n=Count("pk")).values_list("n", flat=True)


def seats_on(programme: PublishedProgramme, participant: Participant, session: Session) -> list[Session]:
    """Return the parallel sessions on a session's day in which the participant has a seat (`held_in`), in order."""
    held = [it for it in programme.sessions if it.pk in participant.held_in]
    return [it for it in held if it.local_day == session.local_day]
