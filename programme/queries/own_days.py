"""The days that are left of a participant's programme."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from programme.models import Session
from programme.queries.participant_programme import OwnProgramme


@dataclass(frozen=True)
class OwnDay:
    """A day of a participant's programme, in order of time. `on`: in the edition's zone; None if it is not known yet."""

    on: dt.date | None
    sessions: Sequence[Session]

    @property
    def key(self) -> str:
        """Return what the day consists of, in the address of its part of the page and in the cache."""
        return "-".join(str(session.pk) for session in self.sessions)

    @property
    def attended(self) -> list[Session]:
        return [session for session in self.sessions if not session.is_break]

    @property
    def shared_place(self) -> str:
        """Return the place if everything on the day is there, so that the page says it once; else ""."""
        places = {session.place for session in self.attended}
        return places.pop() if len(places) == 1 else ""

    @property
    def is_tentative(self) -> bool:
        """Return whether everything that is held on the day is tentative, so that the page says so once."""
        held = [session for session in self.attended if not session.is_cancelled]
        return bool(self.on and held) and all(session.is_unconfirmed for session in held)


def own_sessions_and_breaks(programme: OwnProgramme) -> list[Session]:
    """Return the sessions and breaks that are theirs: those for everybody, and the parallel ones in which they have a seat."""
    return [it for it in programme.sessions if not it.track_id or it.pk in programme.held_in]


def days_left(programme: OwnProgramme, now: dt.datetime) -> list[OwnDay]:
    """Return the days with sessions that are not over, without those that are, and without days of breaks alone."""
    left = [it for it in own_sessions_and_breaks(programme) if not it.is_over(now)]
    days = [OwnDay(on, list(sessions)) for on, sessions in groupby(left, key=lambda session: session.local_day)]
    return [day for day in days if day.attended]
