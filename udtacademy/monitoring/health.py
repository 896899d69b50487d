"""/healthz: this process answers. /readyz: everything it needs answers, one line with a time for each check."""

import logging
import time
from collections.abc import Callable
from functools import partial

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from udtacademy.celery import HEARTBEAT_KEPT, PROCESSES, beat_key, late_tasks

logger = logging.getLogger(__name__)


class NotReadyError(Exception):
    """A check failed; the message says what to look at."""


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_cache() -> None:
    cache.set("readyz", "ok", timeout=10)
    if cache.get("readyz") != "ok":
        raise NotReadyError("what was written could not be read back")


def check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReadyError(f"{len(plan)} migrations to apply (manage.py migrate)")


def check_heartbeat(process: str) -> None:
    left_at = cache.get(beat_key(process))
    if left_at is None:
        raise NotReadyError(f"no heartbeat in the last {HEARTBEAT_KEPT.total_seconds():.0f} s")
    if left_at > timezone.now() + HEARTBEAT_KEPT:
        raise NotReadyError("its heartbeat comes from the future: compare the clocks")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "cache": check_cache,
    "migrations": check_migrations,
    **{process: partial(check_heartbeat, process) for process in PROCESSES},
}


# Functions by name that return problems, as sentences, which do not stop the site. Apps add theirs.
WARNINGS: dict[str, Callable[[], list[str]]] = {"tasks": late_tasks}


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Return 200 if every check passes, otherwise 503; a line each: state, name, milliseconds, reason. Warnings do not fail."""
    results = []
    is_ready = True
    for name, check in CHECKS.items():
        started = time.perf_counter()
        reason = failure_of(check)
        milliseconds = (time.perf_counter() - started) * 1000
        is_ready = is_ready and not reason
        results.append(line_of("FAILED" if reason else "ok", name, milliseconds, reason))
    for name, warn in WARNINGS.items() if is_ready else ():
        started = time.perf_counter()
        warning = " ".join(warn())
        results.append(line_of("warn" if warning else "ok", name, (time.perf_counter() - started) * 1000, warning))
    return HttpResponse("\n".join(results) + "\n", content_type="text/plain", status=200 if is_ready else 503)


def line_of(state: str, name: str, milliseconds: float, reason: str) -> str:
    return f"{state:<7}{name:<12}{milliseconds:8.1f} ms  {reason}".rstrip()


def failure_of(check: Callable[[], None]) -> str:
    """Return why the check failed, in one line without addresses or passwords; empty if it passed."""
    try:
        check()
    except NotReadyError as error:
        return str(error)
    except Exception as error:
        logger.exception("A check of /readyz failed")
        return f"does not answer ({type(error).__name__})"
    return ""
