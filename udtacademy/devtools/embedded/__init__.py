"""PostgreSQL and Redis for a machine that has neither: private servers under var/, from Python wheels.

`servers()` completes the environment (DATABASE_URL, REDIS_URL, SECRET_KEY, DEBUG) and starts what nobody else gave.
Several commands may use the servers at once; the last one to leave stops them. Who still uses them is told by a shared
file lock, which the operating system releases when a process dies, however it dies. The first one therefore knows that
whatever still runs was left by a process that was killed, and ends it.

`python -m udtacademy.devtools.embedded` starts them again when they end; `manage.py start` runs it beside the site.

Nothing here needs Django's settings, and importing this starts nothing.
"""

import contextlib
import fcntl
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from udtacademy.devtools.embedded.postgres import Postgres
from udtacademy.devtools.embedded.processes import end, parents_of, processes_of
from udtacademy.devtools.embedded.redis_server import Redis
from udtacademy.devtools.embedded.server import Server, ServerError

__all__ = [
    "MARK",
    "Postgres",
    "Redis",
    "Server",
    "ServerError",
    "is_wanted",
    "keep_running",
    "servers",
    "started",
    "var_dir",
]

BASE_DIR = Path(__file__).resolve().parents[3]
WATCH_SECONDS = 1
# In the environment of the site's processes: the folder whose servers they use. By it they are found when they are left over.
MARK = "UDTACADEMY_VAR"

started: set[str] = set()  # the variables of the servers that this process has started, or found running
users_files: set[IO[str]] = set()


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
                    end_site(var)
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


def end_site(var: Path) -> None:
    """End the processes of a site that a killed start has left, and those that it had forked to pass on what they write.

    Those would not listen, and wait for ever for whoever read it.
    """
    left = processes_of(lambda process: process.environ().get(MARK) == str(var))
    parents = parents_of(left)
    end(processes_of(lambda process: process.pid in parents and "start" in process.cmdline()[2:3]), signal.SIGKILL)
    end(left)


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
