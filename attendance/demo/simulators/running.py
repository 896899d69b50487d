"""Which session's simulated meeting is being held, and how far it is. In the cache, so that pages of every process know it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.models import Session

AFTERWARDS = 120  # seconds that its report may take, after which a meeting that broke off is forgotten


@dataclass(frozen=True)
class HeldMeeting:
    """A simulated meeting that is being held."""

    began_at: dt.datetime
    seconds: int

    @property
    def n_gone(self) -> int:
        """Return how many of its seconds have gone."""
        return max(0, min(self.seconds, int((timezone.now() - self.began_at).total_seconds())))

    @property
    def has_ended(self) -> bool:
        return self.n_gone >= self.seconds


def key_of(session: Session) -> str:
    return f"attendance:simulated-meeting:{session.pk}"


def held_now(session: Session) -> HeldMeeting | None:
    """Return the simulated meeting of a session that is being held; None if there is none."""
    held: HeldMeeting | None = cache.get(key_of(session))
    return held


def begin(session: Session, seconds: int) -> None:
    """Note that a session's meeting is being held. Raises ProgrammeError if there is one already."""
    if not cache.add(key_of(session), HeldMeeting(timezone.now(), int(seconds)), timeout=int(seconds) + AFTERWARDS):
        raise ProgrammeError(
            _("A meeting of this session is being held already. Wait for its end."), code="meeting_is_held"
        )


@contextmanager
def ending(session: Session) -> Iterator[None]:
    """Forget the session's meeting at the end of the block, however it ends."""
    try:
        yield
    finally:
        cache.delete(key_of(session))
