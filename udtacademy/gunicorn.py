"""gunicorn's configuration: PORT and WEB_CONCURRENCY from the environment. Its processes count requests together."""

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
keepalive = 75  # seconds; longer than a proxy keeps its connections, so that it never asks on one that is just closed
accesslog = None
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")

# Both are written all the time: in memory where there is some, for a disk may be full, or read-only.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - each is a file of a name of its own
worker_tmp_dir = MEMORY

# prometheus_client looks for this when it is first imported, and not again: nothing above may import it.
own_folder = "" if "PROMETHEUS_MULTIPROC_DIR" in os.environ else tempfile.mkdtemp(prefix="academy-metrics-", dir=MEMORY)
if own_folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = own_folder


def post_worker_init(_worker: Any) -> None:
    """What is loaded stays for good: nobody looks through it for garbage, time and again."""
    from django.urls import get_resolver  # noqa: PLC0415 - circle of frameworks

    _loaded = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # noqa: PLC0415 - circle of frameworks

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    if own_folder:
        shutil.rmtree(own_folder, ignore_errors=True)
