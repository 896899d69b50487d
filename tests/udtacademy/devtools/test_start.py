"""`make run` as a person uses it, on real servers of its own: start, use, take the database away, stop, start again."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import psycopg2
import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from programme.management.commands.start import ensure_known_data
from tests.database import connected
from udtacademy.devtools import embedded
from udtacademy.devtools.embedded.postgres import DATABASE
from udtacademy.devtools.embedded.processes import processes_of

pytestmark = pytest.mark.slow

ROOT = Path(embedded.__file__).parents[3]
PATIENCE = 300  # seconds; beside three processes with browsers on two cores, a first start took more than 150


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "SITE_URL"}}
    return kept | {
        "DEBUG": "1",
        "METRICS_TOKEN": "seen",
        "VAR_DIR": str(tmp_path / "var"),
        "HOST": "x86_64-conda-linux-gnu",
    }


@pytest.fixture
def start(port, environment):
    """Start the site; whatever a test leaves is stopped."""
    started = []

    def start():
        command = [sys.executable, "manage.py", "start"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment | {"PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def wait_for(url, expected):
    """Ask until the answer is the expected one; its body."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found, body = status(url)
        if found == expected:
            return body
        time.sleep(0.1)  # asking again, not waiting for luck: the deadline decides
    pytest.fail(f"{url} answers {found}: {body}")


def named(name, site, var):
    """The oldest process of that name of this site, or of its servers, first."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            if name in words and (str(var) in words or process.environ().get(embedded.MARK) == str(var)):
                found.append(process)
    return sorted(found, key=psutil.Process.create_time)


def wait_until_another(name, pid, site, var):
    deadline = time.monotonic() + PATIENCE
    while not (found := named(name, site, var)) or found[0].pid == pid:
        assert time.monotonic() < deadline, f"{name} does not come back"
        time.sleep(0.1)


def is_migrating(var):
    """Whether a start has come as far as the migrations; the programme and the demo come next."""
    try:
        folder = (var / "postgres" / "postmaster.pid").read_text().split("\n")[4]
        with connected(host=folder, user="postgres", dbname=DATABASE) as connection:
            return connection.execute("SELECT count(*) > 20 FROM django_migrations").fetchone()[0]
    except (OSError, IndexError, psycopg2.Error):
        return False


def kill_first_starts(start, site, var):
    """Kill two starts, the first while it migrates, the second once it serves."""
    killed, deadline = start(), time.monotonic() + PATIENCE
    while not is_migrating(var):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    killed = start()
    wait_for(f"{site}/readyz", 200)
    killed.kill()
    killed.wait()


def test_start_use_lose_the_database_stop_and_start_again(start, port, environment):
    """The first starts are killed, alone: whatever they had started goes on, and the next start ends it."""
    site, var = f"http://127.0.0.1:{port}", Path(environment["VAR_DIR"])
    kill_first_starts(start, site, var)
    first = start()

    output = iter(first.stdout.readline, "")
    assert "UDT Academy is starting. Open\n" in output  # all that the others had left has ended by then
    assert "Ctrl-C stops everything. The data stays under var/.\n" in output
    assert "ok     beat" in wait_for(f"{site}/readyz", 200)
    assert "Peer-learning: from challenge to use case" in wait_for(f"{site}/udt-2025/", 200)
    assert "Demo edition" in wait_for(f"{site}/", 200)

    # Whichever process answers, it counts what all of them did.
    for _ in range(6):
        wait_for(f"{site}/healthz", 200)
    asked = urllib.request.Request(f"{site}/metrics", headers={"Authorization": "Bearer seen"})
    counted = re.compile(r'academy_request_seconds_count\{method="GET",route="healthz",status="2xx"\} (\d+)')
    assert [float(counted.search(status(asked)[1])[1]) for _ in range(4)] == [6, 6, 6, 6]

    # The database goes away: calm answers, and recovery by itself. As long as the lock is ours, nobody starts it again.
    database = embedded.Postgres(var)
    with embedded.exclusive(var / "servers.lock"):
        database.stop()
        assert "FAILED database" in wait_for(f"{site}/readyz", 503)
        assert "The service is temporarily unavailable" in wait_for(f"{site}/udt-2025/", 503)
        assert wait_for(f"{site}/healthz", 200) == "ok\n"
        form = {"Cookie": "sessionid=" + "x" * 32}
        signed_in = urllib.request.Request(f"{site}/admin/login/", data=b"x=1", headers=form)
        assert status(signed_in)[0] == 503
    assert "UDT Academy 2025" in wait_for(f"{site}/udt-2025/", 200)
    wait_for(f"{site}/readyz", 200)

    # Whatever is killed comes back, as often as it is killed: servers, and the processes of the site.
    for name in ("redis-server", "redis-server", "postgres", "mailer@", "worker@", "--quiet beat", "udtacademy.wsgi"):
        (killed, *_rest) = named(name, first, var)
        killed.kill()
        wait_until_another(name, killed.pid, first, var)
        assert "ok     mailer" in wait_for(f"{site}/readyz", 200)

    # A second one on the same port: one plain line.
    output, _ = start().communicate(timeout=PATIENCE)
    assert output.strip().splitlines()[-1] == (
        f"CommandError: Port {port} cannot be used (Address already in use). Is the site already running?"
        " If not, choose another port: make run PORT=8001"
    )

    family = psutil.Process(first.pid).children(recursive=True)
    assert len(family) >= 6
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=PATIENCE)
    assert [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    assert not (var / "postgres" / "postmaster.pid").exists()

    again = start()
    assert "Peer-learning" in wait_for(f"{site}/udt-2025/", 200)
    again.send_signal(signal.SIGINT)
    output, _ = again.communicate(timeout=PATIENCE)
    assert "already around now: nothing to change" in output
    assert processes_of(lambda it: {str(port), str(var)} & set(it.cmdline()) or is_marked(it, var)) == []
    assert processes_of(lambda it: str(var) in " ".join(it.cmdline())) == []


def test_packages_that_were_installed_by_half_are_installed_again(tmp_path):
    """pip would take them for installed, and pip itself may be one of them."""
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    records = {
        "whole-1.0.dist-info": "whole.py,,\nwhole-1.0.dist-info/INSTALLER,,\n",
        "files_only-1.0.dist-info": None,
        "unfinished-1.0.dist-info": "unfinished.py,,\n",  # as it comes in the wheel
        "~leaving-1.0.dist-info": "x.py,,\n~leaving-1.0.dist-info/INSTALLER,,\n",
        "module": None,
    }
    for name, record in records.items():
        (packages / name).mkdir(parents=True)
        if record:
            (packages / name / "RECORD").write_text(record)

    command = ["make", "--eval", "halves: ; @$(DROP_HALVES)", "halves", f"VENV={tmp_path}/venv"]
    subprocess.run(command, cwd=ROOT, check=True)

    assert sorted(it.name for it in packages.iterdir()) == ["module", "whole-1.0.dist-info"]


def is_marked(process, var):
    return process.environ().get(embedded.MARK) == str(var)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x"}, 'Environment variable "SECRET_KEY" not set'),
        ({"DATABASE_URL": "postgresql://x", "SECRET_KEY": "x"}, 'Environment variable "REDIS_URL" not set'),
        (
            {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "SECRET_KEY": "x", "DEBUG": "maybe"},
            "Not a valid boolean",
        ),
    ],
)
def test_production_says_what_is_missing(environment, variables, expected):
    kept = {name: value for name, value in environment.items() if name not in {"DEBUG", "SECRET_KEY"}}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert expected in done.stderr
    assert "See docs/operators.md for the variables" in done.stderr


def test_a_server_that_cannot_start_is_one_line(environment):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment | {"PATH": "/nowhere", "VAR_DIR": "/dev/null/var"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("UDT Academy cannot start: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.django_db
def test_data_of_another_version_are_refused_with_a_sentence():
    ensure_known_data()
    MigrationRecorder(connection).record_applied("programme", "0099_of_another_version")

    with pytest.raises(CommandError, match="delete var/ and start again"):
        ensure_known_data()
