"""The statements that count attempts, by hand: Django took a tenth of a sign-in's time to compile them."""

from functools import cache

# A count stops just above its limit. A period never ends later than one that starts now, even after the clock was set back.
COUNT = """(
    INSERT INTO accounts_attemptcount AS counted (key, n, ends_at, user_id, is_told)
    SELECT %s, 1, statement_timestamp() + make_interval(secs => %s), %s::bigint, FALSE WHERE {is_allowed}
    ON CONFLICT (key) DO UPDATE SET
        n = CASE WHEN counted.ends_at > statement_timestamp() THEN LEAST(counted.n, %s) + 1 ELSE 1 END,
        is_told = counted.is_told AND counted.ends_at > statement_timestamp(),
        ends_at = CASE
            WHEN counted.ends_at > statement_timestamp() THEN LEAST(counted.ends_at, excluded.ends_at)
            ELSE excluded.ends_at
        END
    RETURNING n, ends_at, ends_at - statement_timestamp() AS wait
)"""
FORGIVE = "UPDATE accounts_attemptcount SET n = LEAST(n, %s) - 1 WHERE key = %s AND ends_at = %s AND n > 0"


@cache
def counting(n_limits: int) -> str:
    """Return the statement that counts an attempt for several limits. Their rows are locked in this order, too."""
    numbers = range(n_limits)
    allowed = ["TRUE", *(f"(SELECT n FROM count_{number}) <= %s" for number in numbers[:-1])]  # noqa: S608 - constant SQL
    counts = (f"count_{number} AS {COUNT.format(is_allowed=allowed[number])}" for number in numbers)
    rows = (f"SELECT {number} AS number, * FROM count_{number}" for number in numbers)  # noqa: S608 - constant SQL
    return (
        f"WITH {', '.join(counts)} SELECT n, ends_at, wait FROM ({' UNION ALL '.join(rows)}) all_counts ORDER BY number"  # noqa: S608
    )
