"""A clock that a test sets for Python and PostgreSQL alike: triggers and queries ask the database what time it is.

In the test's own transaction a schema of four functions, searched before PostgreSQL's own, answers with a setting.
"""

import datetime as dt
from contextlib import contextmanager

import time_machine
from django.db import connection

FUNCTIONS = ("clock_timestamp", "statement_timestamp", "transaction_timestamp", "now")
NOW = "test_clock.now"
SCHEMA = "\n".join(
    [
        "CREATE SCHEMA test_clock;",
        *(
            f"""CREATE FUNCTION test_clock.{name}() RETURNS timestamptz LANGUAGE sql STABLE
            AS $$ SELECT current_setting('{NOW}')::timestamptz $$;"""
            for name in FUNCTIONS
        ),
        "SET LOCAL search_path TO test_clock, pg_catalog, public;",
    ]
)


class Clock:
    """Stands still but for `move_to`."""

    def __init__(self, traveller):
        self._traveller = traveller
        self.now: dt.datetime

    def move_to(self, moment: dt.datetime) -> None:
        self.now = moment
        self._traveller.move_to(moment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [NOW, moment.isoformat()])


@contextmanager
def clock_at(moment: dt.datetime):
    """Inside a transaction, and until the block ends: a clock that stands at `moment`."""
    with time_machine.travel(moment, tick=False) as traveller:
        clock = Clock(traveller)
        clock.move_to(moment)
        yield clock


def teach_database() -> None:
    """Let PostgreSQL ask the test's clock until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
