import socket
import threading
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from udtacademy.http import load_shedding
from udtacademy.http.web_worker import N_FORM_THREADS, Threads


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
