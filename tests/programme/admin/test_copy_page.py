"""Copying an edition: the form, the preview of every date, and the copy."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from programme.models import ChecklistItem, Edition, Session
from tests.client import OneOfMany
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, TimedSessionFactory
from tests.threads import in_threads
from udtacademy.outbox.models import Message

VALUES = {"name": "UDT Academy 2026", "slug": "udt-2026", "first_day": "2026-09-15"}


@pytest.fixture
def organiser(db):
    organiser = UserFactory(is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def url_of(edition):
    return reverse("programme-staff:copy", args=[edition.slug])


def overview_of(edition):
    return reverse("programme-staff:overview", args=[edition.slug])


def preview(client, edition, **values):
    return client.post(url_of(edition), VALUES | values)


def agree(client, edition, response, **values):
    token = response.context["clone"].token
    return client.post(url_of(edition), VALUES | values | {"agreed": "1", "agreed_to": token}, follow=True)


@time_machine.travel(dt.datetime(2026, 1, 10, tzinfo=dt.UTC))
def test_the_form_suggests_next_year(admin, edition_2025):
    form = admin.get(url_of(edition_2025)).context["form"]

    assert form.initial == VALUES | {"first_day": dt.date(2026, 9, 15), "contact_email": ""}


@time_machine.travel(dt.datetime(2026, 1, 10, tzinfo=dt.UTC))
def test_the_form_suggests_a_year_that_is_free(admin, edition_2025):
    EditionFactory(slug="udt-2026")

    form = admin.get(url_of(edition_2025)).context["form"]

    assert (form.initial["slug"], form.initial["first_day"]) == ("udt-2027", dt.date(2027, 9, 14))


def test_the_preview_has_every_date_of_every_session_and_creates_nothing(admin, edition_2025):
    response = preview(admin, edition_2025)

    dates = response.context["dates"]
    of_sessions = {it.session.slug: (it.before, it.after) for it in dates if it.session}
    assert response.status_code == 200
    assert len(of_sessions) == edition_2025.sessions.count()
    assert of_sessions["smart-cities-for-people"] == (
        "Tuesday 28 October 2025, 16:00–17:00 CET (Madrid)",
        "Tuesday 27 October 2026, 16:00–17:00 CET (Madrid)",
    )
    assert of_sessions["smart-city-expo-1"] == ("Wednesday 5 November 2025", "Wednesday 4 November 2026")
    assert of_sessions["action-plan-presentation"] == ("December", "December")
    assert (dates[0].before, dates[0].after) == ("Tuesday 16 September 2025", "Tuesday 15 September 2026")
    assert Edition.objects.get() == edition_2025
    assert not ChecklistItem.objects.exists()


def test_the_preview_across_the_clock_change_keeps_the_hour(admin, edition_2025):
    dates = preview(admin, edition_2025, first_day="2025-10-14", slug="later").context["dates"]

    (date,) = [it for it in dates if it.session and it.session.slug == "preparing-for-the-in-person-meeting"]
    assert date.before == "Thursday 16 October 2025, 16:00–17:30 CEST (Madrid)"
    assert date.after == "Thursday 13 November 2025, 16:00–17:30 CET (Madrid)"


def test_what_was_agreed_to_is_created(admin, edition_2025):
    DelegationFactory(edition=edition_2025)
    ParticipantFactory(delegation__edition=edition_2025)

    response = agree(admin, edition_2025, preview(admin, edition_2025, takes_cities="on"), takes_cities="on")

    copy = Edition.objects.get(slug="udt-2026")
    assert response.redirect_chain == [(reverse("programme-staff:overview", args=["udt-2026"]), 302)]
    assert (copy.name, copy.first_on, copy.is_published) == ("UDT Academy 2026", dt.date(2026, 9, 15), False)
    assert set(copy.sessions.values_list("status", flat=True)) == {"tentative"}
    assert copy.delegations.count() == 2
    assert not copy.participants.exists()
    assert len(response.context["checklist"]) == copy.checklist.count() > 8
    assert not Message.objects.exists()


def test_a_second_click_copies_nothing_twice(admin, edition_2025):
    seen = preview(admin, edition_2025)
    agree(admin, edition_2025, seen)

    response = agree(admin, edition_2025, seen)

    assert response.redirect_chain == [(reverse("programme-staff:overview", args=["udt-2026"]), 302)]
    assert Edition.objects.count() == 2
    assert Session.objects.filter(edition__slug="udt-2026").count() == edition_2025.sessions.count()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u202e"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"slug": "udt-2025"}, "slug"),
        ({"slug": "admin"}, "slug"),
        ({"slug": "UDT 2026"}, "slug"),
        ({"slug": "a\0b"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"first_day": "2026-02-31"}, "first_day"),
        ({"first_day": "soon"}, "first_day"),
        *(({"first_day": day}, "first_day") for day in ("9999-12-31", "1999-12-31", "0001-01-01")),
        ({"first_day": "2099-12-01"}, "__all__"),
    ],
)
@pytest.mark.parametrize("button", [{}, {"agreed": "1", "agreed_to": "x"}])
def test_what_cannot_be_copied_is_said_and_nothing_is_created(admin, edition_2025, values, field, button):
    response = admin.post(url_of(edition_2025), VALUES | values | button)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Edition.objects.get() == edition_2025


@pytest.mark.django_db(transaction=True)
def test_a_copy_agreed_to_several_times_at_once_is_made_once_and_leads_all_there(edition_2025, admin):
    agreed = VALUES | {"agreed": "1", "agreed_to": preview(admin, edition_2025).context["clone"].token}
    clients = [OneOfMany() for _ in range(3)]
    for client in clients:
        client.cookies.load({name: cookie.value for name, cookie in admin.cookies.items()})

    answers = in_threads([lambda client=client: client.post(url_of(edition_2025), agreed) for client in clients])

    copy = Edition.objects.get(slug="udt-2026")
    assert {(it.status_code, it.headers.get("Location")) for it in answers} == {(302, overview_of(copy))}


def test_an_address_taken_by_an_edition_that_is_no_copy_is_refused_also_when_agreed(admin, edition_2025):
    EditionFactory(slug="udt-2026", name="UDT Academy 2026")

    response = admin.post(url_of(edition_2025), VALUES | {"agreed": "1", "agreed_to": "x"})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["slug"]


def test_a_night_without_the_hour_in_which_sessions_would_overlap_is_refused(admin, edition):
    night = dt.datetime(2025, 9, 21, 0, 15, tzinfo=dt.UTC)  # 02:15 in Madrid
    for minutes in (0, 45):
        starts_at = night + dt.timedelta(minutes=minutes)
        TimedSessionFactory(edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=45))

    response = preview(admin, edition, first_day="2026-03-24")  # 21 September becomes 29 March

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["__all__"]


def test_an_original_that_changed_in_between_is_asked_about_again(admin, edition_2025):
    seen = preview(admin, edition_2025)
    edition_2025.sessions.filter(slug="wrap-up").update(title="End")

    response = agree(admin, edition_2025, seen)

    assert response.status_code == 409
    assert response.context["refusal"]
    assert Edition.objects.get() == edition_2025
    assert agree(admin, edition_2025, response).status_code == 200
    assert Session.objects.filter(edition__slug="udt-2026", title="End").exists()


def test_other_values_than_those_of_the_preview_are_asked_about_again(admin, edition_2025):
    response = agree(admin, edition_2025, preview(admin, edition_2025), first_day="2026-09-22")

    assert response.status_code == 409
    assert response.context["clone"].edition.first_on == dt.date(2026, 9, 22)
    assert Edition.objects.get() == edition_2025


@pytest.mark.parametrize("role", ["desk", "viewer"])
def test_others_may_not_copy(client, edition_2025, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.get(url_of(edition_2025)).status_code == 403
    assert client.post(url_of(edition_2025), VALUES | {"agreed": "1"}).status_code == 403
    assert Edition.objects.get() == edition_2025


def test_the_first_page_and_the_settings_lead_to_it(admin, edition_2025):
    past = EditionFactory(first_on=dt.date(2020, 9, 1), last_on=dt.date(2020, 12, 1))

    assert f'href="{url_of(past)}"' in admin.get("/admin/").content.decode()
    settings = admin.get(reverse("programme-staff:settings", args=[edition_2025.slug]))
    assert settings.content.decode().count(f'href="{url_of(edition_2025)}"') == 2  # the tab and the button


def test_the_preview_costs_the_same_however_many_sessions_there_are(admin, edition):
    def cost():
        TimedSessionFactory(edition=edition)
        with CaptureQueriesContext(connection) as queries:
            assert preview(admin, edition).status_code == 200
        return len(queries)

    first, second, third = cost(), cost(), cost()

    assert first >= second == third


@pytest.mark.parametrize("posted", [{"slug": ""}, {"slug": "new-address", "name": ""}, {"slug": "a b/c"}])
def test_the_settings_with_a_mistake_still_lead_to_it(admin, edition_2025, posted):
    response = admin.post(reverse("programme-staff:settings", args=[edition_2025.slug]), posted)

    assert response.content.decode().count(f'href="{url_of(edition_2025)}"') == 2


def test_a_form_that_is_of_no_edition_has_no_buttons(admin, edition_2025):
    response = admin.post(reverse("programme-staff:settings", args=[edition_2025.slug]), {"_saveasnew": "1"})

    assert response.status_code == 200


def test_what_a_copy_needs_before_it_is_published_is_asked_at_once(admin, edition_2025):
    """The original has neither a date for registration nor a contact address."""
    values = {"registration_opens_on": "2026-06-01", "contact_email": "desk@academy.example"}

    agree(admin, edition_2025, preview(admin, edition_2025, **values), **values)

    copy = Edition.objects.get(slug="udt-2026")
    assert copy.registration_opens_at == dt.datetime(2026, 6, 1, tzinfo=copy.zone)
    assert copy.contact_email == "desk@academy.example"


def test_a_date_that_moves_is_not_asked_for(admin, open_edition):
    assert "registration_opens_on" not in admin.get(url_of(open_edition)).context["form"].fields


@pytest.mark.parametrize("values", [{"registration_opens_on": "1999-01-01"}, {"contact_email": "no address"}])
def test_what_cannot_be_is_refused_and_nothing_copied(admin, edition_2025, values):
    assert preview(admin, edition_2025, **values).status_code == 422
    assert Edition.objects.get() == edition_2025
