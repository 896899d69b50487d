"""Finding and ending processes, by what they are and not by numbers in files: those may be another process's by now."""

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
    """Return the running processes for which `is_meant` is true, but for this one; of those it may not ask about, none."""
    try:
        import psutil  # noqa: PLC0415 - development only
    except ImportError:
        return []
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and is_meant(process):
                found.append(process)
    return found


def parents_of(processes: "Iterable[psutil.Process]") -> set[int]:
    """Return the numbers of the processes that have started these."""
    found = set()
    for process in processes:
        import psutil  # noqa: PLC0415 - development only

        with contextlib.suppress(psutil.Error):
            found.add(process.ppid())
    return found


def is_alive(process: "psutil.Process") -> bool:
    """Whether it still runs; one that nobody has waited for yet does not."""
    import psutil  # noqa: PLC0415 - development only

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def end(processes: "Iterable[psutil.Process]", how: signal.Signals = signal.SIGTERM) -> None:
    """Ask the processes to end, wait for it, and kill those that do not within STOP_SECONDS."""
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
