"""A pytest plugin, loaded before Django's settings: private servers under var/test, apart from those of `make run`."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from udtacademy import embedded

VAR = Path(__file__).parent.parent / "var" / "test"

os.environ["DEBUG"] = "0"
os.environ["STAFF_SECOND_FACTOR"] = "0"  # the tests of it turn it on
os.environ["STATIC_ROOT"] = str(VAR / "static")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ["EMAIL_URL"] = "memory://"
os.environ.setdefault("SITE_URL", "http://testserver")

running = ExitStack()


def start() -> None:
    running.enter_context(embedded.servers(VAR))


try:
    start()
except embedded.ServerError as error:
    pytest.exit(f"The tests need their servers: {error}", returncode=1)


def pytest_unconfigure() -> None:
    running.close()
