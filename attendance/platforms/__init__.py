"""Meeting platforms that report who is in a meeting while it is held: one module each (docs/developers.md, "Add a platform").

A module has, of its webhook, `answer_of(request)` and `read(payload)`; of its meetings, `meeting_in(url)`.
"""

from collections.abc import Iterator
from types import ModuleType

from attendance.platforms import bigbluebutton, standard, zoom

MODULES: dict[str, ModuleType] = {"zoom": zoom, "bigbluebutton": bigbluebutton, "webhook": standard}


def meetings_at(url: str) -> Iterator[tuple[str, str]]:
    """Yield each platform, and its number of the meeting, that a session's meeting link may be of."""
    for platform, module in MODULES.items():
        if meeting := module.meeting_in(url):
            yield platform, meeting
