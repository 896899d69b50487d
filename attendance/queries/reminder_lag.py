"""The delay of reminders, for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from udtacademy.outbox.status import lag


def measured() -> Iterator[Metric]:
    """Yield the metric of the oldest due reminder's delay, in seconds."""
    yield lag("academy_reminder_lag_seconds", "How long the oldest reminder that is due has waited", kind="reminder")
