"""Migrations run before the last old process ends: what old code could not bear is no migration of ours."""

import pytest
from django.conf import settings
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements, get_sql_analyser_class

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_migration_bears_old_code():
    linter = MigrationLinter(
        path=str(settings.BASE_DIR),
        include_apps=["programme", "attendance"],
        no_cache=True,
        no_output=True,
        ignore_sqlmigrate_errors=False,
    )

    linter.lint_all_migrations()

    assert not linter.has_errors
    assert linter.nb_erroneous == 0
    assert linter.nb_total >= linter.nb_valid > 0


def test_the_linter_sees_what_old_code_could_not_bear():
    """The negative control."""
    errors, _ignored, _warnings = analyse_sql_statements(
        get_sql_analyser_class("postgresql"), ["ALTER TABLE programme_city DROP COLUMN country"]
    )

    assert [error.code for error in errors] == ["DROP_COLUMN"]
