"""Everybody at the same moment, each on a connection of their own, as in production."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def in_threads(tasks):
    """Run all at the same moment, each on its own connection; what each returned or raised."""
    barrier = threading.Barrier(len(tasks))

    def run(task):
        try:
            barrier.wait()
            return task()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
