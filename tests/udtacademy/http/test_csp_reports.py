import json
import logging

import pytest

from udtacademy.http.csp_reports import MOST_BYTES, MOST_PER_MINUTE

REPORT = {
    "csp-report": {
        "effective-directive": "script-src",
        "blocked-uri": "https://evil.example/x.js?token=secret",
        "document-uri": "https://academy.example/\nportal/?code=123456",
        "original-policy": "default-src 'none'",
    }
}


def messages_of(caplog):
    return [it.getMessage() for it in caplog.records if it.name == "udtacademy.http.csp_reports"]


def send(client, body, content_type="application/csp-report"):
    return client.post("/csp-report", body, content_type=content_type)


def test_pages_name_where_to_report(client, db):
    assert "report-uri /csp-report" in client.get("/editions/").headers["Content-Security-Policy"]


def test_csp_report_logs_one_line_without_what_follows_a_question_mark(client, caplog):
    with caplog.at_level(logging.WARNING, logger="udtacademy.http.csp_reports"):
        response = send(client, json.dumps(REPORT))

    assert response.status_code == 204
    (line,) = messages_of(caplog)
    assert "script-src" in line
    assert "secret" not in line
    assert "123456" not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "body", ["", "no json", "[]", '{"csp-report": 3}', '{"csp-report": {}}', "x" * (MOST_BYTES + 1)]
)
def test_csp_report_of_what_is_none_logs_nothing(client, caplog, body):
    assert send(client, body).status_code == 204
    assert messages_of(caplog) == []


def test_csp_report_cannot_be_flooded(client, caplog):
    for _ in range(MOST_PER_MINUTE + 20):
        assert send(client, json.dumps(REPORT)).status_code == 204

    assert len(messages_of(caplog)) == MOST_PER_MINUTE


def test_csp_report_is_posted(client):
    assert client.get("/csp-report").status_code == 405


def test_pages_ask_for_no_sensors(client, db):
    policy = client.get("/editions/").headers["Permissions-Policy"]

    assert "camera=(self)" in policy
    assert "microphone=()" in policy
