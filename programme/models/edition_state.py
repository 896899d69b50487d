"""What tells one state of a programme from another, in one small query: for answers that are kept, and for 304."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.db import connection

# Every version of a row has a transaction and a place of its own (xmin, ctid), whoever writes it and whichever of two
# transactions commits first. Rooms and venues need no look: what they change moves the rows of sessions (triggers.py).
STATE = """
    SELECT e.id, e.is_published, e.xmin, e.ctid, v.xmin, v.ctid,
        (SELECT string_agg(concat_ws('/', t.id, t.xmin, t.ctid), ' ' ORDER BY t.id)
            FROM programme_track t WHERE t.edition_id = e.id),
        (SELECT string_agg(concat_ws('/', s.id, s.xmin, s.ctid), ' ' ORDER BY s.id)
            FROM programme_session s WHERE s.edition_id = e.id),
        GREATEST(
            e.changed_at,
            (SELECT max(s.changed_at) FROM programme_session s WHERE s.edition_id = e.id),
            (SELECT max(d.pgh_created_at) FROM programme_sessionevent d
                WHERE d.edition_id = e.id AND d.pgh_label = 'delete')
        )
    FROM programme_edition e LEFT JOIN programme_venue v ON v.id = e.venue_id
    WHERE e.slug = %s
"""


@dataclass(frozen=True)
class EditionState:
    """`rows` differs after every change of the edition, its venue, tracks or sessions; `changed_at` is the time of the
    last change or deletion of the edition or a session.
    """

    pk: int
    is_published: bool
    rows: tuple[str | None, ...]
    changed_at: dt.datetime

    @cached_property
    def digest(self) -> str:
        """The rows in short: what is kept carries it in its name."""
        return sha256(repr(self.rows).encode()).hexdigest()


def state_of(slug: str) -> EditionState | None:
    """None where there is no such edition."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [slug])
        row = cursor.fetchone()
    return row and EditionState(row[0], row[1], tuple(None if it is None else str(it) for it in row[2:-1]), row[-1])
