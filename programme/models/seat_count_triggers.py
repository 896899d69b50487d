"""Database triggers that keep the counts of seats (`seat_count`)."""

from collections.abc import Iterator

import pgtrigger

ROWS = """
    SELECT session_id, {sign} * (state = 'held')::int AS held, {sign} * (state = 'waiting')::int AS waiting,
        {sign} * (state = 'waiting' AND offered_at IS NOT NULL)::int AS offered
    FROM {table}
"""
ADDED, REMOVED = ROWS.format(sign=1, table="added"), ROWS.format(sign=-1, table="removed")


def counts_seats() -> Iterator[pgtrigger.Trigger]:
    """On Seat: add each change to the counts of its session, once a statement and in order of session."""
    operations = {
        pgtrigger.Insert: (pgtrigger.Referencing(new="added"), ADDED),  # type: ignore[no-untyped-call]
        pgtrigger.Update: (pgtrigger.Referencing(old="removed", new="added"), f"{ADDED} UNION ALL {REMOVED}"),  # type: ignore[no-untyped-call]
        pgtrigger.Delete: (pgtrigger.Referencing(old="removed"), REMOVED),  # type: ignore[no-untyped-call]
    }
    for operation, (referencing, rows) in operations.items():
        yield pgtrigger.Trigger(
            name=f"counts_seats_{str(operation).lower()}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=referencing,
            func=f"""
                INSERT INTO programme_seatcount AS counted (session_id, n_held, n_waiting, n_offered)
                SELECT session_id, sum(held), sum(waiting), sum(offered) FROM ({rows}) AS changed
                GROUP BY session_id HAVING (sum(held), sum(waiting), sum(offered)) <> (0, 0, 0) ORDER BY session_id
                ON CONFLICT (session_id) DO UPDATE SET n_held = counted.n_held + EXCLUDED.n_held,
                    n_waiting = counted.n_waiting + EXCLUDED.n_waiting, n_offered = counted.n_offered + EXCLUDED.n_offered;
                RETURN NULL;
            """,  # noqa: S608 - constant SQL
        )
