import pytest
from django.core.exceptions import ValidationError

from programme.models import City
from udtacademy.db.countries import CODES

pytestmark = pytest.mark.django_db


def test_there_is_a_code_for_each_country():
    assert len(CODES) == 250
    assert {len(code) for code in CODES} == {2}


@pytest.mark.parametrize(("typed", "stored"), [("fr", "FR"), (" Es ", "ES"), ("uk", "GB"), ("EL", "GR")])
def test_a_country_is_stored_and_found_in_capital_letters(typed, stored):
    city = City.objects.create(name="Here", country=typed)

    assert city.country == stored
    assert City.objects.get(country=typed) == city
    assert City._meta.get_field("country").formfield().clean(typed) == stored


@pytest.mark.parametrize("typed", ["ZZ", "Spain", "E", "€€"])
def test_a_form_refuses_what_is_no_country(typed):
    with pytest.raises(ValidationError):
        City._meta.get_field("country").formfield().clean(typed)


def test_a_city_is_refused_in_a_country_that_does_not_exist():
    with pytest.raises(ValidationError, match="country"):
        City(name="Here", country="ZZ").full_clean()
