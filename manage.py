#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it brings its own PostgreSQL and Redis (udtacademy/devtools/embedded/)."""

import os
import signal
import sys
from contextlib import nullcontext
from types import FrameType
from typing import NoReturn

from udtacademy.devtools import embedded


def stop(signum: int, _frame: FrameType | None) -> NoReturn:
    """Leave as after Ctrl-C, so that what we started is stopped on the way out."""
    sys.exit(128 + signum)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "udtacademy.settings")
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    try:
        with embedded.servers() if embedded.is_wanted() else nullcontext():
            from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs the environment set

            execute_from_command_line(sys.argv)
    except embedded.ServerError as error:
        sys.exit(f"UDT Academy cannot start: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
