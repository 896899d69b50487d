"""The Celery application, and the heartbeat that worker and beat leave for /readyz."""

import datetime as dt
import os
from typing import Any

from celery import Celery, Task
from celery.signals import after_task_publish, beat_init
from django.core.cache import cache
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "udtacademy.settings")

HEARTBEAT_KEPT = dt.timedelta(seconds=60)
HEARTBEAT_TASK = "udtacademy.heartbeat"


class HistoryTask(Task[..., Any]):
    """A task whose changes are kept in the history under its name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        import pghistory  # noqa: PLC0415 - needs Django's applications

        with pghistory.context(task=self.name):
            return super().__call__(*args, **kwargs)


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


@after_task_publish.connect(sender=HEARTBEAT_TASK)
def note_beat(**_kwargs: Any) -> None:
    """Sent where the task was published, which only beat does."""
    leave_heartbeat("beat")


@beat_init.connect
def first_beat(**_kwargs: Any) -> None:
    """Do not wait for the first interval to pass."""
    heartbeat.delay()
