"""Which sessions a programme page shows: pure functions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol


class Filtered(Protocol):
    """A session. Typed Any because mypy does not know the types of model fields yet."""

    @property
    def pk(self) -> Any: ...

    @property
    def is_core(self) -> Any: ...

    @property
    def track(self) -> Any: ...

    @property
    def takes_seats(self) -> bool: ...


@dataclass(frozen=True)
class SessionFilter:
    """The sessions to show: "core", "mine" or of a track (its slug); all of them without a name."""

    name: str = ""
    track: str = ""

    @property
    def query(self) -> str:
        """Return it as a query string: "?core", "?track=governance"; empty for all."""
        if not self.name:
            return ""
        return f"?{self.name}={self.track}" if self.track else f"?{self.name}"

    def shows(self, session: Filtered, held_in: Collection[int]) -> bool:
        """Return whether to show the session. `held_in`: the sessions (primary keys) in which the visitor holds a seat."""
        match self.name:
            case "core":
                return bool(session.is_core)
            case "track":
                return session.track is not None and session.track.slug == self.track
            case "mine":
                return not session.takes_seats or session.pk in held_in
        return True


ALL, CORE, MINE = SessionFilter(), SessionFilter("core"), SessionFilter("mine")


def offered(sessions: Iterable[Filtered], *, has_seats: bool) -> dict[SessionFilter, str]:
    """Return the filters that make sense for the sessions, each with its track's name, in the order of the tracks.

    Empty if there is nothing to tell apart. A visitor who holds a seat has sessions of their own.
    """
    sessions = list(sessions)
    tracks = sorted({session.track for session in sessions if session.track}, key=lambda it: (it.position, it.slug))
    filters = {CORE: ""} if any(session.is_core for session in sessions) else {}
    filters |= {SessionFilter("track", track.slug): track.name for track in tracks}
    filters |= {MINE: ""} if has_seats else {}
    return {ALL: ""} | filters if filters else {}
