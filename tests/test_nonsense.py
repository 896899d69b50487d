"""Whatever comes with a request, the answer is never 500, and nothing is logged as an error.

Every address is asked with every parameter that any view reads (found in the code and in the forms); then views that read
more than a form's fields with each value, and forms that are right but for one field.
"""

import logging
import re
from copy import copy
from itertools import cycle, islice
from pathlib import Path

import pytest
from django import forms
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.signals import request_started
from django.db import close_old_connections, transaction
from django.test import RequestFactory

from programme.models import Participant, Session
from tests.attendance.meeting_reports.reading import files
from tests.test_access import PARAMETER, ROUTES, path_of, world  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow


def application(environ, start_response):
    """The site as a server calls it; loaded by the first test, when static files are there."""
    from udtacademy.wsgi import application as site  # noqa: PLC0415

    return site(environ, start_response)


ROOT = Path(__file__).parent.parent
VALUES = [
    "a\0b",
    "1/a\0b",
    "99999999999999999999",
    "9" * 5000,
    "-1",
    "0",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00",
    "9999-12-31 23:59",
    "0001-01-01",
    "",
    "x" * 10_000,
    "[]",
    "１２",
    "²",
    "nan",
    "1e999",
    "\ufffe😀",
    "%ED%A0%80",
    "../../etc/passwd",
    "1,2,x",
    "[::1",
    "//[evil",
    "javascript:alert(1)",
    "[" * 5000,
]
NAMES_OF_DJANGO = {
    *("q", "o", "p", "e", "all", "_changelist_filters", "_facets", "next", "term"),
    *("app_label", "model_name", "field_name", "action", "index", "select_across", "_selected_action", "_save", "post"),
    *("id__exact", "pk__in", "id__gt", "id__isnull", "edition__id__exact", "starts_at__gte", "starts_at__year"),
    *("_saveasnew", "_continue", "confirm", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-id"),
}


def names():
    """Of parameters: those read by name in the code, and the fields of all forms and models."""
    parameters = set(NAMES_OF_DJANGO)
    for package in ("programme", "attendance", "udtacademy"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            parameters.update(
                re.findall(r"""(?:GET|POST|given|wanted|FILES)\.(?:get|getlist|pop)\(\s*["'](\w+)["']""", text)
            )
            parameters.update(re.findall(r"""["'](\w+)["'] (?:not )?in request\.(?:GET|POST)""", text))
    kinds = [forms.BaseForm]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        parameters.update(getattr(kind, "base_fields", {}))
    for model in admin.site._registry:
        parameters.update(field.name for field in model._meta.fields)
    return sorted(parameters)


NAMES = names()
SHORT = [it for it in VALUES if len(it) < 100]  # each link of a list repeats all parameters


def all_names_with(shift):
    """Each with one of the values; with another `shift` with another."""
    return dict(zip(NAMES, islice(cycle(SHORT), shift % len(SHORT), None), strict=False))


def without_nul(data):
    """What gets further in an address than to a bad request."""
    return {name: value for name, value in data.items() if "\0" not in value}


class Asker:
    """Asks as somebody, takes back what it changed, and notes what went wrong."""

    def __init__(self, client, user):
        self.client, self.user = client, user
        self.client.raise_request_exception = False
        self.wrong = []
        self.n = 0
        self.logged = []
        self.handler = logging.Handler(logging.WARNING)
        self.handler.emit = self.note
        if user:
            client.force_login(user)

    def note(self, record):
        is_refusal = record.name in {"django.request", "django.security.csrf"} and record.levelno == logging.WARNING
        if not is_refusal:
            self.logged.append(record)

    def __enter__(self):
        logging.getLogger().addHandler(self.handler)
        return self

    def __exit__(self, *_error):
        logging.getLogger().removeHandler(self.handler)

    def ask(self, method, path, data=None, **how):
        cookies = copy(self.client.cookies)
        with transaction.atomic():
            send = self.client.generic if isinstance(data, bytes) else getattr(self.client, method)
            response = send(*([method.upper()] if isinstance(data, bytes) else []), path, data or {}, **how)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        self.n += 1
        match = response.wsgi_request.resolver_match
        is_ours = match and match.func.__module__.startswith(("programme.views", "attendance.views", "udtacademy."))
        if not is_ours or path.startswith("/accounts/"):
            self.logged = [
                it for it in self.logged if it.name != "udtacademy.http.parameters"
            ]  # the last resort, for others
        records = [
            f"{it.name}: {it.getMessage()}" + (f" {it.exc_info[1]!r}" if it.exc_info else "") for it in self.logged
        ]
        if response.status_code >= 500 or records:
            self.wrong.append((method, path[:90], response.status_code, [it[:300] for it in records], str(data)[:80]))
        self.logged.clear()
        return response


@pytest.fixture
def people(world):  # noqa: F811
    superuser = world[2]["organiser"]
    superuser.is_superuser = True
    superuser.save()
    return {"superuser": superuser, "participant": world[2]["participant"], "nobody": None}


@pytest.fixture(autouse=True)
def _nobody_asks_too_often(monkeypatch):
    monkeypatch.setattr("udtacademy.http.rate_limits.counts_of", lambda _name, _keys: {})


ASKED = [it for it in ROUTES if it != "readyz"]  # which says that there is no worker


@pytest.mark.parametrize("role", ["superuser", "participant", "nobody"])
def test_any_parameter_at_any_address(client, world, people, role):  # noqa: F811
    values, special, _people = world
    with Asker(client, people[role]) as asker:
        for number, route in enumerate(ASKED):
            if role == "superuser" or not route.startswith("admin/"):
                path = path_of(route, values, special)
                shift = number * 7
                asker.ask("get", path, without_nul(all_names_with(shift)))
                asker.ask("post", path, all_names_with(shift + 11))

    assert asker.n > 150
    assert "\n".join(map(str, asker.wrong)) == ""


ADDRESSES = {  # and the parameters that are read there, beside those of forms
    "/admin/editions/academy/attendance/board/": ["city", "track", "standing", "only", "page"],
    "/admin/editions/academy/attendance/board/export.csv": ["city", "track", "page"],
    "/admin/editions/academy/attendance/board/changes/": ["since"],
    "/admin/editions/academy/attendance/board/select/": ["session", "delegation", "city", "page"],
    "/admin/editions/academy/attendance/missing/peer-learning/": ["page"],
    "/admin/editions/academy/messages/reminders/": ["at", "page"],
    "/admin/editions/academy/attendance/reports/": ["session"],
    "/admin/editions/academy/attendance/reports/{report}/": ["group", "page"],
    "/admin/login/": ["next"],
    "/admin/programme/participant/": ["q", "o", "p", "e", "edition__id__exact", "delegation__city__id__exact", "state"],
    "/admin/programme/participant/add/": ["user", "delegation", "state_at", "_changelist_filters", "_to_field"],
    "/admin/programme/participant/{participant}/change/": ["_to_field", "_popup", "_changelist_filters"],
    "/admin/programme/participant/{participant}/history/": ["p"],
    "/admin/programme/session/": ["starts_at__year", "starts_at__gte", "id__in", "_to_field"],
    "/admin/programme/edition/": ["first_on__year", "first_on__month", "id__exact"],
    "/admin/autocomplete/?app_label=programme&model_name=participant&field_name=user": ["term", "page"],
    "/admin/autocomplete/?app_label=programme&field_name=user": ["model_name"],
    "/check-in/academy/": ["code"],
    "/check-in/academy/peer-learning/": ["code", "q"],
    "/join/academy/peer-learning/": ["key"],
    "/me/academy/check-in/peer-learning/": ["code"],
    "/accounts/login/": ["next"],
    "/accounts/login/code/confirm/": ["next"],
    "/portal/academy/tracks/seats/": ["seats"],
    "/sitemap.xml": ["p"],
}


@pytest.mark.parametrize("role", ["superuser", "participant"])
def test_any_value_where_a_view_reads_it(client, world, people, role):  # noqa: F811
    report = world[1]["admin/editions/<slug:edition_slug>/attendance/reports/<int:pk>/"]["pk"]
    with Asker(client, people[role]) as asker:
        for address, parameters in ADDRESSES.items():
            if address.startswith(("/join/", "/portal/")) is (role == "superuser"):
                continue
            path, _question, query = address.format(report=report, participant=world[0]["pk"]).partition("?")
            fixed = dict(it.split("=") for it in query.split("&") if it)
            step = 1 if len(parameters) < 4 else 3
            for number, name in enumerate(parameters):
                for value in VALUES[number % step :: step]:
                    asker.ask("get", path, fixed | {name: value})

    assert asker.n > 30
    assert "\n".join(map(str, asker.wrong)) == ""


PLACES = [
    "99999999999999999999",
    "9" * 5000,
    "-1",
    "0",
    "１２",
    "a%00b",
    "%ED%A0%80",
    "x" * 3000,
    "..",
    "%2F",
    "_5F",
    "1%0A",
]


@pytest.mark.parametrize("method", ["get", pytest.param("post", marks=pytest.mark.nightly)])
def test_any_value_in_an_address(client, world, people, method):  # noqa: F811
    """Each part of each address in turn, whatever it says there."""
    values, special, _people = world
    asked = set()
    with Asker(client, people["superuser"]) as asker:
        for number, route in enumerate(ASKED):
            for part, name in enumerate(PARAMETER.findall(route)):
                asked.add(name)
                for turn in range(2):
                    marked = path_of(route, values, special | {route: special.get(route, {}) | {name: "MARK"}})
                    place = PLACES[(number + 5 * part + 7 * turn) % len(PLACES)]
                    asker.ask(method, marked.replace("MARK", place))

    assert len(asked) > 8
    assert "\n".join(map(str, asker.wrong)) == ""


def test_the_shortcut_to_an_object_that_there_cannot_be(client, world, people):  # noqa: F811
    kind = ContentType.objects.get_for_model(Participant).pk
    with Asker(client, people["superuser"]) as asker:
        statuses = {
            shortcut: asker.ask("get", f"/admin/r/{shortcut}/").status_code
            for shortcut in (
                f"{kind}/99999999999999999999",
                "99999999999999999999/1",
                f"{kind}/-99999999999999999999",
                f"{kind}/x",
            )
        }

    assert "\n".join(map(str, asker.wrong)) == ""
    assert set(statuses.values()) == {404}


def right_forms(world):  # noqa: F811
    """Forms that are taken as they are: (who, address, fields)."""
    values, special, _people = world
    pk, person = values["pk"], values["person_pk"]
    report = special["admin/editions/<slug:edition_slug>/attendance/reports/<int:pk>/"]["pk"]
    parallel = str(Session.objects.get(slug="parallel").pk)
    staff = "/admin/editions/academy/attendance"
    reports = f"{staff}/reports/{report}"
    decision = {"outcome": "absent", "reason": "Because", "back": "/admin/editions/academy/attendance/board/"}
    reading = {
        "session": "",
        "zone": "Europe/Madrid",
        "date_order": "",
        "encoding": "",
        "is_anyway": "",
        "is_zone_chosen": "",
    }
    taught = {"starts_at_0": "2025-09-25", "starts_at_1": "16:00", "ends_at_0": "2025-09-25", "ends_at_1": "17:00"}
    return [
        ("superuser", f"{staff}/board/decide/", {"cell": f"{pk}/peer-learning", **decision}),
        ("superuser", f"{staff}/board/decide/", {"cell": "1/a\0b", **decision}),
        ("superuser", f"{staff}/board/{pk}/peer-learning/", decision),
        ("superuser", f"{staff}/live/peer-learning/actual-time/", taught | {"reason": "Late", "agreed": "1"}),
        ("superuser", f"{reports}/again/", reading),
        (
            "superuser",
            f"{reports}/choose/",
            {"page": "1", "group": "unknown", f"{person}-who": "other", f"{person}-other": "A"},
        ),
        ("superuser", f"{reports}/{person}/", {f"{person}-who": "other", f"{person}-other": "A"}),
        ("superuser", f"{reports}/{person}/share/", {"who": "Ana Anaya", "note": "There"}),
        (
            "superuser",
            "/check-in/academy/peer-learning/",
            {
                "code": "",
                "participant": str(pk),
                "name": "Ana Anaya",
                "scan_id": "00000000-0000-4000-8000-000000000000",
                "anyway": "",
                "made_at": "2025-09-25T16:00:00Z",
                "sent_at": "2025-09-25T16:00:00Z",
            },
        ),
        (
            "superuser",
            "/admin/programme/participant/",
            {
                "action": "assign",
                "_selected_action": str(pk),
                "apply": "1",
                "session": parallel,
                "reason": "x",
                "back": "/",
            },
        ),
        (
            "superuser",
            "/admin/programme/participant/",
            {"action": "move", "_selected_action": str(pk), "delegation": "1"},
        ),
        ("superuser", "/accounts/login/code/", {"email": "a@lyon.example", "next": "/"}),
        (
            "superuser",
            "/admin/programme/session/add/",
            {"title": "A", "reminder_minutes": "1 day", "capacity": "3", **taught},
        ),
        (
            "participant",
            "/academy/register/",
            {"email": "a@lyon.example", "delegation": "1", "action": "save", "name": "A"},
        ),
        (
            "participant",
            "/portal/academy/tracks/",
            {f"slot-{parallel}": parallel, "all": "", "meanwhile": "", "full": parallel},
        ),
        ("participant", "/portal/academy/profile/", {"name": "Ana", "time_zone": "Europe/Madrid", "language": "ca"}),
        (
            "participant",
            "/portal/academy/attendance/peer-learning/request/",
            {"kind": "excuse", "reason": "Ill", "answer": ""},
        ),
        ("participant", "/join/academy/peer-learning/", {"key": ""}),
        ("nobody", "/accounts/login/code/", {"email": "a@lyon.example", "next": "/"}),
        ("nobody", "/academy/register/", {"email": "a@lyon.example"}),
        ("nobody", "/accounts/2fa/webauthn/login/", {"credential": "{}"}),
        ("nobody", "/invitations/a-token/", {"email": "a@lyon.example", "name": "Ana"}),
        ("nobody", "/portal/academy/tracks/", {"typed_by": "x:y", "slot-1": "1"}),
    ]


@pytest.mark.parametrize("role", [pytest.param("superuser", marks=pytest.mark.nightly), "participant", "nobody"])
def test_any_value_in_a_form_that_is_right_but_for_it(client, world, people, role):  # noqa: F811
    with Asker(client, people[role]) as asker:
        for path, fields in [(path, fields) for who, path, fields in right_forms(world) if who == role]:
            assert asker.ask("post", path, fields).status_code != 404, path
            for number, name in enumerate(fields):
                # What a form's field takes is Django's: some, others for each.
                step = 1 if name in {"cell", "back", "page"} else 7
                for value in VALUES[number % step :: step]:
                    asker.ask("post", path, fields | {name: value})
                    cache.clear()

    assert asker.n > 30
    assert "\n".join(map(str, asker.wrong)) == ""


def multipart(*parts):
    return b"".join(b"--x\r\n" + it + b"\r\n" for it in parts) + b"--x--\r\n"


def part(name, content=b"x", more=b""):
    return b'Content-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + content


LIST = "/admin/editions/academy/attendance/reports/"
GIVEN = files.ZOOM_2020.encode()
BODIES = {
    "no boundary": ("multipart/form-data", multipart(part(b"a"))),
    "another boundary": ("multipart/form-data; boundary=y", multipart(part(b"a"))),
    "a long boundary": ("multipart/form-data; boundary=" + "y" * 500, multipart(part(b"a"))),
    "a boundary of other letters": ("multipart/form-data; boundary=é", multipart(part(b"a"))),
    "broken off": ("multipart/form-data; boundary=x", multipart(part(b"given", GIVEN, b'; filename="a.csv"'))[:-150]),
    "without a name": ("multipart/form-data; boundary=x", multipart(b"Content-Disposition: form-data\r\n\r\nx")),
    "without heads": ("multipart/form-data; boundary=x", multipart(b"x")),
    "parts without end": ("multipart/form-data; boundary=x", multipart(*[part(b"a")] * 2000)),
    "files without end": ("multipart/form-data; boundary=x", multipart(*[part(b"f", more=b'; filename="a"')] * 200)),
    "fields without end": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % it for it in range(3000))),
    "too long a field": ("application/x-www-form-urlencoded", b"a=" + b"x" * 3 * 2**20),
    "halves of characters": ("application/x-www-form-urlencoded", b"zone=%ED%A0%80&group=%FF&session=%C0%80"),
    "base64": (
        "multipart/form-data; boundary=x",
        multipart(b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!'),
    ),
    "JSON": ("application/json", b'{"zone": "\\u0000\\ud800"}'),
    "broken JSON": ("application/json", b'{"zone": ['),
    "deep JSON": ("application/csp-report", b"[" * 9000),
    "JSON in UTF-16": ("application/json; charset=utf-16", '{"a": 1}'.encode("utf-16")),
    "no type": ("", b"\0\xff"),
    "a broken type": (';;="', b"a=1"),
}
NAMED = [
    *(
        b"../../etc/passwd",
        b"a\0b.csv",
        b"a/b\\c.csv",
        b"",
        b".",
        b"..",
        b"x" * 3000 + b".csv",
        b"\xff\xfe.csv",
        b'\\".csv',
    ),
    *("😀\u202e.csv".encode(), b"CON", b"<script>.csv", b"a%00b.csv", b"&#0;.csv", b"=cmd.xlsx"),
]
CHARSETS = [  # "rot13" and "hex" are encodings, but not of texts
    "utf-7",
    "nothing",
    "utf-16",
    "rot13",
    "idna",
    "undefined",
    "unicode_escape",
    "base64",
    "a\0b",
    "hex",
    "ascii",
    "x" * 999,
]


def test_any_body(client, world, people):  # noqa: F811
    with Asker(client, people["superuser"]) as asker:
        for path in (LIST, "/csp-report", "/accounts/login/code/", "/academy/register/"):
            for content_type, body in BODIES.values():
                asker.ask("post", path, body, content_type=content_type)
            for name in NAMED:
                body = multipart(part(b"given", GIVEN, b'; filename="' + name + b'"'), part(b"zone", b"Europe/Madrid"))
                asker.ask("post", path, body, content_type="multipart/form-data; boundary=x")

    assert "\n".join(map(str, asker.wrong)) == ""


def asked_by_a_server(method, path, *, body=b"", content_type="", cookies=None):
    """As gunicorn asks: status, heads, and what would be sent after them."""
    heads = {"Cookie": cookies.output(header="", attrs=[], sep=";")} if cookies else {}
    environ = RequestFactory(headers=heads).generic(method, path, body).environ
    environ["CONTENT_TYPE"] = content_type
    headers = {}
    request_started.disconnect(
        close_old_connections
    )  # else the one of the test is closed; Django's client connects it again
    with transaction.atomic():
        answer = application(environ, lambda status, heads: headers.update(dict(heads), status=int(status[:3])))
        sent = b"".join(answer)
        transaction.set_rollback(True)
    request_started.connect(close_old_connections)
    return headers.pop("status"), headers, sent


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_any_encoding(open_edition, caplog, charset, kind):
    """Said of a request that has to be read to the end before a middleware sees it."""
    for method, path in (("GET", "/academy/?session=%E9"), ("POST", "/academy/register/?a=%E9")):
        content_type = f"{kind}; charset={charset}"
        status, _heads, _sent = asked_by_a_server(method, path, body=multipart(part(b"a")), content_type=content_type)
        assert status == (400 if charset != "utf8" else {"GET": 200, "POST": 403}[method])

    assert [it for it in caplog.records if it.levelno >= logging.ERROR] == []


HEADS = [
    *(
        {name: value}
        for name in ("If-None-Match", "If-Match", "Range", "Accept-Language")
        for value in ("\xff", '"', "bytes=9" + "9" * 5000, "*")
    ),
    *(
        {name: value}
        for name in ("If-Modified-Since", "If-Unmodified-Since")
        for value in ("x", "Mon, 01 Jan 0001 00:00:00 GMT", "9" * 5000)
    ),
    *(
        {"Cookie": cookie}
        for cookie in (
            'sessionid="abcdefgh\\000ij"',
            "sessionid=\xff",
            'messages="\\000"',
            "csrftoken=a\0b",
            "=;=",
            "a" * 9000,
        )
    ),
    *({"Content-Length": it} for it in ("-1", "x", "9" * 5000, "²")),
    *(
        {name: value}
        for name in ("Referer", "Origin", "HX-Current-URL", "X-Request-ID")
        for value in ("http://[::1", "?a\0b", "\xff")
    ),
    *({"HX-Request": "true", "HX-Target": it, "HX-Prompt": it} for it in ("\xff", "%00")),
    *({"X-Forwarded-For": it} for it in ("x", "1.2.3.4, ::1, [", "")),
    *({"Accept-Encoding": it, "Accept": it} for it in ("gzip;q=x", "\xff", ",,;;")),
]


def test_any_head(client, world, people):  # noqa: F811
    with Asker(client, people["superuser"]) as asker:
        for path in ("/", "/academy/", "/academy/programme.ics", "/static/css/base.css", "/portal/academy/"):
            for heads in HEADS:
                asker.ask("get", path, headers=heads)
                asker.ask("post", path, headers=heads)

    assert "\n".join(map(str, asker.wrong)) == ""


@pytest.mark.parametrize("role", ["superuser", "participant"])
def test_what_is_only_read_is_answered_to_head_as_well(client, world, people, role):  # noqa: F811
    """With the length that GET has, without a body, which gunicorn would warn of, and without a warning of ours."""
    values, special, _people = world
    n = 0
    with Asker(client, people[role]) as asker:
        for route in ASKED if role == "superuser" else [it for it in ASKED if not it.startswith("admin/")]:
            path = path_of(route, values, special)
            got = asker.ask("get", path)
            if got.status_code in {200, 302} and not got.streaming:
                n += 1
                status, heads, sent = asked_by_a_server("HEAD", path, cookies=client.cookies)
                assert (status, sent) == (got.status_code, b""), path
                assert heads.get("Content-Length", "0").isdecimal()
                assert bool(int(heads.get("Content-Length", 0))) == bool(got.content), path

    assert n > 20
    assert "\n".join(map(str, asker.wrong)) == ""
