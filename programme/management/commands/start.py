import os
import signal
import socket
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from programme import panels
from programme.demo import seed
from programme.models import Edition
from udtacademy.devtools import embedded

HOST = "127.0.0.1"
WELCOME = """
UDT Academy is starting. Open

  {site}/udt-2025/        the real 2025 programme
  {site}/demo/            a demo edition around today, with invented cities
  {site}/accounts/demo/   sign in with one click as a participant, a coordinator or an organiser; read the emails

Ctrl-C stops everything. The data stays under var/.
"""


class Command(BaseCommand):
    help = "Run the whole site on this machine: database, web, mailer, worker and beat, with the 2025 programme and a demo."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This command is for a development machine. To deploy, see docs/operators.md.")
        port = os.environ.get("PORT", "8000")  # from there, as links in the emails of the demo have it too
        ensure_free(port)
        os.environ |= {"HOST": HOST, "PORT": port, "SITE_URL": f"http://{HOST}:{port}"}

        ensure_known_data()
        call_command("migrate", verbosity=0)
        if not Edition.objects.filter(slug=seed.SOURCE.stem).exists():
            call_command("load_programme", seed.SOURCE, stdout=StringIO())
        try:
            for command in ["seed_demo", *panels.DEMO_COMMANDS]:
                call_command(command, stdout=self.stdout)
        except CommandError as error:
            self.stderr.write(f"The demo edition stays as it is: {error}")
        self.stdout.write(WELCOME.format(site=os.environ["SITE_URL"]))
        self.stdout.flush()
        sys.exit(run_processes())


def ensure_known_data() -> None:
    """Raise CommandError if the database has migrations that this version does not know."""
    loader = MigrationLoader(connection)
    if set(loader.applied_migrations) - set(loader.disk_migrations):
        raise CommandError(
            "The data in var/ is from another version of UDT Academy, and this version cannot read it."
            " Go back to that version, or delete var/ and start again. The demo is then created again."
        )


def ensure_free(port: str) -> None:
    """Raise CommandError unless the port is valid and free."""
    highest = 65_535
    if not port.isascii() or not port.isdigit() or not 0 < int(port) <= highest:
        raise CommandError(f"PORT must be a number from 1 to {highest}, not “{port}”.")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, int(port)))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Is the site already running?"
                " If not, choose another port: make run PORT=8001"
            ) from None


def run_processes() -> int:
    """Run the Procfile until stopped. Return the exit status.

    Its processes are restarted when they end or code changes, the embedded servers when they end.
    """
    from honcho.environ import parse_procfile  # noqa: PLC0415 - development only
    from honcho.manager import Manager  # noqa: PLC0415 - development only

    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",  # harmless here
        embedded.MARK: str(embedded.var_dir()),
    }
    manager = Manager()
    for name, command in parse_procfile((settings.BASE_DIR / "Procfile").read_text()).processes.items():
        reloaded = f"exec python -m udtacademy.devtools.reloading {command}"
        manager.add_process(name, reloaded, env=environment, cwd=str(settings.BASE_DIR))
    if embedded.started:
        keep = f"exec python -m udtacademy.devtools.embedded {os.getpid()} {' '.join(embedded.started)}"
        manager.add_process("servers", keep, env=environment, cwd=str(settings.BASE_DIR))
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))  # the terminal was closed
    manager.loop()
    return int(manager.returncode or 0)
