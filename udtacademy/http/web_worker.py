"""gunicorn's threaded worker: forms have threads of their own, each request knows how long it waited, and clients that
stop sending are dropped.
"""

import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any, TypeVar

from django.conf import settings
from gunicorn.workers.gthread import TConn, ThreadWorker

from udtacademy.http import load_shedding

T = TypeVar("T")
LONGEST_SILENCE = struct.pack("ll", 20, 0)  # seconds, microseconds without data within a request; proxies are faster
LONGEST_READING = 5.0  # seconds for what a refused request still sends
N_FORM_THREADS = 2  # more would wait for the same rows of the database


class Threads(ThreadPoolExecutor):
    """Threads for pages, and a few for forms, so that neither wait for the other; each kind in order of arrival."""

    def __init__(self, worker: ThreadWorker) -> None:
        super().__init__(worker.cfg.threads)
        self.for_forms = ThreadPoolExecutor(N_FORM_THREADS)
        self.worker = worker

    def submit(self, handle: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        connection, asked_at = args[0], time.monotonic()

        def run() -> T:
            n_waiting = self.for_forms._work_queue.qsize() * self.worker.cfg.workers  # noqa: SLF001 - Python has no other count
            load_shedding.note(time.monotonic() - asked_at, n_waiting, is_stopping=not self.worker.alive)
            return handle(*args, **kwargs)

        return self.for_forms.submit(run) if first_bytes(connection.sock) == b"POST" else super().submit(run)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Python's
        self.for_forms.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)


def first_bytes(sock: socket.socket) -> bytes | None:
    """Return the first bytes that a client has sent, and leave them there; empty if it has gone, None if there are none yet."""
    try:
        return sock.recv(4, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""


class Worker(ThreadWorker):  # type: ignore[misc]
    def get_thread_pool(self) -> ThreadPoolExecutor:
        return Threads(self)

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
        """Give a request to a thread once it begins: only then its kind is known."""
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, LONGEST_SILENCE)
        if self.alive and not conn.initialized and first_bytes(conn.sock) is None:
            conn.sock.setblocking(False)
            conn.set_timeout()
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        else:
            super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Handle a request, and say `Connection: close` in the answer to one that is too large to be read to its end."""
        if getattr(req.body.reader, "length", 0) >= settings.LARGEST_REQUEST:  # a chunked body names no length
            req.force_close()
        return bool(super().handle_request(req, conn))

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:  # noqa: FBT001 - gunicorn's
        """Read what the view left unread of a request, also if it is large, and return whether the connection is kept.

        gunicorn itself closes after 64 kB, and a proxy that is still sending then answers 502 instead of passing the answer on.
        """
        is_read = conn.parser.finish_body(time.monotonic() + LONGEST_READING, settings.LARGEST_REQUEST)
        return bool(is_read and keepalive)
