"""Private PostgreSQL and Redis servers under var/, from Python wheels, for a machine that has neither.

`servers()` sets DATABASE_URL, REDIS_URL, SECRET_KEY and DEBUG where they are not set, and starts the servers needed. Several
commands may use them at once; the last one to leave stops them. Each user holds a shared file lock, which the operating
system releases however the process dies. So the first user knows that servers still running were left by a killed process,
and ends them.

`python -m udtacademy.devtools.embedded` restarts them when they end; `manage.py start` runs it beside the site.

Nothing here needs Django's settings, and importing this starts nothing.
"""

import contextlib
import fcntl
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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
# Environment variable of the site's processes: the folder whose servers they use. It identifies processes left over.
MARK = "UDTACADEMY_VAR"

started: set[str] = set()  # variables of the servers this process started or joined
users_files: set[IO[str]] = set()


@contextlib.contextmanager
def servers(var: Path | None = None) -> Iterator[None]:
    """Run the block with DATABASE_URL and REDIS_URL set, starting private servers for those that are not.

    SECRET_KEY with CREDENTIALS_PRIVATE_KEY, and DEBUG get development values if not set. Raises ServerError.
    """
    var = var.resolve() if var else var_dir()
    users = open_users_file(var)
    os.environ.setdefault("DEBUG", "1")
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = made_once(var / "secret_key", lambda: secrets.token_urlsafe(50))
        os.environ.setdefault("CREDENTIALS_PRIVATE_KEY", made_once(var / "credentials.pem", credential_key))
    ours: list[Server] = [Postgres(var), Redis(var)]
    needed = [server for server in ours if not os.environ.get(server.variable)]
    with users:
        users_files.add(users)
        try:
            start_servers(needed, users, var)
            yield
        finally:
            leave_servers(needed, users, var)
            users_files.discard(users)


def open_users_file(var: Path) -> IO[str]:
    """Open the file whose shared lock tells who uses the servers. Raises ServerError if the folder is not usable."""
    if any(character.isspace() for character in str(var)):
        raise ServerError(
            f"PostgreSQL cannot use a folder with a space in its name ({var}). Set VAR_DIR to another folder"
        )
    try:
        var.mkdir(parents=True, exist_ok=True)
        return (var / "servers.users").open("w")
    except OSError as error:
        raise ServerError(f"{error.filename} is not writable ({error.strerror})") from error


def start_servers(needed: Iterable[Server], users: IO[str], var: Path) -> None:
    """Start the servers, or find them running, and set their variables. The first user ends what a killed one left."""
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


def leave_servers(needed: Sequence[Server], users: IO[str], var: Path) -> None:
    """Stop the servers if nobody else uses them, and unset their variables."""
    with exclusive(var / "servers.lock"):
        if is_last(users):
            for server in reversed(needed):
                server.stop()
    for server in needed:
        os.environ.pop(server.variable, None)
        started.discard(server.variable)


def end_site(var: Path) -> None:
    """End the processes of a site left by a killed `start`, and the forks that passed on their output.

    The forks ignore SIGTERM and would wait for ever.
    """
    left = processes_of(lambda process: process.environ().get(MARK) == str(var))
    parents = parents_of(left)
    end(processes_of(lambda process: process.pid in parents and "start" in process.cmdline()[2:3]), signal.SIGKILL)
    end(left)


def leave_the_lock_to_the_parent() -> None:
    """Close the lock file in a forked process, which would hold the lock after its parent was killed."""
    for users in users_files:
        users.close()
    users_files.clear()


os.register_at_fork(after_in_child=leave_the_lock_to_the_parent)


def var_dir() -> Path:
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def is_wanted() -> bool:
    """Return whether private servers may be used: not in production, with DATABASE_URL and without DEBUG."""
    is_debug = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
    return is_debug or not os.environ.get("DATABASE_URL")


def is_last(users: IO[str]) -> bool:
    """Return whether no other process holds the shared lock."""
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


def made_once(path: Path, make: Callable[[], str]) -> str:
    """Return this machine's secret in a file, made once."""
    with exclusive(path.parent / "servers.lock"):
        if not path.exists():
            unfinished = path.with_suffix(".new")
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600)
            unfinished.write_text(make())
            unfinished.rename(path)
        return path.read_text()


def credential_key() -> str:
    """Return a new key for digital credentials, in PEM."""
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def keep_running(servers: Iterable[Server], var: Path, is_wanted: Callable[[], bool]) -> None:
    """Restart each server whenever it has ended, until `is_wanted` returns False."""
    while is_wanted():
        for server in servers:
            with exclusive(var / "servers.lock"):  # not while another process starts or stops them
                if not is_wanted() or server.is_running():
                    continue
                name = type(server).__name__
                try:
                    server.start()
                    print(f"{name} had ended. It is running again.", flush=True)  # noqa: T201 - for the person at the terminal
                except ServerError as error:
                    print(f"{name} had ended: {error}", flush=True)  # noqa: T201
        time.sleep(WATCH_SECONDS)
