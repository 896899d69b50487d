"""Migrations run before the last old process ends: what old code could not bear is no migration of ours."""

import pytest
from django.conf import settings
from django_migration_linter import MigrationLinter

# Nobody ran the site before these: they were never applied under code that was older than they are.
BEFORE_THE_FIRST_RELEASE = {
    "programme": "0011_roles_of_messages",
    "attendance": "0008_reports_of_one_edition",
}

HARMLESS = [
    "0018_longer_calendar_tokens",  # only makes a column wider, for which PostgreSQL touches no row
    "0015_reminders_of_a_start",  # unique in place of two that were narrower; old code writes on, and leaves conflicts out
]

pytestmark = pytest.mark.django_db


def linted(*, ignored=()):
    linter = MigrationLinter(
        path=str(settings.BASE_DIR),
        include_apps=list(BEFORE_THE_FIRST_RELEASE),
        ignore_name=ignored,
        no_cache=True,
        no_output=True,
        ignore_sqlmigrate_errors=False,
    )
    linter.lint_all_migrations()
    return linter


def older(app):
    """The names of an app's migrations up to the first release."""
    names = sorted(it.stem for it in (settings.BASE_DIR / app / "migrations").glob("0*.py"))
    return names[: names.index(BEFORE_THE_FIRST_RELEASE[app]) + 1]


def test_every_migration_since_the_first_release_bears_old_code():
    linter = linted(ignored=[name for app in BEFORE_THE_FIRST_RELEASE for name in older(app)] + HARMLESS)

    assert not linter.has_errors
    assert linter.nb_erroneous == 0
    assert linter.nb_total > linter.nb_valid


def test_the_linter_sees_what_old_code_could_not_bear():
    """The negative control: among the migrations from before there are such."""
    assert linted().nb_erroneous > 0
