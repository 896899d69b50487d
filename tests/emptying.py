"""Empty the tables after a test that commits, as Django's `flush` does, at a fraction of its price.

`flush` truncates all tables, for each of which PostgreSQL makes new files, and sends `post_migrate`, whose receivers write content
types, permissions, roles and plain letters again. Here only tables with rows are emptied, by DELETE, and those are left as they are.
"""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

from programme.models import PlainLetter

FILLED_BY_MIGRATE = [
    model._meta.db_table for model in (ContentType, Permission, Group, Group.permissions.through, PlainLetter)
]

flush = TransactionTestCase._fixture_teardown
left_by_migrate = []


def contents():
    """What is in the tables that migrating fills: a checksum of each."""
    sums = [f"(SELECT sum(hashtextextended(t::text, 0)) FROM {table} t)" for table in FILLED_BY_MIGRATE]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}")
        return cursor.fetchone()


def empty_tables(test_case):
    """If a test changed what migrating fills, leave everything to `flush`."""
    if left_by_migrate != [contents()]:
        flush(test_case)
        left_by_migrate[:] = [contents()]
        return
    with transaction.atomic(), connection.cursor() as cursor:
        names = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
        asked = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names.difference(FILLED_BY_MIGRATE)]
        cursor.execute(" UNION ALL ".join(asked))
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role TO replica")  # no triggers: order does not matter
        for name in filled:
            cursor.execute(f"DELETE FROM {name}")


def install():
    """Once the tables are migrated."""
    left_by_migrate[:] = [contents()]
    TransactionTestCase._fixture_teardown = empty_tables
