"""Asking PostgreSQL beside Django, over a connection of its own, and what Django asked it."""

from contextlib import contextmanager

import psycopg2.extensions
from django.db import connection as of_django


class Cursor(psycopg2.extensions.cursor):
    def execute(self, *arguments):
        super().execute(*arguments)
        return self


@contextmanager
def connected(address="", *, autocommit=True, **parameters):
    """Yield a cursor. Without `autocommit`, what it does is one transaction, committed at the end of the block."""
    connection = psycopg2.connect(address, cursor_factory=Cursor, **parameters)
    connection.autocommit = autocommit
    try:
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    finally:
        connection.close()


def rows_read(queries, *tables):
    """How many rows captured SELECTs answer, asked again: all of them, or those of some tables."""
    n_rows = 0
    with of_django.cursor() as cursor:
        for query in queries.captured_queries:
            sql = query["sql"]
            if sql.startswith("SELECT") and (not tables or any(f'FROM "{table}"' in sql for table in tables)):
                cursor.execute(sql)
                n_rows += len(cursor.fetchall())
    return n_rows
