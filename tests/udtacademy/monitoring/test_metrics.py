import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from tests.factories.people import MessageFactory
from udtacademy import celery
from udtacademy.outbox.models import Message


@pytest.fixture
def read(client, settings, db):
    """What /metrics says: name with labels → value."""
    settings.METRICS_TOKEN = "for-prometheus"

    def ask():
        response = client.get("/metrics", headers={"Authorization": "Bearer for-prometheus"})
        assert response.status_code == 200
        samples = response.content.decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in samples if line[0] != "#"}

    return ask


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer", "Bearer ü"])
def test_metrics_is_for_whoever_knows_the_token(client, settings, token):
    settings.METRICS_TOKEN = "for-prometheus"

    assert client.get("/metrics", headers={"Authorization": token} if token else {}).status_code == 404


def test_metrics_without_a_token_is_no_page(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_metrics_counts_requests_by_route(client, read):
    key = 'academy_request_seconds_count{method="GET",route="<slug:edition_slug>/",status="4xx"}'
    before = read().get(key, 0)

    client.get("/no-such-edition/")

    assert read()[key] == before + 1


def test_metrics_measures_the_outbox(read):
    MessageFactory(kind="reminder", created_at=timezone.now() - dt.timedelta(minutes=5))
    MessageFactory(state=Message.State.SENT, sent_at=timezone.now())

    metrics = read()

    assert metrics['academy_messages{state="queued"}'] == 1
    assert metrics['academy_messages{state="sent"}'] == 1
    assert 299 < metrics["academy_reminder_lag_seconds"] < 400
    assert metrics["academy_oldest_message_seconds"] == pytest.approx(metrics["academy_reminder_lag_seconds"], abs=5)


def test_metrics_tells_a_silent_worker_and_counts_tasks(read):
    cache.delete_many([celery.beat_key(it) for it in celery.PROCESSES])
    celery.leave_heartbeat("beat")
    key = 'academy_tasks_total{state="SUCCESS",task="outbox.deliver_messages"}'
    before = read().get(key, 0)

    celery.count_task(task=SimpleNamespace(name="outbox.deliver_messages"), state="SUCCESS")

    metrics = read()
    assert metrics['academy_heartbeat_age_seconds{process="worker"}'] == float("inf")
    assert metrics['academy_heartbeat_age_seconds{process="beat"}'] < 60
    assert metrics[key] == before + 1


def test_the_dashboard_asks_for_what_there_is(read, client):
    client.get("/healthz")
    celery.count_task(task=SimpleNamespace(name="outbox.deliver_messages"), state="SUCCESS")
    there = {name.partition("{")[0] for name in read()}
    dashboard = (settings.BASE_DIR / "deploy" / "grafana-dashboard.json").read_text()
    asked = set(re.findall(r"academy_[a-z_]+", dashboard))

    assert len(asked) > 5
    assert asked <= there
