"""Serve the provider at a free port until it is stopped. The arguments are the callback addresses that it accepts."""

import os
import sys
from socketserver import ThreadingMixIn
from threading import Lock
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

CLIENT_ID, CLIENT_SECRET = "academy", "a secret of the tests"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_arguments):
        pass


def one_at_a_time(application):
    """Answer one request at a time: threads that share SQLite's memory find its tables locked."""
    lock = Lock()

    def answer(environ, start_response):
        with lock:
            return list(application(environ, start_response))

    return answer


def main(callbacks):
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.openid_provider.settings"
    django.setup()
    from allauth.idp.oidc.models import Client  # noqa: PLC0415 - circle of frameworks

    call_command("migrate", verbosity=0)
    client = Client(id=CLIENT_ID, name="UDT Academy", skip_consent=True)
    client.set_secret(CLIENT_SECRET)
    client.set_redirect_uris(callbacks)
    client.set_scopes(["openid", "email", "profile"])
    client.save()
    with make_server("127.0.0.1", 0, one_at_a_time(get_wsgi_application()), Server, Handler) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
