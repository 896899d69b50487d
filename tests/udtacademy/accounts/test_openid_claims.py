"""What counts of a provider's claims, and which settings are refused; without a provider."""

import json

import pytest
from environs import EnvError

from udtacademy.accounts.openid_connect.claims import has_second_factor, read_claims
from udtacademy.accounts.openid_connect.configuration import openid_providers

ENTRY = {
    "id": "city",
    "name": "City login",
    "issuer": "https://login.city.example/realms/staff",
    "client_id": "academy",
    "client_secret": "secret",
}
EMAIL = "ana@city.example"


def provider(**more):
    return openid_providers([ENTRY | more])[0]


@pytest.mark.parametrize(
    ("domains", "claims", "email", "is_verified"),
    [
        ([], {"email": "Ana@CITY.example", "email_verified": True}, EMAIL, True),
        ([], {"email": EMAIL, "email_verified": "true"}, EMAIL, True),
        ([], {"email": EMAIL, "email_verified": "false"}, EMAIL, False),
        ([], {"email": EMAIL, "email_verified": ["true"]}, EMAIL, False),
        ([], {"email": EMAIL, "email_verified": 1}, EMAIL, False),
        ([], {"email": EMAIL}, EMAIL, False),
        ([], {"email": "no address", "email_verified": True}, "", False),
        ([], {"email": [EMAIL], "email_verified": True}, "", False),
        ([], {}, "", False),
        (["City.Example"], {"email": EMAIL}, EMAIL, True),
        (["city.example"], {"email": EMAIL, "email_verified": False}, EMAIL, False),
        (["city.example"], {"email": "ana@sub.city.example", "email_verified": True}, "ana@sub.city.example", False),
        (["xn--mnchen-3ya.example"], {"email": "ana@münchen.example"}, "ana@münchen.example", True),
    ],
)
def test_an_address_counts_if_it_is_confirmed_or_of_a_trusted_domain(domains, claims, email, is_verified):
    read = read_claims(provider(email_domains=domains), {"sub": "ana"} | claims, {})

    assert (read.email, read.is_verified) == (email, is_verified)


def test_an_address_of_the_id_token_is_not_confirmed_by_the_userinfo():
    read = read_claims(provider(), {"sub": "a", "email": EMAIL}, {"sub": "a", "email": EMAIL, "email_verified": True})

    assert not read.is_verified


@pytest.mark.parametrize(
    ("claims", "counts"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "2"}, True),
        ({"amr": ["pwd"], "acr": "1"}, False),
        ({"acrs": ["c2", "c1"]}, True),
        ({"amr": [["mfa"], None], "acr": {"2": "2"}}, False),
        ({"amr": ["2"], "acr": "mfa"}, False),
        ({}, False),
    ],
)
def test_a_second_factor_counts_by_the_configured_values(claims, counts):
    configured = provider(second_factor={"amr": ["mfa", "hwk"], "acr": ["2"], "acrs": ["c1"]})

    assert has_second_factor(configured, claims) is counts
    assert not has_second_factor(provider(), claims)


@pytest.mark.parametrize(
    ("name", "read"),
    [(" Ana Anaya ", "Ana Anaya"), ("www.spam.example", ""), ("x" * 201, ""), (None, ""), (["Ana"], "")],
)
def test_a_name_is_taken_if_it_may_be_one(name, read):
    assert read_claims(provider(), {"sub": "ana", "name": name}, {}).name == read


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (ENTRY, "must be a list in JSON"),
        (["city"], "provider 1 must be an object"),
        ([ENTRY, ENTRY], 'two providers have the same "id"'),
        ([{key: value for key, value in ENTRY.items() if key != "client_secret"}], 'provider 1 needs "client_secret"'),
        ([ENTRY | {"secret": "x"}], "unknown keys: secret"),
        ([ENTRY | {"id": "City login"}], "lower-case letters, digits and hyphens"),
        ([ENTRY | {"issuer": "http://login.city.example"}], "must begin with https://"),
        ([ENTRY | {"issuer": "login.city.example"}], "must be an address such as"),
        ([ENTRY | {"issuer": f"{ENTRY['issuer']}/.well-known/openid-configuration"}], 'out of "issuer"'),
        ([ENTRY | {"email_domains": "city.example"}], '"email_domains" must be a list of texts'),
        ([ENTRY | {"second_factor": ["mfa"]}], '"second_factor" must be an object'),
        ([ENTRY | {"second_factor": {"amr": [1]}}], '"amr" must be a list of texts'),
        ([ENTRY | {"parameters": {"prompt": 1}}], '"parameters" must be an object of texts'),
        ([ENTRY | {"parameters": {"state": "x"}}], "must not set state"),
    ],
)
def test_a_setting_that_cannot_work_says_what_to_change(entries, message):
    with pytest.raises(EnvError, match="OPENID_CONNECT_PROVIDERS") as refused:
        openid_providers(json.loads(json.dumps(entries)))

    assert message in str(refused.value)


def test_a_secret_is_not_shown_with_the_provider():
    assert "secret" not in repr(provider()).replace("client_secret", "")
