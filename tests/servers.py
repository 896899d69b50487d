"""A pytest plugin, loaded before Django's settings: private servers under var/test, apart from those of `make run`.

The processes of one run share the servers; each has its own database, its own part of Redis, its own static files.
"""

import os
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from udtacademy.devtools import embedded

VAR = Path(__file__).parent.parent / "var" / "test"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # "gw0", "gw1", …; empty in the process that starts them

os.environ["DEBUG"] = "0"
os.environ["STAFF_SECOND_FACTOR"] = "0"  # the tests of it turn it on
os.environ["STATIC_ROOT"] = str(VAR / f"static{WORKER}")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ["EMAIL_URL"] = "memory://"
os.environ.setdefault("SITE_URL", "http://testserver")

running = ExitStack()


def start() -> None:
    running.enter_context(embedded.servers(VAR))
    if number := WORKER.removeprefix("gw"):
        os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], int(number) + 1)


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
