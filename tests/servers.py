"""A pytest plugin, loaded before Django's settings: private servers under var/test, apart from those of `make run`.

The processes of one run share the servers; each has its own database, its own part of Redis, its own static files.
"""

import os
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from udtacademy.devtools import embedded

VAR = Path(__file__).parent.parent / "var" / "test"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # "gw0", "gw1", …; empty in the process that starts them

os.environ["DEBUG"] = "0"
os.environ["STAFF_SECOND_FACTOR"] = "0"  # the tests of it turn it on
os.environ["STATIC_ROOT"] = str(VAR / f"static{WORKER}")
os.environ["MEDIA_ROOT"] = str(VAR / f"media{WORKER}")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ["EMAIL_URL"] = "memory://"
os.environ.setdefault("SITE_URL", "http://testserver")

running = ExitStack()


def start() -> None:
    running.enter_context(embedded.servers(VAR))
    if not WORKER and "DATABASE_URL" in embedded.started:
        leave_out_what_tests_do_not_need()
    if number := WORKER.removeprefix("gw"):
        os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], int(number) + 1)


def leave_out_what_tests_do_not_need() -> None:
    """Leave out what tests do not need, until the server stops: what they write need not outlive the machine.

    Killed processes lose nothing by it. A vacuum would be one more session of a database that is about to be dropped.
    """
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True  # as ALTER SYSTEM asks for
    with closing(connection), connection.cursor() as cursor:
        for name in ("autovacuum", "fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"ALTER SYSTEM SET {name} TO off")
        cursor.execute("SELECT pg_reload_conf()")


def with_database(address: str, number: int) -> str:
    """The same Redis, another of its databases."""
    if address.startswith("unix:"):
        return f"{address.partition('?')[0]}?db={number}"
    return urlunsplit(urlsplit(address)._replace(path=f"/{number}"))


try:
    start()
except embedded.ServerError as error:
    pytest.exit(f"The tests need their servers: {error}", returncode=1)


def pytest_unconfigure() -> None:
    running.close()
