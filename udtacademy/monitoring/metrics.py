"""/metrics for Prometheus: requests of all web processes, tasks, heartbeats, and metrics added by apps."""

import hmac
import os
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from udtacademy.celery import PROCESSES, TASK_STATES, app, beat_key, task_key

REQUEST_SECONDS = Histogram(
    "academy_request_seconds",
    "How long requests took, in seconds",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

# Functions added by apps that yield metrics on each request.
COLLECTED: list[Callable[[], Iterable[Metric]]] = []


class Applications(Collector):
    def collect(self) -> Iterator[Metric]:
        yield heartbeats()
        yield tasks()
        for collected in COLLECTED:
            yield from collected()


def heartbeats() -> Metric:
    ages = GaugeMetricFamily(
        "academy_heartbeat_age_seconds", "Seconds since the last heartbeat of a process", labels=["process"]
    )
    for process in PROCESSES:
        left_at = cache.get(beat_key(process))
        ages.add_metric([process], (timezone.now() - left_at).total_seconds() if left_at else float("inf"))
    return ages


def tasks() -> Metric:
    counts = CounterMetricFamily("academy_tasks", "Tasks that were run", labels=["task", "state"])
    keys = {task_key(name, state): (name, state) for name in sorted(app.tasks) for state in TASK_STATES}
    for key, n in cache.get_many(keys).items():
        counts.add_metric(keys[key], n)
    return counts


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to clients with METRICS_TOKEN; 404 for others, or if it is not set."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Applications())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        requests = b""
    else:
        requests = generate_latest(REGISTRY)
    return HttpResponse(generate_latest(registry) + requests, content_type=CONTENT_TYPE_LATEST)
