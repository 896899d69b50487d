"""What the screen in a session's room shows: how many are there, and who is still missing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from attendance.models import RoomScreen
from attendance.queries.sessions import has_door
from attendance.queries.sign_in_sheets import in_order
from attendance.queries.turnout import missing_from, turnouts_now
from attendance.rules.turnout import Turnout
from programme.models import Participant, Session


@dataclass(frozen=True)
class MissingCity:
    """A city of which people are still missing. `names`: empty unless the organisers show them."""

    city: str
    n: int
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Room:
    """How many of those expected are there, and the cities of which somebody is missing, if they are shown."""

    turnout: Turnout
    cities: Sequence[MissingCity]


def room_screen_of(session: Session) -> RoomScreen:
    """Return what a session's screen shows; as by default if nobody has chosen."""
    return RoomScreen.objects.filter(session=session).first() or RoomScreen(session=session)


def takes_self_check_in(session: Session) -> bool:
    """Return whether people can check themselves in at a session: in person, and switched on. One query."""
    return has_door(session) and RoomScreen.objects.filter(session=session, takes_self_check_in=True).exists()


def room_of(session: Session, missing: str, now: dt.datetime) -> Room:
    """Return who is at a session. `missing`: how much is told of those who are not. Two queries, and one for the cities."""
    people = [] if missing == RoomScreen.Missing.NUMBERS else in_order(missing_from(session))
    shows_names = missing == RoomScreen.Missing.NAMES
    cities = [city_of(list(them), shows_names=shows_names) for _pk, them in groupby(people, key=city_pk)]
    return Room(turnouts_now([session], now)[session.pk], cities)


def city_pk(participant: Participant) -> int:
    return participant.delegation_id


def city_of(people: Sequence[Participant], *, shows_names: bool) -> MissingCity:
    names = [str(it) for it in people] if shows_names else []
    return MissingCity(people[0].delegation.city.name, len(people), names)
