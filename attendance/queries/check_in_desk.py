"""What check-in shows: the sessions of the day, who came, people by name, and a person's seats."""

import datetime as dt
import re
from dataclasses import dataclass

from anyascii import anyascii
from django.db.models import Count, Q

from attendance.models import Evidence
from attendance.models.evidence import EvidenceQuerySet
from attendance.queries.sessions import sessions_at
from attendance.queries.standing import expected_at
from programme.models import Edition, Participant, Session
from programme.queries.published_programme import PublishedProgramme

MOST_MATCHES = 12


@dataclass(frozen=True)
class Door:
    """A session with the number of people checked in at its door, and of those expected."""

    session: Session
    n_in: int
    n_expected: int


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


def search(edition: Edition, typed: str) -> list[Participant]:
    """Return at most MOST_MATCHES people whose name, address or city has words that begin with each typed word.

    Accents and scripts do not matter.
    """
    typed_words = words_of(typed)[0]
    if not typed_words:
        return []
    people = edition.participants.with_people().filter(Q(state="registered")).order_by("user__name", "pk")
    matches = []
    for participant in people.iterator():
        spellings = words_of(f"{participant.user.name} {participant.user.email} {participant.delegation.city.name}")
        if any(all(any(it.startswith(word) for it in way) for word in typed_words) for way in spellings):
            matches.append(participant)
            if len(matches) == MOST_MATCHES:
                break
    return matches


def words_of(text: str) -> list[list[str]]:
    """Return the words in lower-case Latin letters, in two spellings: O'Brien as one word, and as two."""
    plain = anyascii(text).casefold()
    return [re.sub(r"[\W_]+", " ", it).split() for it in (plain.replace("'", ""), plain)]


def seats_on(programme: PublishedProgramme, participant: Participant, session: Session) -> list[Session]:
    """Return the parallel sessions on a session's day in which the participant has a seat (`held_in`), in order."""
    held = [it for it in programme.sessions if it.pk in participant.held_in]
    return [it for it in held if it.local_day == session.local_day]
