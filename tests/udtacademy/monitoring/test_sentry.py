"""What Sentry gets, by a Sentry that is none: a process of its own, as production starts it."""

import gzip
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings

from tests.udtacademy.test_settings import PRODUCTION

FAIL = """
import os
import django
from django.urls import path

def failing(request, token):
    name = os.environ["SOMEBODY"]
    raise ValueError(f"ana@girona.example has no seat, says /calendar/{token}.ics")

django.setup()
from udtacademy import urls
urls.urlpatterns.insert(0, path("calendar/<str:token>/", failing))
from wsgiref.util import setup_testing_defaults
import sentry_sdk
from udtacademy.wsgi import application
environ = {"PATH_INFO": "/calendar/0123456789secret/", "QUERY_STRING": "email=bo@city.example"}
environ |= {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "academy.example.org"}
setup_testing_defaults(environ)
list(application(environ, lambda status, headers: print(status[:3])))
sentry_sdk.flush(timeout=20)
"""


@pytest.fixture
def sentry():
    """Its address, and what was sent there."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(gzip.decompress(content) if self.headers["Content-Encoding"] == "gzip" else content)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", received
        server.shutdown()
        thread.join()


def test_sentry_learns_what_went_wrong_and_nothing_of_whom(sentry):
    address, received = sentry
    environment = PRODUCTION | {
        "SENTRY_DSN": address,
        "STATIC_ROOT": str(settings.STATIC_ROOT),
        "DJANGO_SETTINGS_MODULE": "udtacademy.settings",
    }

    completed = subprocess.run(
        [sys.executable, "-c", FAIL],
        env={"PATH": os.environ["PATH"], "SOMEBODY": "Ana Anaya"} | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert completed.stdout.strip() == "500", completed.stderr
    event = b"".join(received).decode()
    assert "ValueError" in event
    assert '"transaction":"/calendar/{token}/"' in event
    for secret in ("ana@", "bo@", "Anaya", "0123456789secret", "203.0.113.9"):
        assert secret not in event, secret
