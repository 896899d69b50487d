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
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from programme.models import Participant, Session
from tests.attendance.reports import files
from tests.test_access import ROUTES, path_of, world  # noqa: F401 - a fixture

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
]
NAMES_OF_DJANGO = {
    *("q", "o", "p", "e", "all", "_popup", "_to_field", "_changelist_filters", "_facets", "next", "term"),
    *("app_label", "model_name", "field_name", "action", "index", "select_across", "_selected_action", "_save", "post"),
    *("id__exact", "pk__in", "id__gt", "id__isnull", "edition__id__exact", "starts_at__gte", "starts_at__year"),
    *("_saveasnew", "_continue", "confirm", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-id"),
}


def names():
    """Of parameters: those read by name in the code, and the fields of all forms and models."""
    found = set(NAMES_OF_DJANGO)
    for package in ("programme", "attendance", "udtacademy"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            found.update(re.findall(r"""(?:GET|POST|given|wanted|FILES)\.(?:get|getlist|pop)\(\s*["'](\w+)["']""", text))
            found.update(re.findall(r"""["'](\w+)["'] (?:not )?in request\.(?:GET|POST)""", text))
    kinds = [forms.BaseForm]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found.update(getattr(kind, "base_fields", {}))
    for model in admin.site._registry:
        found.update(field.name for field in model._meta.fields)
    return sorted(found)


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
            response = getattr(self.client, method)(path, data or {}, **how)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        self.n += 1
        match = response.resolver_match
        if match and not match.func.__module__.startswith(("programme.views", "attendance.views", "udtacademy.")):
            self.logged = [it for it in self.logged if it.name != "udtacademy.parameters"]  # the last resort, for others
        said = [f"{it.name}: {it.getMessage()}" + (f" {it.exc_info[1]!r}" if it.exc_info else "") for it in self.logged]
        if response.status_code >= 500 or said:
            self.wrong.append((method, path[:90], response.status_code, [it[:300] for it in said], str(data)[:80]))
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
    monkeypatch.setattr("udtacademy.limits.counted", lambda _name, _who: {})


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

    for it in asker.wrong:
        print(it)
    assert asker.n > 150
    assert asker.wrong == []
