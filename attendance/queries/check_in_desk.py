"""What check-in shows: the sessions of the day, who came, people by name, and a person's seats."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from attendance.models import Evidence
from attendance.models.evidence import EvidenceQuerySet
from attendance.queries.sessions import sessions_at
from attendance.queries.standing import expected_at
from programme.models import Edition, Participant, Session
from programme.queries.published_programme import PublishedProgramme
from programme.queries.search import names_beginning

MOST_MATCHES = 12


@dataclass(frozen=True)
class Door:
    """A session with the number of people checked in at its door, and of those expected."""

    session: Session
    n_in: int
    n_expected: int


@dataclass(frozen=True)
class Matches:
    """The first people found by a search, by name, at most MOST_MATCHES of `n`."""

    people: Sequence[Participant] = ()
    n: int = 0


def doors_of(edition: Edition, now: dt.datetime) -> list[Door]:
    """Return the sessions of today in the edition's zone, and those open over midnight.

    Two queries, and one for each session.
    """
    sessions = sessions_at(edition, now)
    counts = arrivals(*sessions).values_list("session").annotate(n=Count("participant", distinct=True))
    n_in = dict(counts.order_by())
    return [Door(it, n_in.get(it.pk, 0), expected_at(it).count()) for it in sessions]


def arrivals(*sessions: Session) -> EvidenceQuerySet:
    """Return the scans that checked people in at the doors of sessions."""
    return Evidence.objects.effective().filter(session__in=[it.pk for it in sessions], kind=Evidence.Kind.DOOR)


def counts_at(session: Session) -> dict[str, int]:
    """Return how many were checked in at the door (`n_in`), and how many are expected (`n_expected`)."""
    return {
        "n_in": arrivals(session).values("participant").distinct().count(),
        "n_expected": expected_at(session).count(),
    }


def latest(session: Session, n: int = 8) -> list[Evidence]:
    """Return the last `n` scans that checked somebody in."""
    return list(arrivals(session).with_people().order_by("-pk")[:n])


def search(edition: Edition, typed: str) -> Matches:
    """Return the people whose name, address or city has words that begin with each typed word.

    Accents and scripts do not matter (`PlainName`). One query, and another to count more than MOST_MATCHES.
    """
    names = names_beginning(edition, typed)
    if names is None:
        return Matches()
    # Each join more takes longer to plan than to do.
    people = Participant.objects.select_related("user", "delegation__city")
    matches = people.filter(pk__in=names.values("participant")[:MOST_MATCHES])
    shown = list(matches.order_by("plain_name__name", "pk"))
    return Matches(shown, len(shown) if len(shown) < MOST_MATCHES else names.count())


def seats_on(programme: PublishedProgramme, participant: Participant, session: Session) -> list[Session]:
    """Return the parallel sessions on a session's day in which the participant has a seat (`held_in`), in order."""
    held = [it for it in programme.sessions if it.pk in participant.held_in]
    return [it for it in held if it.local_day == session.local_day]
