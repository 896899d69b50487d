"""Migrations run before the last old process ends: what old code could not bear is no migration of ours."""

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements, get_sql_analyser_class

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
OURS = ["accounts", "outbox", "programme", "attendance"]


def test_every_migration_bears_old_code():
    """Each one looked at costs a second, so not those that can meet no old code: what one migration replaces has been applied
    wherever it will ever be, and what replaces it is applied to a new database only.
    """
    ours = [it for it in MigrationLoader(None).disk_migrations.values() if it.app_label in OURS]
    replaced = {name for it in ours for _app, name in it.replaces} | {it.name for it in ours if it.replaces}
    linter = MigrationLinter(
        path=str(settings.BASE_DIR),
        include_apps=OURS,
        ignore_name=sorted(replaced),
        no_cache=True,
        no_output=True,
        ignore_sqlmigrate_errors=False,
    )

    linter.lint_all_migrations()

    assert not linter.has_errors
    assert linter.nb_erroneous == 0
    assert linter.nb_total - linter.nb_ignored == len([it for it in ours if it.name not in replaced]) > 0


def test_the_linter_sees_what_old_code_could_not_bear():
    """The negative control."""
    errors, _ignored, _warnings = analyse_sql_statements(
        get_sql_analyser_class("postgresql"), ["ALTER TABLE programme_city DROP COLUMN country"]
    )

    assert [error.code for error in errors] == ["DROP_COLUMN"]


@pytest.mark.parametrize("name", ["0007_sent_by_index", "0011_indexes_of_the_morning"])
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_is_not_atomic_can_run_again(name):
    """A crash may come between what it did and its being noted as applied."""
    loader = MigrationLoader(connection)
    migration = loader.disk_migrations["outbox", name]
    state = loader.project_state([(migration.app_label, it) for it in dict(migration.dependencies).values()])

    with connection.schema_editor(atomic=migration.atomic) as editor:
        migration.apply(state, editor)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchone() == (0,)


def test_each_migration_that_is_not_atomic_is_tested_for_it():
    loader = MigrationLoader(None)

    found = {name for (app, name), it in loader.disk_migrations.items() if app in OURS and not it.atomic}

    assert found == {"0007_sent_by_index", "0011_indexes_of_the_morning"}
