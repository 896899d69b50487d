"""When sessions were taught, which is read once for everybody, and kept."""

from collections.abc import Iterable
from functools import lru_cache

from attendance.models import TaughtTime
from programme.models import Session


def know_taught_times(sessions: Iterable[Session]) -> None:
    """Set `taught` of some sessions, which are as `own_programme` has them. No query while the programme is as it was."""
    for session in sessions:
        found = _taught_times(session.edition_id, session.version).get(session.pk)
        Session._meta.get_field("taught").set_cached_value(session, found)


@lru_cache(maxsize=16)
def _taught_times(edition: int, _version: str) -> dict[int, TaughtTime]:
    """By session. A trigger sees to it that another taught time is another version of the programme."""
    return {it.session_id: it for it in TaughtTime.objects.filter(session__edition=edition)}
