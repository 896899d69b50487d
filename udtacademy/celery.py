"""The Celery application, and the heartbeats of worker, mailer and beat for /readyz."""

import contextlib
import datetime as dt
import os
from typing import Any

import redis
from celery import Celery, Task
from celery.signals import after_task_publish, beat_init, heartbeat_sent, task_postrun
from django.core.cache import cache
from django.utils import timezone

from udtacademy.request_ids import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "udtacademy.settings")

HEARTBEAT_KEPT = dt.timedelta(seconds=60)
PROCESSES = ("worker", "mailer", "beat")  # one of each has to be alive
MOST_LATE = dt.timedelta(minutes=5)
TASK_STATES = ("SUCCESS", "FAILURE", "RETRY")


class HistoryTask(Task[..., Any]):
    """A task whose name is recorded in the history with its changes."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        import pghistory  # noqa: PLC0415 - circle of frameworks

        token = request_id.set(self.request.id or "")
        try:
            with pghistory.context(task=self.name):
                return super().__call__(*args, **kwargs)
        finally:
            request_id.reset(token)


app = Celery("udtacademy", task_cls=HistoryTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def beat_key(process: str) -> str:
    return f"heartbeat:{process}"


def leave_heartbeat(process: str) -> None:
    """Store that one of PROCESSES is alive now. It expires after HEARTBEAT_KEPT. Without the cache nothing is stored."""
    with contextlib.suppress(redis.RedisError):
        cache.set(beat_key(process), timezone.now(), timeout=HEARTBEAT_KEPT.total_seconds())


@heartbeat_sent.connect
def note_worker(sender: Any, **_kwargs: Any) -> None:
    """Store that a worker or mailer is alive, by the first part of its name (bin/start).

    Sent every two seconds by the process that receives tasks for the others, however long these take.
    """
    leave_heartbeat(sender.eventer.hostname.partition("@")[0])


def task_key(name: str, state: str) -> str:
    return f"tasks:{name}:{state}"


@task_postrun.connect
def count_task(task: Any, state: str | None = None, **_kwargs: Any) -> None:
    """Count a task for /metrics. Without the cache nothing is counted."""
    key = task_key(task.name, state or "")
    with contextlib.suppress(redis.RedisError, ValueError):
        cache.add(key, 0, timeout=None)
        cache.incr(key)
        if state == "SUCCESS":
            cache.set(done_key(task.name), timezone.now(), timeout=None)


def done_key(name: str) -> str:
    return f"tasks:{name}:done-at"


def late_tasks() -> list[str]:
    """Return sentences about tasks that beat starts every few minutes and that no worker has done for far longer.

    For /readyz. If the cache was emptied, time counts from the first call.
    """
    now = timezone.now()
    intervals = {
        entry["task"]: dt.timedelta(seconds=entry["schedule"])
        for entry in app.conf.beat_schedule.values()
        if isinstance(entry["schedule"], float)
    }
    done = cache.get_many([done_key(name) for name in intervals])
    late = []
    for name, interval in intervals.items():
        age = now - done.get(done_key(name), now)
        if age > 3 * interval + MOST_LATE:
            late.append(f"{name} was last done {age.total_seconds() // 60:.0f} minutes ago.")
    cache.set_many({done_key(name): now for name in intervals if done_key(name) not in done}, timeout=None)
    return late


def note_beat(**_kwargs: Any) -> None:
    """Store that beat is alive: it has published a task."""
    leave_heartbeat("beat")


@beat_init.connect
def first_beat(**_kwargs: Any) -> None:
    """Note every task that beat publishes; publish one at once."""
    after_task_publish.connect(note_beat)
    app.send_task("outbox.deliver_messages")
