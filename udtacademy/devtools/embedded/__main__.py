"""python -m udtacademy.devtools.embedded PID DATABASE_URL REDIS_URL: restart these servers when they end, until PID ends."""

import sys

import psutil

from udtacademy.devtools.embedded import Postgres, Redis, Server, keep_running, var_dir
from udtacademy.devtools.embedded.processes import is_alive


def main(starter_pid: str, *variables: str) -> None:
    """Restart the servers of these variables when they end, while the process that started us is alive."""
    try:
        starter = psutil.Process(int(starter_pid))
    except psutil.NoSuchProcess:
        return
    var = var_dir()
    ours: list[Server] = [Postgres(var), Redis(var)]
    keep_running([server for server in ours if server.variable in variables], var, lambda: is_alive(starter))


if __name__ == "__main__":
    main(*sys.argv[1:])
