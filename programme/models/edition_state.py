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


def state_of(slug: str) -> EditionState | None:
    """None where there is no such edition."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [slug])
        row = cursor.fetchone()
    return None if row is None else EditionState(*row)
