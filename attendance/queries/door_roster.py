"""The roster of a door: what a desk's device keeps of the people of a session, to answer scans without a network."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.timezone import localtime

from attendance.personal_links import badges
from attendance.queries.check_in_desk import seats_on
from attendance.queries.session_windows import door_closes_at
from programme.models import Participant, Session
from programme.queries.published_programme import PublishedProgramme
from programme.rules.plain_words import plain

LONGEST_KEPT = dt.timedelta(hours=24)  # when a session is rehearsed days before


@dataclass(frozen=True)
class RosterPerson:
    """A person as devices keep them: no address, no code. `checks`: see `checks_of`.

    `plain`: name and city in plain words, to search by. `is_expected`: the session is for everybody, or they have a seat.
    """

    number: int
    name: str
    city: str
    plain: str
    is_expected: bool
    seats: tuple[str, ...]
    expo_pass: str
    checks: tuple[str, ...]


def roster(programme: PublishedProgramme, session: Session) -> list[RosterPerson]:
    """Return the registered people of the session's edition who have a name, by name. One query."""
    people = Participant.objects.registered().filter(edition=session.edition_id).exclude(user__name="")
    people = people.select_related("user", "delegation__city").with_held_seats()
    return [person_of(programme, session, it) for it in people.order_by("plain_name__name", "pk")]


def person_of(programme: PublishedProgramme, session: Session, participant: Participant) -> RosterPerson:
    city = str(participant.delegation)
    return RosterPerson(
        number=participant.pk,
        name=participant.user.name,
        city=city,
        plain=plain(f"{participant.user.name} {city}"),
        is_expected=not session.takes_seats or session.pk in participant.held_in,
        seats=tuple(seat_lines(seats_on(programme, participant, session))),
        expo_pass=str(Participant.ExpoPass(participant.expo_pass).label),
        checks=badges.checks_of(participant),
    )


def seat_lines(sessions: Iterable[Session]) -> Iterable[str]:
    """Return each session in which a person has a seat as text: "11:30 Governance: Room 2"."""
    return (f"{localtime(it.starts_at, it.edition.zone):%H:%M} {it.track}: {it.place or it.title}" for it in sessions)


def kept_for(session: Session, now: dt.datetime) -> dt.timedelta:
    """Return how long a device may keep the roster: until the door closes, at most LONGEST_KEPT; nothing once it is closed."""
    closes_at = door_closes_at(session)
    if closes_at is None or session.is_cancelled:
        return dt.timedelta()
    return min(max(closes_at - now, dt.timedelta()), LONGEST_KEPT)
