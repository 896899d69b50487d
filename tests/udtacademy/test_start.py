"""What bin/start sets for each process."""

import os
import subprocess
from contextlib import closing

import pytest
from django.conf import settings
from django.db import connection


def options_of(process, directory):
    """Return PGOPTIONS as the program that bin/start runs gets them."""
    programs = directory / "bin"
    programs.mkdir()
    for name in ("celery", "gunicorn", "python"):
        program = programs / name
        program.write_text('#!/bin/sh\nprintf %s "$PGOPTIONS"\n')
        program.chmod(0o755)
    start = [settings.BASE_DIR / "bin" / "start", process]
    environment = {"PATH": os.environ["PATH"], "VIRTUAL_ENV": str(directory)}
    return subprocess.run(start, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("process", "lock_timeout"),
    [("web", "10s"), ("worker", "1min"), ("mailer", "1min"), ("beat", "0"), ("migrate", "0")],
)
def test_sessions_end_with_their_machine_and_wait_for_locks_no_longer_than_is_of_use(tmp_path, process, lock_timeout):
    options = options_of(process, tmp_path)

    assert "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3" in options
    session = connection.get_new_connection(connection.get_connection_params() | {"options": options})
    with closing(session), session.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == (lock_timeout,)


@pytest.mark.django_db
def test_a_database_that_is_gone_is_noticed():
    parameters = connection.get_connection_params()

    assert [parameters[f"keepalives_{it}"] for it in ("idle", "interval", "count")] == [30, 10, 3]
