"""Configuration of gunicorn: HOST, PORT and WEB_CONCURRENCY are read from the environment."""

import gc
import os
import shutil
import tempfile
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "udtacademy.http.web_worker.Worker"
threads = 4
reuse_port = True
keepalive = 75  # seconds; longer than proxies keep connections, so that they never use one that is being closed
accesslog = None
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")

# Written all the time: in memory if possible, as a disk may be full or read-only.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - file names are unique
worker_tmp_dir = MEMORY

# prometheus_client reads this variable only when it is first imported: nothing above may import it.
metrics_folder = (
    "" if "PROMETHEUS_MULTIPROC_DIR" in os.environ else tempfile.mkdtemp(prefix="academy-metrics-", dir=MEMORY)
)
if metrics_folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder


def post_worker_init(_worker: Any) -> None:
    """Load the URLs, and exclude everything loaded so far from garbage collection, which saves time in requests."""
    from django.urls import get_resolver  # noqa: PLC0415 - circle of frameworks

    _loaded = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # noqa: PLC0415 - circle of frameworks

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    if metrics_folder:
        shutil.rmtree(metrics_folder, ignore_errors=True)
