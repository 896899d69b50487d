"""python -m udtacademy.devtools.reloading COMMAND…: run it, and start it again when it ends or a file of the site is saved."""

import signal
import subprocess
import sys
import threading
import time

from watchfiles import watch

WATCHED = ("udtacademy", "programme", "attendance", "templates")
POLL_MILLISECONDS = 500
STOP_SECONDS = 10
# What ends sooner ends for a reason that stays, such as a syntax error: it waits for the next saved file.
STEADY_SECONDS = 10


class Reloaded:
    """One process of the site, in its latest incarnation."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command)  # noqa: S603 - a line of our own Procfile
        self.started_at = time.monotonic()
        self.is_waiting = False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # gunicorn and Celery finish what they are doing, but take nothing new
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart_if_ended(self) -> None:
        if self.is_waiting or self.process.poll() is None:
            return
        if time.monotonic() - self.started_at < STEADY_SECONDS:
            print("It has ended; it starts again when a file is saved.", flush=True)
            self.is_waiting = True
        else:
            print("It has ended; it starts again.", flush=True)
            self.start()


def main(*command: str) -> None:
    """Run the command until SIGTERM, which its whole process group gets, and then wait for it to end."""
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    site = Reloaded(list(command))
    for changes in watch(*WATCHED, stop_event=ending, rust_timeout=POLL_MILLISECONDS, yield_on_timeout=True):
        if changes:
            print("A file has been saved; starting again.", flush=True)
            site.stop()
            site.start()
        else:
            site.restart_if_ended()
    site.process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
