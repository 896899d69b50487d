"""Waiting until another connection stands at a lock of this one, for tests of two at once."""

import time

from django.db import connection

LONGEST = 30  # seconds


def is_waited_for():
    """Whether another connection waits for this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0] > 0


def until_waited_for():
    """Return as soon as another connection waits for this one, which is in a transaction."""
    until = time.monotonic() + LONGEST
    while not is_waited_for():
        assert time.monotonic() < until, "nobody waits"
