"""Run the production configuration on private servers under var/bench: web, a mailer, a worker, a mail server that discards emails."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.client import HOST, ZOOM_SECRET
from udtacademy.devtools import embedded

VAR = Path("var/bench")
WEB, MAILER, WORKER = (["bin/start", kind] for kind in ("web", "mailer", "worker"))
BARE = [f"{sys.prefix}/bin/gunicorn", "django.core.wsgi:get_wsgi_application()", "--config", "udtacademy/gunicorn.py"]


@contextmanager
def prepared() -> Iterator[None]:
    """Run the block with servers, an empty migrated database, static files, and Django set up in this process."""
    shutil.rmtree(VAR, ignore_errors=True)
    with embedded.servers(VAR), smtp_sink() as smtp:
        os.environ |= {
            "DEBUG": "0",
            "SITE_URL": f"https://{HOST}",
            "TRUSTED_PROXY_COUNT": "1",
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
            "SMTP_PORT": str(smtp),
            "DEFAULT_FROM_EMAIL": f"academy@{HOST}",
            "METRICS_TOKEN": "bench",
            "MEETING_PLATFORMS": json.dumps({"zoom": {"webhook_secret": ZOOM_SECRET}}),
            "STATIC_ROOT": str(VAR.resolve() / "static"),
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "WEB_CONCURRENCY": "2",
            "WORKER_CONCURRENCY": "2",
            "VIRTUAL_ENV": sys.prefix,
        }
        import django  # noqa: PLC0415 - the settings need the servers

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 - as above

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def smtp_sink() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with running(command):
        wait_for_port(port)
        yield port


def wait_for_port(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"No server listens on port {port}.")


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[psutil.Process]:
    with (VAR / "log").open("ab") if VAR.exists() else Path(os.devnull).open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextmanager
def web(command: list[str] = WEB, **environment: str) -> Iterator[tuple[int, psutil.Process, float]]:
    """Run a web server. Yield its port, its process, and the seconds from its start to the first answer."""
    port = free_port()
    started = time.perf_counter()
    with running(command, PORT=str(port), **environment) as process:
        yield port, process, first_answer(port) - started


@contextmanager
def bare_web() -> Iterator[int]:
    """Run bare Django (`bench/bare.py`) in a server like the site's. Yield its port."""
    with web(BARE, DJANGO_SETTINGS_MODULE="bench.bare", PYTHONPATH=".") as (port, _process, _seconds):
        yield port


def cpu_seconds() -> float:
    """Return the CPU time that the servers have used so far, in seconds; not this process, nor what else the machine does."""
    here = str(VAR.resolve())
    data = [
        it for it in psutil.process_iter(["cmdline"]) if here in " ".join(it.info["cmdline"] or [])
    ]  # PostgreSQL, Redis
    of_data = [child for it in data for child in it.children(recursive=True)]
    return sum(map(cpu_of, {*data, *of_data, *psutil.Process().children(recursive=True)}))


def cpu_of(process: psutil.Process) -> float:
    """Return the CPU time of a process and of its children that have ended, in seconds."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def first_answer(port: int) -> float:
    """Wait until /healthz answers 200. Return the time, by time.perf_counter."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return time.perf_counter()
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise TimeoutError("The web server does not answer.")


def megabytes(process: psutil.Process) -> list[float]:
    """Return the resident memory of a server's processes in MB, without the parent, which only starts the others."""
    return [child.memory_info().rss / 2**20 for child in process.children(recursive=True)]
