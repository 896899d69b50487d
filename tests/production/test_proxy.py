"""deploy/Caddyfile in front of the site, as docs/operators.md has it."""

import contextlib
import re
import time

import pytest

from tests.production.conftest import HOST

N_SLOW = 40  # as five times as many as there are threads


def test_the_proxy_says_whom_it_speaks_for_whatever_clients_say_of_themselves(site, proxy):
    page = proxy.ask("/editions/", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="http", X_Request_ID="of-a-client")

    assert page.status == 200  # http would be led on to https
    assert page.headers["X-Request-ID"] != "of-a-client"
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"  # of this host, until an operator says more


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_what_is_for_operators_stays_inside(site, proxy, path):
    assert (proxy.ask(path).status, site.ask("/readyz").status) == (404, 200)


@pytest.mark.parametrize(("length", "status"), [(5_999_999, 403), (6_000_000, 413), (10**12, 413)])
def test_what_is_declared_too_large_is_refused_by_the_proxy(proxy, length, status):
    """Refused by web, it would be unread: then the proxy may answer 502, and take web for broken for two seconds."""
    body = b"x" * length if status == 403 else b""

    page = proxy.ask("/accounts/login/", method="POST", body=body, length=length)

    assert page.status == status
    assert ("X-Request-ID" in page.headers) == (status == 403)  # web sets it
    if status == 413:
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert '<a href="">' in page.text  # the page to which the form was sent


@pytest.mark.parametrize(("length", "status"), [(6_000_000, 403), (27_000_000, 413)])
def test_files_of_action_plans_may_be_larger(proxy, length, status):
    body = b"x" * length if status == 403 else b""

    page = proxy.ask("/portal/udt-2025/action-plan/steps/challenge/files/", method="POST", body=body, length=length)

    assert page.status == status


def slow_connections(proxy, begin):
    """Connections that begin a request and never end it."""
    stack = contextlib.ExitStack()
    for _ in range(N_SLOW):
        connection = stack.enter_context(proxy.connect())
        connection.sendall(begin)
    return stack


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        f"GET /editions/ HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode(),
        f"POST /accounts/login/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\nemail=".encode(),
    ],
    ids=["silent", "within the head", "within the body"],
)
def test_slow_clients_hold_nobody_up(proxy, begin):
    with slow_connections(proxy, begin):
        started = time.monotonic()
        statuses = [proxy.ask("/editions/").status for _ in range(8)]

        assert statuses == [200] * 8
        assert time.monotonic() - started < 9  # the proxy gives up the first slow client after ten


def test_a_form_comes_through_with_its_cookie(proxy):
    page = proxy.ask("/accounts/login/code/")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    body = f"csrfmiddlewaretoken={token}&email=nobody%40proxy.example".encode()
    form = {"Content_Type": "application/x-www-form-urlencoded", "Referer": f"https://{HOST}/", "Cookie": cookie}

    assert proxy.ask("/accounts/login/code/", method="POST", body=body, **form).status == 302
