"""Indexes that a migration builds while the table is written to."""

from django.db import migrations


def build_concurrently(name: str, on: str) -> migrations.RunSQL:
    """Build the index `name` on `on`: "table (columns) WHERE (condition)". The migration is not atomic.

    Unlike `AddIndexConcurrently`, it can run again after a crash between building the index and noting the migration as applied:
    what an interrupted attempt has left is dropped first. Nothing is built twice otherwise.
    """
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return migrations.RunSQL([drop, f"CREATE INDEX CONCURRENTLY {name} ON {on}"], drop)
