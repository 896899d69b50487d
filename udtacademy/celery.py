"""The Celery application, and the heartbeat that worker and beat leave for /readyz."""

import contextlib
import datetime as dt
import os
from typing import Any

import redis
from celery import Celery, Task
from celery.signals import after_task_publish, beat_init, task_postrun
from django.core.cache import cache
from django.utils import timezone

from udtacademy.request_ids import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "udtacademy.settings")

HEARTBEAT_KEPT = dt.timedelta(seconds=60)
HEARTBEAT_TASK = "udtacademy.heartbeat"
MOST_LATE = dt.timedelta(minutes=5)
TASK_STATES = ("SUCCESS", "FAILURE", "RETRY")


class HistoryTask(Task[..., Any]):
    """A task whose changes are kept in the history under its name."""

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
    """Note that the process ("worker" or "beat") is alive now; the note fades after HEARTBEAT_KEPT."""
    cache.set(beat_key(process), timezone.now(), timeout=HEARTBEAT_KEPT.total_seconds())


@app.task(name=HEARTBEAT_TASK, expires=HEARTBEAT_KEPT.total_seconds())
def heartbeat() -> None:
    """Run by a worker: that it runs is the news."""
    leave_heartbeat("worker")


def task_key(name: str, state: str) -> str:
    return f"tasks:{name}:{state}"


@task_postrun.connect
def count_task(task: Any, state: str | None = None, **_kwargs: Any) -> None:
    """For /metrics. A cache that is away counts nothing, and holds up nothing."""
    key = task_key(task.name, state or "")
    with contextlib.suppress(redis.RedisError, ValueError):
        cache.add(key, 0, timeout=None)
        cache.incr(key)
        if state == "SUCCESS":
            cache.set(done_key(task.name), timezone.now(), timeout=None)


def done_key(name: str) -> str:
    return f"tasks:{name}:done-at"


def late_tasks() -> list[str]:
    """In sentences, what beat asks for every few minutes and no worker has done for far longer. For /readyz.

    A cache that forgot counts from the first look.
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


@after_task_publish.connect(sender=HEARTBEAT_TASK)
def note_beat(**_kwargs: Any) -> None:
    """Sent where the task was published, which only beat does."""
    leave_heartbeat("beat")


@beat_init.connect
def first_beat(**_kwargs: Any) -> None:
    """Do not wait for the first interval to pass."""
    heartbeat.delay()
