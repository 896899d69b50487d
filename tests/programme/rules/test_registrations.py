"""Who is approved at once."""

import pytest

from programme.rules.registrations import PUBLIC_DOMAINS, domain_of, is_of_domains, needs_approval
from udtacademy.db.addresses import normalised_domain


@pytest.mark.parametrize(
    ("is_invited", "is_of_the_city", "was_sent_away", "expected"),
    [
        (False, False, False, True),
        (False, True, False, False),  # the city's own address is enough
        (False, True, True, True),  # but not for people who were withdrawn by others
        (False, False, True, True),
        (True, False, False, False),
        (True, True, False, False),
        (True, False, True, False),  # an invitation is enough for anybody
        (True, True, True, False),
    ],
)
def test_approval_is_needed_without_an_invitation_or_an_address_of_the_city(
    is_invited, is_of_the_city, was_sent_away, expected
):
    email = "ana@lyon.example" if is_of_the_city else "ana@home.example"

    answer = needs_approval(email=email, domains=["lyon.example"], is_invited=is_invited, was_sent_away=was_sent_away)

    assert answer is expected


@pytest.mark.parametrize(
    ("email", "domains", "expected"),
    [
        ("ana@lyon.example", ["lyon.example"], True),
        ("ana@lyon.example", ["graz.example", "lyon.example"], True),
        ("ana@it.lyon.example", ["lyon.example"], True),
        ("ana@LYON.example.", ["lyon.example"], True),
        ("ana@xn--mnchen-3ya.example", ["münchen.example"], True),
        ("ana@notlyon.example", ["lyon.example"], False),  # anybody can register such a domain
        ("ana@lyon.example.com", ["lyon.example"], False),
        ("ana@example", ["lyon.example"], False),  # above the city's domain
        ("lyon.example@home.example", ["lyon.example"], False),
        ("ana@lyon.example", [], False),
    ],
)
def test_address_is_of_a_domain_and_of_those_above_it(email, domains, expected):
    assert is_of_domains(email, domains) is expected


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("ana@lyon.example", "lyon.example"),
        ('"ana@home.example"@lyon.example', "lyon.example"),  # a quoted name may hold another @
        ("lyon.example", "lyon.example"),
    ],
)
def test_domain_is_what_follows_the_last_at_sign(email, domain):
    assert domain_of(email) == domain


def test_public_domains_are_written_as_domains_are_compared():
    assert {normalised_domain(it) for it in PUBLIC_DOMAINS} == PUBLIC_DOMAINS
