"""Country codes and domains in the forms of the admin, as people type them."""

import pytest
from django.contrib.auth.models import Group

from programme.models import City
from tests.client import errors_of
from tests.factories.people import CityFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    """An organiser who is no superuser: the role's own rights must do."""
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="organiser"))
    client.force_login(user)
    return client


@pytest.mark.parametrize(("typed", "stored"), [("fr", "FR"), (" Fr ", "FR"), ("uk", "GB"), ("francia", "FR")])
def test_a_country_is_taken_as_people_type_it(admin, typed, stored):
    admin.post("/admin/programme/city/add/", {"name": "Aldermere", "country": typed})

    assert City.objects.get().country == stored


@pytest.mark.parametrize("typed", ["ZZ", "Francee", ""])
def test_what_is_no_country_is_refused(admin, typed):
    response = admin.post("/admin/programme/city/add/", {"name": "Aldermere", "country": typed})

    assert errors_of(response).keys() == {"country"}
    assert not City.objects.exists()


def test_a_city_is_not_added_twice_because_its_country_is_typed_otherwise(admin):
    CityFactory(name="Aldermere", country="FR")

    response = admin.post("/admin/programme/city/add/", {"name": "aldermere", "country": "France"})

    assert errors_of(response)
    assert City.objects.count() == 1


def test_domains_are_taken_as_people_type_them(admin, delegation):
    typed = "https://www.Aldermere.Example/contact; @it.aldermere.example aldermere.example"
    form = {"edition": delegation.edition_id, "city": delegation.city_id, "quota": 3, "email_domains": typed}

    admin.post(f"/admin/programme/delegation/{delegation.pk}/change/", form)

    delegation.refresh_from_db()
    assert delegation.email_domains == ["aldermere.example", "it.aldermere.example"]
