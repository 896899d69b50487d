"""Find and end processes by their properties: a pid from a file may belong to another process by now."""

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psutil

STOP_SECONDS = 60


def processes_of(is_meant: "Callable[[psutil.Process], bool]") -> "list[psutil.Process]":
    """Return the other running processes for which `is_meant` is true, leaving out those that cannot be inspected."""
    try:
        import psutil  # noqa: PLC0415 - development only
    except ImportError:
        return []
    processes = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and is_meant(process):
                processes.append(process)
    return processes


def parents_of(processes: "Iterable[psutil.Process]") -> set[int]:
    """Return the pids of the parents."""
    parents = set()
    for process in processes:
        import psutil  # noqa: PLC0415 - development only

        with contextlib.suppress(psutil.Error):
            parents.add(process.ppid())
    return parents


def is_alive(process: "psutil.Process") -> bool:
    """Return whether the process runs; zombies do not."""
    import psutil  # noqa: PLC0415 - development only

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def end(processes: "Iterable[psutil.Process]", how: signal.Signals = signal.SIGTERM) -> None:
    """Signal the processes to end, wait, and kill those that still run after STOP_SECONDS."""
    left = list(processes)
    if not left:
        return
    import psutil  # noqa: PLC0415 - development only

    for sent in (how, signal.SIGKILL):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(sent)
        deadline = time.monotonic() + STOP_SECONDS
        while (left := [process for process in left if is_alive(process)]) and time.monotonic() < deadline:
            time.sleep(0.02)
