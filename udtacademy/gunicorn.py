"""gunicorn's configuration: PORT and WEB_CONCURRENCY from the environment. Its processes count requests together."""

import os
import tempfile
from typing import Any

from prometheus_client import multiprocess

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
accesslog = None
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")

os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="academy-metrics-"))


def child_exit(_server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
