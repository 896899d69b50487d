import datetime as dt
from types import SimpleNamespace

import pghistory.models
import pytest
import time_machine
from celery.signals import after_task_publish, heartbeat_sent
from celery.worker.heartbeat import Heart
from django.core.cache import cache
from django.db import connection
from django.db.utils import OperationalError

from tests.factories.people import MessageFactory
from udtacademy import celery
from udtacademy.monitoring import health


@pytest.fixture(autouse=True)
def _no_heartbeats():
    cache.delete_many([celery.beat_key(it) for it in celery.PROCESSES])


@pytest.fixture
def _all_alive():
    for process in celery.PROCESSES:
        celery.leave_heartbeat(process)


def checks_of(response):
    return {line.split()[1]: line for line in response.content.decode().splitlines()}


def test_healthz_asks_nobody(client):
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_readyz_has_a_line_for_each_check(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert list(checks_of(response)) == [
        *("database", "cache", "migrations", "worker", "mailer", "beat"),
        *("tasks", "attempts", "outbox"),
    ]
    assert all(line.startswith("ok") and " ms" in line for line in checks_of(response).values())


@pytest.mark.django_db
def test_readyz_says_which_process_is_silent(client):
    celery.leave_heartbeat("beat")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert checks_of(response)["worker"].endswith("no heartbeat in the last 60 s")
    assert checks_of(response)["beat"].startswith("ok")


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_readyz_notices_clocks_that_differ(client):
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)):
        response = client.get("/readyz")

    assert "compare the clocks" in checks_of(response)["worker"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_readyz_counts_migrations_to_apply(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE name = (SELECT max(name) FROM django_migrations WHERE app = 'attendance')"
        )

    response = client.get("/readyz")

    assert response.status_code == 503
    assert "1 migrations to apply" in checks_of(response)["migrations"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_readyz_warns_of_e_mails_that_wait_and_stays_ready(client):
    MessageFactory(created_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11))
    MessageFactory(state="failed")

    response = client.get("/readyz")

    assert response.status_code == 200
    line = checks_of(response)["outbox"]
    assert line.startswith("warn")
    assert line.endswith("The oldest email has been waiting for 11 minutes. 1 email failed within a day.")


def away():
    raise OperationalError("connection to host secret.example failed: password")


def test_a_failing_check_tells_no_secrets():
    assert health.failure_of(away) == "does not answer (OperationalError)"


def test_the_cache_check_reads_back(monkeypatch):
    monkeypatch.setattr(cache, "get", lambda key: None)

    assert health.failure_of(health.check_cache) == "what was written could not be read back"


def test_what_a_task_changes_is_the_tasks_doing(session):
    @celery.app.task(name="tests.rename")
    def rename():
        session.title = "Renamed"
        session.save()

    rename()

    event = pghistory.models.Events.objects.tracks(session).get(pgh_label="update")
    assert event.pgh_context == {"task": "tests.rename"}


def silent():
    return [it for it in celery.PROCESSES if health.failure_of(health.CHECKS[it])]


@pytest.mark.parametrize("process", ["worker", "mailer"])
def test_celerys_heartbeats_are_those_of_the_process_with_that_name(process):
    eventer = celery.app.events.Dispatcher(hostname=f"{process}@host.example", enabled=False)

    heartbeat_sent.send(sender=Heart(None, eventer))

    assert silent() == [it for it in celery.PROCESSES if it != process]


def test_beat_is_alive_once_it_has_published_a_task():
    try:
        celery.first_beat()  # published to the real broker
    finally:
        after_task_publish.disconnect(celery.note_beat)

    assert silent() == ["worker", "mailer"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_readyz_warns_of_what_is_asked_for_and_not_done(client):
    late = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=9, seconds=30)
    assert checks_of(client.get("/readyz"))["tasks"].startswith("ok")

    with time_machine.travel(late):
        for process in celery.PROCESSES:
            celery.leave_heartbeat(process)
        celery.count_task(task=SimpleNamespace(name="programme.serve_waiting_lists"), state="SUCCESS")
        celery.count_task(task=SimpleNamespace(name="attendance.send_reminders"), state="FAILURE")
        response = client.get("/readyz")
    answer = checks_of(response)["tasks"]

    assert response.status_code == 200
    assert answer.startswith("warn")
    assert "attendance.send_reminders was last done 9 minutes ago." in answer
    assert "serve_waiting_lists" not in answer
    assert "send_digests" not in answer  # is asked for every quarter of an hour


def test_what_is_done_every_day_has_an_hour():
    """A day would begin anew with each start of beat, and might never be over."""
    long = [it for it in celery.app.conf.beat_schedule.values() if isinstance(it["schedule"], float)]

    assert max(it["schedule"] for it in long) <= 3600
    assert len(long) < len(celery.app.conf.beat_schedule)
