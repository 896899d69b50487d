"""Lists of the admin: the names of columns in their cells, booleans in words, the zone once, technical rows left out."""

import re

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin import utils
from django.db import models
from django.urls import reverse

from programme.models import Session
from tests.factories.people import MessageFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TimedSessionFactory, TrackFactory
from udtacademy.admin.base import without


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def page_of(admin, edition, name):
    return admin.get(reverse(f"programme-staff:{name}", args=[edition.slug])).content.decode()


def test_each_cell_names_its_column_and_its_role(admin, edition):
    ParticipantFactory(delegation__edition=edition)

    page = page_of(admin, edition, "participants")
    (row,) = re.findall(r"<tbody role=\"rowgroup\">.*?<tr role=\"row\">(.*?)</tr>", page, re.DOTALL)
    cells = re.findall(r'<t[dh] role="(\w+)"(?: data-label="([^"]*)")? class="([\w-]+)', row)

    assert cells == [
        ("cell", "", "action-checkbox"),
        ("rowheader", "Person", "field-user"),
        ("cell", "Email address", "field-email"),
        ("cell", "Delegation", "field-delegation"),
        ("cell", "State", "field-shown_state"),
        ("cell", "Coordinator", "field-is_coordinator"),
        ("cell", "Since", "field-state_at"),
        ("cell", "Approval", "field-approve_button"),
    ]


@pytest.mark.parametrize(("value", "word"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_booleans_are_words(value, word):
    shown = [
        utils.display_for_field(value, models.BooleanField(null=True), "–"),
        utils.display_for_value(value, "–", boolean=True),
    ]

    assert [re.sub("<[^>]*>", "", str(it)) for it in shown] == [word, word]


def test_booleans_are_words_in_lists_and_on_pages(admin, edition):
    session = SessionFactory(edition=edition, is_core=True)

    for page in (
        page_of(admin, edition, "sessions"),
        admin.get(f"/admin/programme/session/{session.pk}/change/").content.decode(),
    ):
        assert not re.search(r"icon-(yes|no|unknown)", page)


@pytest.mark.parametrize(
    ("name", "has_times"), [("participants", True), ("sessions", True), ("delegations", False), ("tracks", False)]
)
def test_the_zone_is_named_once_above_times(admin, edition, name, has_times):
    TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
    ParticipantFactory(delegation__edition=edition)

    page = page_of(admin, edition, name)

    assert page.count("Times are in Europe/Madrid.") == has_times
    assert "CEST" not in page


def test_lists_of_all_editions_are_in_utc(admin, session):
    assert "Times are in UTC." in admin.get("/admin/programme/session/").content.decode()


def test_emails_are_of_kinds_in_words(admin, edition):
    MessageFactory(context=edition, kind="seat_offered", subject="Hello")
    MessageFactory(context=edition, kind="of_old", subject="Hello")
    url = reverse("programme-staff:messages", args=[edition.slug])

    page = admin.get(url).content.decode()

    assert page.count("seat_offered") == 1  # in the filter's URL
    assert page.count("Free seat offered") == 2
    assert "of_old" in page
    assert admin.get(url, {"kind": "seat_offered"}).context["cl"].result_count == 1


def test_seat_counts_are_not_among_what_is_deleted(admin, edition):
    session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
    seat = SeatFactory(session=session, participant=ParticipantFactory(delegation__edition=edition))
    assert Session.objects.with_seats().get(pk=session.pk).n_held == 1
    seat.delete()

    response = admin.get(f"/admin/programme/session/{session.pk}/delete/")

    assert "eat count" not in response.content.decode()
    assert set(dict(response.context["model_count"])) == {"sessions"}


def test_a_row_is_left_out_with_all_below_it():
    nested = ["Session: A", ["Seat count: 3", ["Of it: 1", ["Deep: 1"]], "Seat: B", ["Of it: 2"]], "Session: C"]

    assert without(nested, ("Seat count: ",)) == ["Session: A", ["Seat: B", ["Of it: 2"]], "Session: C"]
    assert without(["Session: A", ["Seat count: 3"]], ("Seat count: ",)) == ["Session: A"]
    assert without(nested, ()) == nested


def test_destructive_actions_come_last_and_are_marked(admin, edition):
    person = ParticipantFactory(delegation__edition=edition, state="pending")

    response = admin.get(f"/admin/programme/participant/{person.pk}/change/")
    actions = response.context["bulk_actions"]

    assert [it.name for it in actions if it.is_destructive] == ["decline", "withdraw"]
    assert [it.is_destructive for it in actions] == sorted(it.is_destructive for it in actions)
    assert response.content.decode().count("is-destructive") == 2


@pytest.mark.parametrize("model", [it for it in django_admin.site._registry if it._meta.app_label == "programme"])
def test_every_list_has_words_for_its_columns(model):
    model_admin = django_admin.site.get_model_admin(model)

    for name in model_admin.list_display:
        assert utils.label_for_field(name, model, model_admin)
