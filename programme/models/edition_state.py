"""The state of an edition's programme, read in one small query: the key of cached pages, and what ETags are made of."""

import datetime as dt
from dataclasses import dataclass

from udtacademy.db.prepared import PreparedStatement

# Prepared, as each public page and feed reads it: planning takes 0.25 ms of CPU, reading 0.05 ms.
# Each version of a row has its own transaction and position (xmin, ctid), whatever writes it and in whichever order
# transactions commit. Rooms and venues are left out: a trigger updates the sessions that they affect (triggers.py).
STATE = PreparedStatement(
    """
    SELECT e.id, e.is_published,
        md5(concat_ws('; ', concat_ws('/', e.id, e.xmin, e.ctid), concat_ws('/', 'venue', v.xmin, v.ctid), (
            SELECT string_agg(concat_ws('/', t.id, t.xmin, t.ctid), ' ' ORDER BY t.id)
            FROM programme_track t WHERE t.edition_id = e.id
        ), s.versions, (
            SELECT string_agg(concat_ws('/', 'question', q.id, q.xmin, q.ctid), ' ' ORDER BY q.id)
            FROM programme_question q WHERE q.edition_id = e.id
        ))),
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
    WHERE e.slug = $1
    """,
    types="text",
)


@dataclass(frozen=True)
class EditionState:
    """The state of an edition's programme.

    `digest`: a hash for cache keys and ETags that differs after each change of the edition, its venue, tracks, sessions or
    questions. `changed_at` (aware): the last change of the edition or a session, or deletion of a session.
    """

    pk: int
    is_published: bool
    digest: str
    changed_at: dt.datetime


def state_of(slug: str) -> EditionState | None:
    """Return the state of the edition with this slug; None where there is none. One query."""
    row = STATE.fetch_one(slug)
    return None if row is None else EditionState(*row)
