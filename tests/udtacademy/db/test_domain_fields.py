import pytest

from programme.models import Delegation
from tests.factories.people import DelegationFactory
from udtacademy.db.addresses import typed_domain, typed_domains


@pytest.mark.parametrize(
    "typed",
    [
        *("aldermere.example", "Aldermere.Example", " @aldermere.example ", "ana@aldermere.example"),
        *("https://aldermere.example", "https://www.aldermere.example/contact?x=1", "www.Aldermere.example."),
        *("http://aldermere.example:8080/", "mailto:ana@aldermere.example"),
    ],
)
def test_a_domain_is_taken_as_people_type_it(typed):
    assert typed_domain(typed) == "aldermere.example"


@pytest.mark.parametrize(
    ("typed", "domain"), [("", ""), ("www.pl", "www.pl"), ("XN--MNCHEN-3YA.example", "münchen.example")]
)
def test_nothing_else_is_taken_away(typed, domain):
    assert typed_domain(typed) == domain


@pytest.mark.parametrize("separator", [",", ";", " ", "\n", ", ", " ; ", ",;"])
def test_domains_may_be_separated_by_anything(separator):
    typed = separator.join(["@Aldermere.Example", "it.aldermere.example", "aldermere.example"])

    assert typed_domains(typed) == ["aldermere.example", "it.aldermere.example"]


def test_the_form_of_a_delegation_takes_domains_as_people_type_them():
    field = Delegation._meta.get_field("email_domains").formfield()

    assert field.clean("https://Aldermere.Example; @it.aldermere.example") == [
        "aldermere.example",
        "it.aldermere.example",
    ]


@pytest.mark.django_db
def test_a_delegation_is_cleaned_likewise():
    delegation = DelegationFactory.build(email_domains=["@Aldermere.Example", "aldermere.example"])

    delegation.clean()

    assert delegation.email_domains == ["aldermere.example"]
