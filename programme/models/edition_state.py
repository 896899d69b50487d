"""What tells one state of a programme from another, in one small query: for answers that are kept, and for 304."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.db import connection

# Every version of a row has a transaction and a place of its own (xmin, ctid), whoever writes it and whichever of two
# transactions commits first. Rooms and venues need no look: what they change moves the rows of sessions (triggers.py).
STATE = """
    SELECT e.id, e.is_published,
        concat_ws('; ', concat_ws('/', e.id, e.xmin, e.ctid), concat_ws('/', 'venue', v.xmin, v.ctid), (
            SELECT string_agg(concat_ws('/', t.id, t.xmin, t.ctid), ' ' ORDER BY t.id)
            FROM programme_track t WHERE t.edition_id = e.id
        ), s.versions),
        GREATEST(e.changed_at, s.changed_at, (
            SELECT max(d.pgh_created_at) FROM programme_sessionevent d
            WHERE d.edition_id = e.id AND d.pgh_label = 'delete'
        ))
    FROM programme_edition e
    LEFT JOIN programme_venue v ON v.id = e.venue_id
    CROSS JOIN LATERAL (
        SELECT max(one.changed_at) AS changed_at,
            string_agg(concat_ws('/', one.id, one.xmin, one.ctid), ' ' ORDER BY one.id) AS versions
        FROM programme_session one WHERE one.edition_id = e.id
    ) s
    WHERE e.slug = %s
"""


@dataclass(frozen=True)
class EditionState:
    """`versions` differs after every change of the edition, its venue, tracks or sessions; `changed_at` is the time of the
    last change or deletion of the edition or a session.
    """

    pk: int
    is_published: bool
    versions: str
    changed_at: dt.datetime

    @cached_property
    def digest(self) -> str:
        """The versions in short: what is kept carries it in its name."""
        return sha256(self.versions.encode()).hexdigest()

    @cached_property
    def edition_version(self) -> str:
        """Of the edition's row alone."""
        return self.versions.partition("; ")[0]

    def session_version(self, pk: int) -> str:
        """Of the row of one of its sessions; empty for one that was not there then."""
        rows = self.versions.rpartition("; ")[2].split(" ")
        return next((it for it in rows if it.startswith(f"{pk}/")), "")


_last_seen: dict[str, EditionState] = {}


def state_of(slug: str) -> EditionState | None:
    """None where there is no such edition."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [slug])
        row = cursor.fetchone()
    if row is None:
        _last_seen.pop(slug, None)
        return None
    state = _last_seen[slug] = EditionState(*row)
    return state


def last_seen_state(slug: str) -> EditionState | None:
    """The state that this process saw last, which costs nothing: for what finds out by itself whether it still holds."""
    return _last_seen.get(slug)
