import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from udtacademy.http import load_shedding
from udtacademy.http.web_worker import N_FORM_THREADS, Threads, Worker


@pytest.fixture
def worker():
    """As much of gunicorn's worker as the threads use."""
    return SimpleNamespace(alive=True, cfg=SimpleNamespace(threads=1, workers=2))


@pytest.fixture
def connection():
    """Make a connection on which a request has begun."""
    with ExitStack() as ends:

        def begin(method):
            client, server = (ends.enter_context(end) for end in socket.socketpair())
            client.sendall(method + b" / HTTP/1.1")
            return SimpleNamespace(sock=server)

        yield begin


@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_process_that_stops_refuses_forms_in_its_queue(worker, connection, monkeypatch, is_stopping):
    monkeypatch.setattr(load_shedding, "LONGEST_WAIT", 0)
    release = threading.Event()
    with Threads(worker) as threads:
        for _ in range(N_FORM_THREADS):
            threads.submit(lambda _connection: release.wait(), connection(b"POST"))
        queued = threads.submit(lambda _connection: load_shedding.is_too_long("POST"), connection(b"POST"))
        page = threads.submit(lambda _connection: load_shedding.n_waiting(), connection(b"GET"))

        assert page.result() == 1 * worker.cfg.workers
        worker.alive = not is_stopping
        release.set()

    assert queued.result() == is_stopping


@pytest.mark.parametrize(("n_beyond", "is_kept"), [(-1, True), (1, False)])
def test_a_form_that_is_refused_unread_is_read_to_its_end_or_the_connection_closed(settings, n_beyond, is_kept):
    """A proxy that is still sending it may answer 502 otherwise, and a client may use a connection that is being closed."""

    def refuse(_environ, start_response):
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []

    config, here = Config(), ("127.0.0.1", 0)
    worker = Worker(0, 0, [], None, 30, config, Logger(config))
    worker.wsgi, worker.nr, worker.max_requests = refuse, 0, 2
    length = settings.LARGEST_REQUEST + n_beyond
    request = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * length
    client, server = socket.socketpair()
    with client, server, closing(worker.tmp), ThreadPoolExecutor(1) as proxy:
        sent = proxy.submit(client.sendall, request)

        assert worker.handle(TConn(config, server, here, here)) == is_kept
        server.close()
        assert sent.exception() is None or not is_kept
        answer = client.recv(1000)

    assert answer.startswith(b"HTTP/1.1 403")
    assert (b"Connection: close" in answer) == (not is_kept)
