"""python -m udtacademy.devtools.reloading COMMAND…: run a command; restart it when it ends or a file is saved."""

import signal
import subprocess
import sys
import threading
import time

from watchfiles import watch

WATCHED = ("udtacademy", "programme", "attendance", "templates")
POLL_MILLISECONDS = 500
STOP_SECONDS = 10
# A process that ends sooner has a lasting error, such as a syntax error: it is restarted when a file is saved.
STEADY_SECONDS = 10


class Reloaded:
    """A process of the site that is restarted."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command)  # noqa: S603 - a line of our Procfile
        self.started_at = time.monotonic()
        self.is_waiting = False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # gunicorn and Celery finish running work and accept no more
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart_if_ended(self) -> None:
        if self.is_waiting or self.process.poll() is None:
            return
        if time.monotonic() - self.started_at < STEADY_SECONDS:
            print("The process has ended. It will restart when a file is saved.", flush=True)
            self.is_waiting = True
        else:
            print("The process has ended. Restarting.", flush=True)
            self.start()


def main(*command: str) -> None:
    """Run the command until SIGTERM, which its whole process group receives; then wait for it to end."""
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    site = Reloaded(list(command))
    for changes in watch(*WATCHED, stop_event=ending, rust_timeout=POLL_MILLISECONDS, yield_on_timeout=True):
        if changes:
            print("A file was saved. Restarting.", flush=True)
            site.stop()
            site.start()
        else:
            site.restart_if_ended()
    site.process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
