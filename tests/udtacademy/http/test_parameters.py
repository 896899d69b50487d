import datetime as dt
from io import BytesIO
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import DataError
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from udtacademy.http.parameters import BIGGEST, parse_moment, whole_number
from udtacademy.urls import urlpatterns as real

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("12", 12),
        (str(BIGGEST), BIGGEST),
        (str(BIGGEST + 1), None),
        ("9" * 5000, None),
        *((it, None) for it in ("", "-1", "1.0", "１２", "²", " 1", "1\0", "x", "nan", "0x1", "1_0")),
    ],
)
def test_whole_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-09-25T16:00", dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)),
        ("2025-09-25T16:00+00:00", dt.datetime(2025, 9, 25, 16, tzinfo=dt.UTC)),
        *((it, None) for it in ("", "x", "2025-13-01T00:00", "9999-12-31T23:59:59-12:00", "\0")),
        ("0001-01-01T00:00:00+12:00", None),
        ("2025-09-25T10:00+16:00", dt.datetime(2025, 9, 24, 18, tzinfo=dt.UTC)),  # PostgreSQL knows no such offset
        *((it, None) for it in ("1900-01-01T00:00+23:59", "2999-12-31T23:59-23:59")),
    ],
)
def test_moment(text, expected):
    moment = parse_moment(text, MADRID)

    assert moment == expected
    assert moment is None or moment.tzinfo is dt.UTC


def test_moment_without_a_zone_names_its_offset():
    assert parse_moment("2025-09-25T16:00") is None
    assert parse_moment("2025-09-25T16:00Z") == dt.datetime(2025, 9, 25, 16, tzinfo=dt.UTC)


@given(st.datetimes(timezones=st.just(dt.UTC)), st.integers(-14, 14))
def test_moment_can_be_told_in_any_zone(at, hours):
    moment = parse_moment(f"{at:%Y-%m-%dT%H:%M:%S}{hours:+03}:00".rjust(25, "0"), MADRID)

    in_years = range(1900, 3000)
    assert (moment is not None) == (at.year in in_years and (at - dt.timedelta(hours=hours)).year in in_years)
    if moment:
        assert moment.astimezone(ZoneInfo("Pacific/Kiritimati")) - dt.timedelta(days=400) < moment


def raising(request, **_named):
    raise {"data": DataError, "value": ValueError, "key": KeyError, "gone": Http404}[request.GET["raises"]]


handler400, handler404 = "udtacademy.http.error_pages.bad_request", "udtacademy.http.error_pages.page_not_found"
handler500 = "udtacademy.http.error_pages.server_error"
urlpatterns = [
    path("raises/", raising),
    path("fine/", lambda _request: HttpResponse("fine")),
    path("fine/<int:pk>/", lambda _request, pk: HttpResponse(str(pk))),
    path("fine/of/<path:object_id>/", lambda _request, object_id: HttpResponse(object_id)),
    *real,
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client(client):
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("raises", "status"), [("data", 400), ("value", 400), ("key", 500), ("gone", 404)])
def test_what_a_view_lets_through_is_a_bad_request(client, caplog, raises, status):
    response = client.get("/raises/", {"raises": raises, "cell": "99999999999999999999"})

    assert response.status_code == status
    assert ("A view let an impossible value through" in caplog.text) == (status == 400)


@pytest.mark.parametrize("raises", ["data", "value"])
def test_a_mistake_of_ours_stays_one(client, raises):
    assert client.get("/raises/", {"raises": raises, "cell": "12/peer-learning"}).status_code == 500


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/fine/{BIGGEST}/", 200),
        (f"/fine/{BIGGEST + 1}/", 404),
        (f"/fine/{'9' * 5000}/", 404),
        (f"/fine/of/{BIGGEST}/", 200),
        (f"/fine/of/{BIGGEST + 1}/", 404),
        ("/fine/of/peer-learning/", 200),
        ("/fine/%00/", 400),
        ("/fine/?a=b%00", 400),
        ("/fine/?a%00=b", 400),
        ("/fine/?" + "&".join(f"a{it}=1" for it in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)), 400),
        ("/fine/?a=%ED%A0%80", 200),
    ],
)
def test_addresses(client, address, status):
    assert client.get(address).status_code == status


def test_a_cookie_with_a_nul_is_a_bad_request(client):
    assert client.get("/fine/", headers={"Cookie": 'sessionid="abcdefgh\\000"'}).status_code == 400


@pytest.mark.parametrize(("charset", "status"), [("utf-8", 200), ("UTF8", 200), ("utf-7", 400), ("nothing", 400)])
def test_only_utf_8_is_read(client, charset, status):
    assert client.get("/fine/", CONTENT_TYPE=f"text/plain; charset={charset}").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/code/", "/csp-report"])
@pytest.mark.parametrize("content_type", [MULTIPART_CONTENT, "application/x-www-form-urlencoded"])
def test_a_body_that_ends_early_is_a_bad_request(settings, path, content_type):
    """Servers and Django take what came for all of it, and half an address for an address."""
    from udtacademy.wsgi import application  # noqa: PLC0415 - loaded by the first test, when static files are there

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], False
    fields = {"email": "ana@girona.example"}
    body = encode_multipart(BOUNDARY, fields) if content_type is MULTIPART_CONTENT else urlencode(fields).encode()
    statuses = []
    for sent in (body, body[:-9]):
        environ = RequestFactory().generic("POST", path, body, content_type).environ | {"wsgi.input": BytesIO(sent)}
        list(application(environ, lambda status, _headers: statuses.append(int(status[:3]))))

    assert statuses == [204 if path == "/csp-report" else 403, 400]


def test_a_form_that_cannot_be_read_is_a_bad_request(client):
    broken = client.generic("POST", "/fine/", b"x", content_type="multipart/form-data")
    large = client.post("/fine/", {"a": "x" * 3 * 2**20}, content_type="application/x-www-form-urlencoded")

    assert broken.status_code == 400
    assert large.status_code == 413
