import django.test
import psycopg2
import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from udtacademy.http import load_shedding
from udtacademy.urls import urlpatterns as real


def refusal(sqlstate):
    """As the driver raises what the server answers with this code."""
    return type("Refusal", (psycopg2.OperationalError,), {"pgcode": sqlstate})()


def caused(error):
    """As Django raises what the driver does."""
    raised = OperationalError("it cannot be done now")
    raised.__cause__ = error
    return raised


failures = {
    "away": OperationalError("the server is gone"),
    "closed": InterfaceError("connection already closed"),
    "disk full": caused(refusal("53100")),
    "too slow": caused(refusal("57014")),
    "locked": caused(refusal("55P03")),
    "away while a cursor closes": psycopg2.OperationalError("server closed the connection unexpectedly"),
    "stopped while a cursor closes": refusal("57P01"),
    "bug": RuntimeError("a bug"),
    "denied": PermissionDenied(),
}


def failing(_request, name):
    raise failures[name]


handler400, handler403 = "udtacademy.http.error_pages.bad_request", "udtacademy.http.error_pages.permission_denied"
handler404, handler500 = "udtacademy.http.error_pages.page_not_found", "udtacademy.http.error_pages.server_error"
urlpatterns = [path("fails/<name>/", failing), path("fine/", lambda _request: HttpResponse("fine")), *real]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client(client):
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        "away",
        "closed",
        "disk full",
        "too slow",
        "locked",
        "away while a cursor closes",
        "stopped while a cursor closes",
    ],
)
def test_a_database_that_is_away_is_a_calm_503(client, settings, name, debug):
    settings.DEBUG = debug

    response = client.get(f"/fails/{name}/")

    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "The service is temporarily unavailable" in response.content.decode()
    assert "Content-Security-Policy" in response


def test_a_database_that_is_away_before_the_view_is_a_calm_503(client, monkeypatch):
    def ask(*_arguments):
        raise OperationalError("the server is gone")

    monkeypatch.setattr("pghistory.middleware.HistoryMiddleware.get_context", ask)

    assert client.post("/fine/").status_code == 503


def test_a_database_that_is_away_when_a_session_is_saved_is_a_calm_503(client, monkeypatch):
    def save(*_arguments):
        raise OperationalError("the server is gone")

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_response", save)

    assert client.get("/fine/").status_code == 503


def test_whoever_waited_too_long_is_told_to_come_back(client):
    load_shedding.note(load_shedding.LONGEST_WAIT + 1, 0)
    try:
        response = client.get("/fine/")
    finally:
        load_shedding.note(0, 0)

    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert client.get("/fine/").status_code == 200


@pytest.mark.parametrize(("n_bytes", "status"), [(6 * 2**20, 200), (6 * 2**20 + 1, 413)])
def test_what_is_too_large_is_not_read(client, n_bytes, status):
    response = client.post("/fine/", b"x" * n_bytes, content_type="application/octet-stream")

    assert response.status_code == status
    assert ('<a href="">' in response.content.decode()) == (status == 413)  # the page to which the form was sent


def test_a_deadlock_is_not_called_a_database_that_is_away(client, monkeypatch):
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = refusal("40P01")
    monkeypatch.setitem(failures, "deadlock", deadlock)
    monkeypatch.setattr("pghistory.middleware.HistoryMiddleware.get_context", lambda *_: failing(None, "deadlock"))

    assert client.get("/fails/deadlock/").status_code == 500
    assert client.post("/fine/").status_code == 500


def test_a_lock_is_not_called_a_database_that_is_away(client, caplog):
    client.get("/fails/locked/")

    logged = [it.getMessage() for it in caplog.records if it.name == "udtacademy.http.error_pages"]
    assert logged == ["A lock in the database was not free in time: it cannot be done now"]


def test_an_object_in_use_is_an_error_of_ours(client, monkeypatch):
    monkeypatch.setitem(failures, "in use", caused(refusal("55006")))

    assert client.get("/fails/in use/").status_code == 500


@pytest.mark.parametrize("debug", [False, True])
def test_what_is_posted_without_the_slash_is_not_found(client, settings, debug):
    settings.DEBUG = debug

    assert client.post("/editions").status_code == 404
    assert client.get("/editions").status_code == 301


def test_a_form_in_another_encoding_is_a_bad_request(client):
    content_type = "application/x-www-form-urlencoded; charset=iso-8859-1"

    response = django.test.Client(enforce_csrf_checks=True).post(
        "/fine/", data="x=1", content_type=content_type, headers={"Cookie": f"csrftoken={'a' * 32}"}
    )

    assert response.status_code == 400
    assert response.content.decode() == render_to_string("400.html")


def test_a_forged_post_gets_our_page():
    response = django.test.Client(enforce_csrf_checks=True).post("/fine/")

    assert response.status_code == 403
    assert response.content.decode() == render_to_string("403.html")


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("url", ["/nothing", "/nothing/at/all", "/fails/"])
def test_404_is_ours_with_and_without_debug(client, settings, url, debug, db):
    settings.DEBUG = debug

    response = client.get(url, follow=True)

    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_403_and_500_are_ours(client):
    denied, bug = client.get("/fails/denied/"), client.get("/fails/bug/")

    assert (denied.status_code, bug.status_code) == (403, 500)
    assert "You do not have permission" in denied.content.decode()
    assert "Something went wrong on our side" in bug.content.decode()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("url", "host"), [("/fine/?x=%00", "testserver"), ("/fine%00/", "testserver"), ("/fine/", "evil")]
)
def test_400_is_ours(client, settings, url, host, debug):
    settings.DEBUG = debug

    response = client.get(url, headers={"Host": host})

    assert response.status_code == 400
    assert "We cannot understand this request" in response.content.decode()


def test_what_works_passes(client):
    assert client.get("/fine/").content == b"fine"
