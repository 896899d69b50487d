"""gunicorn's worker with threads, which notes how long each request waited, and lets nobody hold a thread by silence."""

import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from gunicorn.workers.gthread import TConn, ThreadWorker

from udtacademy.http import load_shedding

T = TypeVar("T")
LONGEST_SILENCE = struct.pack("ll", 20, 0)  # seconds and microseconds in the middle of a request; proxies are quicker


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

    def enqueue_req(self, conn: TConn) -> None:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, LONGEST_SILENCE)
        super().enqueue_req(conn)
