"""Whatever is listed has an order. Django forgets that of a model as soon as rows are grouped, as when related rows are counted by a
join: `programme.models.counts.count_of` counts without.
"""

import datetime as dt
import inspect
import typing
from collections.abc import Iterable
from unittest.mock import patch

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Case, Count, F, QuerySet, Value
from django.db.models.query import ModelIterable
from django.test import RequestFactory
from django.utils import timezone

from attendance.models import Report
from programme.models import Edition, Participant, Seat, Session
from programme.rules.coming import DaysInPerson
from tests.test_access import ROUTES, path_of, world  # noqa: F401 - a fixture
from udtacademy.accounts.models import User
from udtacademy.accounts.models.visitor import Visitor

pytestmark = pytest.mark.slow

MODELS = [
    model
    for label in ("programme", "attendance")
    for model in apps.get_app_config(label).get_models()
    if not model.__name__.endswith("Event")
]
ARGUMENTS = {  # by the annotation of a parameter: what a method of a queryset is asked with
    dt.datetime: timezone.now(),
    DaysInPerson: DaysInPerson(timezone.now().date(), timezone.now().date(), timezone.now()),
    Edition: Edition(pk=1, time_zone="UTC", last_on=timezone.now().date()),
    Participant: Participant(pk=1, edition_id=1),
    Report: Report(pk=1, edition_id=1),
    Seat: Seat(pk=1, participant_id=1, starts_at=timezone.now(), ends_at=timezone.now()),
    Session: Session(pk=1, starts_at=timezone.now(), ends_at=timezone.now()),
    User: User(pk=1),
    Visitor: User(pk=1, is_staff=True),
    Case: Case(default=Value("")),
    Iterable[Session]: [],
    Iterable[int]: [],
    str: "x",
    int: 1,
    int | Value: 1,
    dt.date | F: timezone.now().date(),
    dt.datetime | Value: timezone.now(),
    dt.date | Value: timezone.now().date(),
    Participant | Value: Participant(pk=1, edition_id=1),
}
NAMES = {it.__name__: it for it in (Edition, Participant, Report, Seat, Session)}


def own_methods(queryset):
    """The public methods that our own querysets add to Django's."""
    for name, method in inspect.getmembers(type(queryset), inspect.isfunction):
        if not name.startswith("_") and not hasattr(QuerySet, name):
            yield name, method


def arguments_of(method):
    """A KeyError here asks for one more line in ARGUMENTS."""
    hints = typing.get_type_hints(method, localns=NAMES)
    return [ARGUMENTS[hints[name]] for name in list(inspect.signature(method).parameters)[1:]]


METHODS = [
    pytest.param(model, name, method, id=f"{model.__name__}.{name}")
    for model in MODELS
    for name, method in own_methods(model._default_manager.all())
    if typing.get_type_hints(method, localns=NAMES).get("return") is typing.Self
]


@pytest.mark.django_db  # one of them asks which rows there are
@pytest.mark.parametrize(("model", "name", "method"), METHODS)
def test_every_named_set_keeps_an_order(model, name, method):
    rows = getattr(model._default_manager.all(), name)(*arguments_of(method))

    assert rows.ordered or not model._meta.ordering, (
        f"{model.__name__}.objects.{name}() has lost the order of its model"
    )


def test_the_sets_with_names_are_found():
    assert {"Report.with_counts", "Delegation.with_counts", "Edition.with_counts"} <= {it.id for it in METHODS}


@pytest.mark.django_db
def test_every_list_of_the_admin_has_an_order(organiser):
    request = RequestFactory().get("/")
    request.user = organiser

    for model, model_admin in admin.site._registry.items():
        shown = model_admin.get_queryset(request)
        assert shown.ordered or not shown.query.group_by, model
        assert model_admin.get_changelist_instance(request).queryset.ordered, model


class Disorder(list):
    """The models of which rows are read that are grouped and have no order, while it is used as a context."""

    def __enter__(self):
        fetch_all = QuerySet._fetch_all

        def watched(queryset):
            is_new = queryset._result_cache is None and issubclass(queryset._iterable_class, ModelIterable)
            if is_new and queryset.query.group_by is not None and not queryset.ordered:
                self.append(queryset.model)
            fetch_all(queryset)

        self.patch = patch.object(QuerySet, "_fetch_all", watched)
        self.patch.start()
        return self

    def __exit__(self, *_error):
        self.patch.stop()


def is_out_of_order(shown):
    """Whether it is a queryset of ours without an order. allauth's have none; its pages sort what they show."""
    return (
        isinstance(shown, QuerySet)
        and shown.model in MODELS
        and issubclass(shown._iterable_class, ModelIterable)
        and not shown.ordered
    )


def contents_of(response):
    """Every queryset that a page was given."""
    for context in response.context or ():
        for layer in context if hasattr(context, "dicts") else ():
            yield from (getattr(it, "object_list", it) for it in layer.values())


def test_every_page_shows_in_an_order(client, world):  # noqa: F811 - the fixture
    values, special, people = world
    disorder = {}

    for role in ("organiser", "coordinator"):
        client.force_login(people[role])
        for route in ROUTES:
            if "logout" in route:
                continue
            with Disorder() as models:
                response = client.get(path_of(route, values, special))
            models += [it.model for it in contents_of(response) if is_out_of_order(it)]
            if models:
                disorder[role, route] = models

    assert not disorder


@pytest.mark.django_db
def test_rows_that_are_counted_by_a_join_are_seen_to_have_no_order():
    """The negative control."""
    with Disorder() as models:
        assert not list(Report.objects.annotate(n=Count("people"))[:5])

    assert models == [Report]
