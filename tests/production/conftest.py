"""The site as an operator runs it: a clean environment, bin/start, production settings, servers of its own."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from tests.database import connected
from udtacademy.devtools import embedded

ROOT = Path(settings.BASE_DIR)
PATIENCE = 600  # seconds, for a machine that has no time: nothing here takes as long by itself
N_THREADS = 3  # of a load
HOST = "academy.example.org"


def wait_for(what, otherwise=lambda: ""):
    """Until it is true; a machine that runs other tests beside it takes its time. `otherwise` says what is seen instead."""
    until = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < until, f"waited {PATIENCE} seconds in vain. {otherwise()}"
        time.sleep(0.1)
    return found


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


@dataclass
class Site:
    """The running site; `ask` as the proxy asks."""

    port: int
    environment: dict
    python: Path
    folder: Path
    postgres: embedded.Postgres
    redis: embedded.Redis
    processes: dict = field(default_factory=dict)

    def command(self, *arguments):
        return subprocess.run(
            arguments, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def start(self, kind):
        command = [ROOT / "bin" / "start", kind]
        with (self.folder / f"{kind}.log").open("ab") as log:
            self.processes[kind] = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def ask(self, path, *, form=None, scheme="https", address="192.0.2.1", **headers):
        sent = {"Host": HOST, "X-Forwarded-Proto": scheme, "X-Forwarded-For": address, "Referer": f"https://{HOST}/"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=form, headers=sent | headers)
        try:
            answer = urllib.request.build_opener(NoRedirect).open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return SimpleNamespace(status=answer.status, headers=answer.headers, text=answer.read().decode())

    def is_ready(self):
        try:
            return self.ask("/readyz").status == 200
        except OSError:
            return False

    def wait_until_ready(self):
        """What has ended is started again, as systemd and Compose do: a worker may, when Redis leaves at a bad moment."""

        def is_ready():
            for kind, process in list(self.processes.items()):
                if process.poll() is not None:
                    self.start(kind)
            return self.is_ready()

        wait_for(is_ready, otherwise=lambda: self.ask("/readyz").text)

    def rows(self, query):
        with connected(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query).fetchall()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def clean_python(tmp_path_factory):
    """Python with what production needs, and nothing else. What it never loads is not compiled."""
    folder = tmp_path_factory.mktemp("production") / "venv"
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check"]
    requirements = ["--require-hashes", "-r", ROOT / "requirements" / "production.txt"]
    subprocess.run([*pip, "install", "--no-compile", *requirements], check=True)
    return python


@pytest.fixture(scope="session")
def site(clean_python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    postgres, redis = embedded.Postgres(folder), embedded.Redis(folder)
    subprocess.run([ROOT / "bin" / "make-secrets", folder / "secrets"], check=True, capture_output=True)
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "VIRTUAL_ENV": str(clean_python.parent.parent),
        "SECRET_KEY_FILE": str(folder / "secrets" / "secret_key"),
        "METRICS_TOKEN_FILE": str(folder / "secrets" / "metrics_token"),
        "SITE_URL": f"https://{HOST}",
        "TRUSTED_PROXY_COUNT": "1",
        "ADMIN_PATH": "back_office",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": f"academy@{HOST}",
        "STATIC_ROOT": str(folder / "static"),
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
    }
    site = Site(port, environment, clean_python, folder, postgres, redis)
    try:
        environment |= {"DATABASE_URL": postgres.start(), "REDIS_URL": redis.start()}
        for command in (["bin/start", "migrate"], [clean_python, "manage.py", "collectstatic", "--no-input"]):
            done = site.command(*command)
            assert done.returncode == 0, done.stderr
        for kind in ("web", "mailer", "worker", "beat"):
            site.start(kind)
        site.wait_until_ready()
        yield site
    finally:
        for process in site.processes.values():
            process.terminate()
        for process in site.processes.values():
            process.wait(timeout=PATIENCE)
        redis.stop()
        postgres.stop()


@pytest.fixture
def under_load():
    """Do something in threads, over and over, until told to stop; what it answered comes back. `pause`: seconds between two."""
    answers, is_over, threads = [], threading.Event(), []

    def start(ask, n_threads=N_THREADS, pause=0):
        def go(number):
            n = 0
            while not is_over.wait(pause):
                n += 1
                answers.append(ask(f"{number}-{n}"))

        threads.extend(threading.Thread(target=go, args=[it]) for it in range(n_threads))
        for thread in threads:
            thread.start()
        return answers

    def stop():
        is_over.set()
        for thread in threads:
            thread.join()

    start.stop = stop
    yield start
    stop()


# What a test of deploy/Caddyfile needs and production does not: a port of its own, a certificate of its own, this machine only.
FOR_TESTS = "admin off\nauto_https disable_redirects\nlocal_certs\nskip_install_trust\ndefault_bind 127.0.0.1\n"


@dataclass
class Proxy:
    port: int

    def connect(self):
        """A connection as a browser makes it, whose certificate nobody looks at."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=30), server_hostname=HOST)

    def ask(self, path, *, method="GET", body=b"", length=None, **headers):
        """Ask for `path`. Declare `length` bytes instead of those of `body`, if it is given."""
        length = len(body) if length is None else length
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", f"Content-Length: {length}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        with self.connect() as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return SimpleNamespace(status=answer.status, headers=answer.headers, text=answer.read().decode())


@pytest.fixture(scope="session")
def proxy(site, tmp_path_factory):
    """deploy/Caddyfile before the site."""
    caddy = shutil.which("caddy", path=f"{os.environ['PATH']}:{ROOT / '.venv' / 'caddy' / 'usr' / 'bin'}")
    if caddy is None:
        message = "Caddy is missing (Debian: apt install caddy)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    config = folder / "Caddyfile"
    config.write_text((ROOT / "deploy" / "Caddyfile").read_text().replace("\n{\n", "\n{\n" + FOR_TESTS, 1))
    environment = {"HOME": str(folder), "SITE_ADDRESS": f"{HOST}:{port}", "UPSTREAM": f"127.0.0.1:{site.port}"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([caddy, "run", "--config", config], env=environment, stdout=log, stderr=log)
    proxy = Proxy(port)

    def answers():
        try:
            return proxy.ask("/healthz").status == 200
        except OSError:
            return False

    try:
        wait_for(answers, otherwise=(folder / "log").read_text)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
