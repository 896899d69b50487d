import pytest
from django.core.exceptions import ValidationError

from udtacademy.db.fields import validate_name, validate_no_password


@pytest.mark.parametrize(
    "name", ["J. R. R. Tolkien", "J.R.R. Tolkien", "Dr. Ana O’Neil-Smith", "St.John", "Ravi a/l Muthu", "Biel/Bienne"]
)
def test_names_of_people_and_cities_pass(name):
    validate_name(name)


@pytest.mark.parametrize(
    "name", ["evil.example/login", "Ana evil.example/", "https://evil", "www.evil.example", "WWW.x", "ana@evil.example"]
)
def test_a_name_of_which_mail_programs_make_a_link_is_refused(name):
    with pytest.raises(ValidationError):
        validate_name(name)


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://a.example/x@y", True),
        ("https://a.example?to=b@c.example", True),
        ("https://user:secret@a.example/", False),
        ("https://user@a.example", False),
    ],
)
def test_an_address_has_no_password(address, is_taken):
    if is_taken:
        validate_no_password(address)
    else:
        with pytest.raises(ValidationError, match="without a user name"):
            validate_no_password(address)
