"""Shared by the embedded servers."""

import os
import stat
import tempfile
from pathlib import Path
from typing import Protocol

START_SECONDS = 30


class ServerError(Exception):
    """A server cannot be started. The message is one line for the person at the terminal."""


class Server(Protocol):
    """A server that can be started and stopped. `start` returns its URL; `variable` is the environment variable for it."""

    variable: str

    def start(self) -> str: ...

    def stop(self) -> None: ...

    def is_running(self) -> bool: ...


def runtime_dir() -> Path:
    """Return this user's directory for sockets and locks, with a short path, as the length of socket paths is limited.

    Raises ServerError if it belongs to another user, or others can read it.
    """
    path = Path(tempfile.gettempdir()) / f"udtacademy-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o066:
        raise ServerError(f"{path} belongs to another user, or others can read it: remove it and try again")
    return path


def last_line(log: Path) -> str:
    try:
        return log.read_text(errors="replace").strip().rpartition("\n")[2]
    except OSError:
        return ""
