"""gunicorn's threaded worker, which records how long each request waited and drops clients that stop sending."""

import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from gunicorn.workers.gthread import TConn, ThreadWorker

from udtacademy.http import load_shedding

T = TypeVar("T")
LONGEST_SILENCE = struct.pack("ll", 20, 0)  # seconds, microseconds without data within a request; proxies are faster


class Threads(ThreadPoolExecutor):
    def submit(self, handle: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        asked_at = time.monotonic()

        def run() -> T:
            load_shedding.note(time.monotonic() - asked_at)
            return handle(*args, **kwargs)

        return super().submit(run)


class Worker(ThreadWorker):  # type: ignore[misc]
    def get_thread_pool(self) -> ThreadPoolExecutor:
        return Threads(max_workers=self.cfg.threads)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's
        """Close the sockets at once when the process ends: each process has its own, which the kernel would still choose.

        gunicorn itself only stops accepting, and new connections would be lost.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                n_before = -1
                while n_before != self.nr_conns:  # accept the connections that are already waiting
                    n_before = self.nr_conns
                    self.accept(listener)
                listener.close()

    def enqueue_req(self, conn: TConn) -> None:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, LONGEST_SILENCE)
        super().enqueue_req(conn)
