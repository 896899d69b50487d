"""Asking PostgreSQL beside Django, over a connection of its own."""

from contextlib import contextmanager

import psycopg2.extensions


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
