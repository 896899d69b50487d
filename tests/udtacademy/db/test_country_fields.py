import pytest
from django.core.exceptions import ValidationError

from programme.models import City
from udtacademy.db.countries import CODES, codes_by_name, typed_country

pytestmark = pytest.mark.django_db


def test_there_is_a_code_for_each_country():
    assert len(CODES) == 250
    assert {len(code) for code in CODES} == {2}


@pytest.mark.parametrize(
    ("typed", "stored"), [("fr", "FR"), (" Es ", "ES"), ("uk", "GB"), ("EL", "GR"), ("grecia", "GR")]
)
def test_a_country_is_stored_and_found_in_capital_letters(typed, stored):
    city = City.objects.create(name="Here", country=typed)

    assert city.country == stored
    assert City.objects.get(country=typed) == city
    assert City._meta.get_field("country").formfield().clean(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Spain", "ES"),
        (" españa ", "ES"),
        ("ESPANA", "ES"),
        ("Espanya", "ES"),
        ("Espan\u0303a", "ES"),  # as a Mac writes ñ
        ("Alemania", "DE"),
        ("Deutschland", "DE"),
        ("Türkei", "TR"),
        ("Turkey", "TR"),
        ("Ελλάδα", "GR"),
        ("Україна", "UA"),
        ("Россия", "RU"),
        ("Шпанија", "ES"),
        ("Španija", "ES"),
        ("Polónia", "PL"),  # in Portugal
        ("Polônia", "PL"),  # in Brazil
        ("an Ghearmáin", "DE"),
        ("il-Ġermanja", "DE"),
        ("Norge", "NO"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Bosnia and Herzegovina", "BA"),
        ("Bosnia & Herzegovina", "BA"),
        ("Czech Republic", "CZ"),
        ("República Checa", "CZ"),
        ("Great Britain", "GB"),
        ("Kosovo", "XK"),
        ("USA", "US"),
        ("Côte d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
    ],
)
def test_a_country_is_known_by_name_in_our_languages(typed, code):
    assert typed_country(typed) == code


@pytest.mark.parametrize("typed", ["Kongo", "Spainn", "the", "", "Atlantis"])
def test_what_names_no_country_or_two_stays_as_typed(typed):
    assert typed_country(typed) == typed


def test_each_country_is_known_by_name():
    assert set(codes_by_name().values()) == CODES


@pytest.mark.parametrize("typed", ["ZZ", "Spainn", "E", "€€"])
def test_a_form_refuses_what_is_no_country(typed):
    with pytest.raises(ValidationError, match=f"“{typed}” is not a country"):
        City._meta.get_field("country").formfield().clean(typed)


def test_a_city_is_refused_in_a_country_that_does_not_exist():
    with pytest.raises(ValidationError, match="country"):
        City(name="Here", country="ZZ").full_clean()
