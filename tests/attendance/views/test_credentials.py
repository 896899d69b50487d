import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from attendance.actions.status_lists import number_certificates
from attendance.certificates.issuer import key_id, read_token
from tests.factories.attendance import CertificateFactory
from udtacademy.credential_keys import CredentialKeys

DID, LIST = "/.well-known/did.json", "/certificates/revoked/1"

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings):
    former = generate_private_key(SECP256R1()).public_key()
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()), (former,))
    return settings.CREDENTIAL_KEYS


def test_the_issuer_publishes_each_key_and_no_private_one(client, keys):
    response = client.get(DID)

    document = response.json()
    methods = document["verificationMethod"]
    assert document["id"] == "did:web:testserver"
    assert document["assertionMethod"] == [it["id"] for it in methods]
    assert [set(it["publicKeyJwk"]) for it in methods] == [{"kty", "crv", "x", "y"}] * 2
    assert response["Access-Control-Allow-Origin"] == "*"


def test_a_status_list_is_young_and_kept_for_half_a_minute(client, keys):
    response = client.get(LIST)

    payload = read_token(response.content.decode())
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/vc+jwt", "public, max-age=30")
    assert abs(payload["nbf"] - time.time()) < 60
    assert payload["exp"] - payload["nbf"] == 300
    assert payload["id"] == "http://testserver/certificates/revoked/1"
    assert "Set-Cookie" not in response


@pytest.mark.parametrize("number", [0, 2, 2**40])
def test_a_list_that_was_never_begun_is_none(client, keys, number):
    assert client.get(f"/certificates/revoked/{number}").status_code == 404


def test_without_a_key_nothing_is_published(client, settings):
    settings.CREDENTIAL_KEYS = CredentialKeys()

    assert [client.get(it).status_code for it in (DID, LIST)] == [404, 404]


def test_the_list_costs_the_same_queries_however_many_are_revoked(
    client, keys, ana, organiser, django_assert_num_queries
):
    CertificateFactory(participant=ana, issued_by=organiser)
    number_certificates()

    with django_assert_num_queries(2):
        client.get(LIST)


@pytest.mark.parametrize(
    ("claims", "algorithm", "is_read"),
    [({}, "ES256", True), ({"iss": "did:web:other.example"}, "ES256", False), ({}, "HS256", False)],
)
def test_only_what_the_site_signed_for_itself_is_read(keys, claims, algorithm, is_read):
    key = keys.private if algorithm == "ES256" else "x" * 40
    payload = {"iss": "did:web:testserver", "jti": "x", "nbf": 1} | claims

    token = jwt.encode(payload, key, algorithm=algorithm, headers={"kid": key_id(keys.private.public_key())})

    assert read_token(token) == (payload if is_read else None)


def test_what_is_no_token_is_not_read(keys):
    assert [read_token(it) for it in ("", "a.b.c", "é")] == [None] * 3
