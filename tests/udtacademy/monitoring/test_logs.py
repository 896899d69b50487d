import json
import logging
import re

import pytest
from django.urls import URLPattern, get_resolver

from udtacademy.monitoring.logs import ImpersonalJsonFormatter, RequestFilter, impersonal
from udtacademy.request_ids import request_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to ana.anaya+x@lyon.example.org failed", "to …@… failed"),
        ("Key (email)=(ana@lyon.example) exists", "Key (email)=(…@…) exists"),
        ("Internal Server Error: /calendar/s3cr3t-token.ics", "Internal Server Error: /calendar/…"),
        ("/invitations/abc/ and /me/reminders/abc:def/", "/invitations/…/ and /me/reminders/…/"),
        ("a line about nobody", "a line about nobody"),
    ],
)
def test_impersonal(text, expected):
    assert impersonal(text) == expected


def routes(resolver, prefix="/"):
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        yield from [route] if isinstance(pattern, URLPattern) else routes(pattern, route)


def test_nothing_is_left_of_the_keys_tokens_and_codes_in_addresses():
    """They say who, or open what is theirs. All routes are looked at, so that a new one is not forgotten."""
    secrets = {"key": "WzEsMl0:1wQx:s3cr3t", "token": "s3cr3t" + "x" * 16, "code": "7K3M9-s3cr3t-QPXT2-7K3M9"}
    of_secret = re.compile(r"<\w+:(?:\w+_)?(key|token|code)>")
    secret = [it for it in routes(get_resolver()) if of_secret.search(it)]
    paths = [re.sub(r"<\w+:\w+>", "1", of_secret.sub(lambda found: secrets[found[1]], it)) for it in secret]

    assert [it for it in paths if "s3cr3t" in impersonal(f"Not Found: {it}")] == []
    assert {f"/me/{it}/<str:key>/" for it in ("emails", "feedback", "reminders")} <= set(secret)


def test_a_line_is_json_with_the_requests_id():
    formatter = ImpersonalJsonFormatter("%(levelname)s %(message)s %(request_id)s")
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "about %s", ("ana@lyon.example",), None)
    token = request_id.set("an-id")
    try:
        RequestFilter().filter(record)
    finally:
        request_id.reset(token)

    entry = json.loads(formatter.format(record))

    assert (entry["message"], entry["request_id"], entry["levelname"]) == ("about …@…", "an-id", "ERROR")


@pytest.mark.parametrize(
    ("given", "is_kept"), [("from-the-proxy-1", True), ("short", False), ("with blank in it", False), ("x" * 65, False)]
)
def test_every_answer_has_an_id(client, given, is_kept):
    response = client.get("/healthz", headers={"X-Request-ID": given})

    assert (response.headers["X-Request-ID"] == given) is is_kept
    assert len(response.headers["X-Request-ID"]) >= 8


def test_a_request_leaves_a_line_by_its_route(client, db, caplog):
    with caplog.at_level(logging.INFO, logger="udtacademy.http.request_log"):
        client.get("/calendar/a-secret.ics")

    (record,) = [it for it in caplog.records if it.name == "udtacademy.http.request_log"]
    assert (record.method, record.route, record.status) == ("GET", "calendar/<str:token>.ics", 404)
    assert "secret" not in str(record.__dict__)
    assert request_id.get() == ""
