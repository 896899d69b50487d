"""The outbox on real servers: workers that are killed, a broker that forgets."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.factories.people import MessageFactory
from tests.mailbox import Mailbox, smtp_server
from udtacademy.outbox.models import Message
from udtacademy.outbox.tasks import deliver_messages

pytestmark = pytest.mark.slow

ROOT = Path(settings.BASE_DIR)
PATIENCE = 150  # seconds
LEASE = 4  # seconds; a worker that is alive is not held up for as long, also beside other tests


@pytest.fixture
def mailbox():
    with smtp_server(handler := Mailbox()) as port:
        handler.port = port
        yield handler


@pytest.fixture
def start_worker(transactional_db, mailbox):
    """Start a Celery worker on the test's database and broker; it delivers to the mailbox."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    environment = os.environ | {
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
        "MESSAGE_LEASE_SECONDS": str(LEASE),
    }
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "udtacademy",
        "--quiet",
        "worker",
        "--pool",
        "solo",
        "--queues",
        "udtacademy-mail",
    ]
    started = []

    def start():
        worker = subprocess.Popen(
            [*command, "--loglevel", "ERROR", "--without-gossip", "--without-mingle"], cwd=ROOT, env=environment
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


@pytest.fixture
def _beat(start_worker):
    """Ask for deliveries regularly, as beat does, only more often."""
    is_over = threading.Event()

    def ask():
        while not is_over.wait(0.5):
            try:
                deliver_messages.apply_async(retry=False, expires=5)
            except OSError:
                continue

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    is_over.set()
    thread.join()


def wait_until(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def write(n):
    Message.objects.bulk_create(MessageFactory.build_batch(n))


def is_delivered():
    return not Message.objects.exclude(state="sent").exists()


def numbers(mailbox):
    """How often each person, and each Message-ID, was met."""
    mails = mailbox.mails
    return Counter(it["To"] for it in mails), Counter(it["Message-ID"] for it in mails)


@pytest.mark.usefixtures("_beat")
def test_a_broker_that_forgets_everything_loses_nothing_and_doubles_nothing(start_worker, mailbox):
    write(400)
    start_worker()
    wait_until(lambda: len(mailbox.contents) > 50)

    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    write(100)

    wait_until(is_delivered)
    people, identities = numbers(mailbox)
    assert len(people) == len(identities) == 500
    assert set(people.values()) == {1}


@pytest.mark.usefixtures("_beat")
def test_workers_killed_three_times_lose_nothing_and_double_at_most_one_each(start_worker, mailbox):
    n, n_kills = 300, 3
    write(n)
    workers = [start_worker(), start_worker()]

    for number in range(n_kills):
        wait_until(lambda: len(mailbox.contents) > (number + 1) * n // (n_kills + 2))  # noqa: B023 - asked at once
        workers.pop(0).send_signal(signal.SIGKILL)
        workers.append(start_worker())

    wait_until(is_delivered)
    people, identities = numbers(mailbox)
    assert len(people) == len(identities) == n
    assert sum(people.values()) <= n + n_kills
