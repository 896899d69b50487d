"""What the embedded servers have in common."""

import os
import stat
import tempfile
from pathlib import Path
from typing import Protocol

START_SECONDS = 30


class ServerError(Exception):
    """A server cannot be started. The message is one line for the person at the terminal."""


class Server(Protocol):
    """A server that is started, found under a URL, and stopped."""

    variable: str

    def start(self) -> str: ...

    def stop(self) -> None: ...

    def is_running(self) -> bool: ...


def runtime_dir() -> Path:
    """A short directory of this user's own for sockets and locks: paths of Unix sockets are limited in length."""
    path = Path(tempfile.gettempdir()) / f"udtacademy-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o066:
        raise ServerError(f"{path} belongs to somebody else; remove it and try again")
    return path


def last_line(log: Path) -> str:
    try:
        return log.read_text(errors="replace").strip().rpartition("\n")[2]
    except OSError:
        return ""
