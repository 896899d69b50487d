"""A credential as it was made in December 2026, which holders have: it must go on being recognised, whatever we word otherwise."""

import datetime as dt
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from attendance.certificates import credentials
from attendance.certificates.credentials import credential_of
from attendance.certificates.issuer import signed
from attendance.certificates.status_lists import signed_list
from attendance.models import CertificateSession, StatusListEntry
from tests.factories.attendance import CertificateFactory
from tests.factories.people import ParticipantFactory
from tests.factories.programme import EditionFactory, SessionFactory
from udtacademy.credential_keys import CredentialKeys

KEPT = json.loads(Path(__file__).with_name("kept_credential.json").read_text("utf-8"))


@pytest.fixture
def certificate(organiser, settings):
    """The certificate of the kept credential: one session attended, one made up. The edition's number is in it too."""
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    edition = EditionFactory(pk=2025001)
    ana = ParticipantFactory(delegation__edition=edition)
    made = CertificateFactory(
        participant=ana,
        issued_by=organiser,
        code="7K3M97K3M97K3M97K3M9",
        name="Ana Àngels Kovačević",
        edition_name="UDT 2025",
        organiser_name="Our Network",
        minutes=150,
        issued_at=dt.datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=dt.UTC),
    )
    sessions = [("From challenge to use case", "attended", 25, 90), ("Data", "made_up", 26, 60)]
    for n, (title, counted_as, day, minutes) in enumerate(sessions):
        CertificateSession.objects.create(
            certificate=made,
            edition=edition,
            participant=ana,
            session=SessionFactory(edition=edition),
            counted_as=counted_as,
            is_listed=True,
            title=title,
            held_on=dt.date(2025, 9, day),
            minutes=minutes,
            position=n,
        )
    StatusListEntry.objects.create(certificate=made, list_number=1, index=4711)
    return made


@pytest.fixture
def is_same(client, certificate):
    """Return what the public check says of a token."""

    def check(token):
        file = SimpleUploadedFile("credential.jwt", token.encode())
        return client.post(certificate.get_absolute_url(), {"file": file}).context["is_same"]

    return check


def changed(path, value):
    """Return the kept payload with another value at a path of names and numbers."""
    payload = json.loads(json.dumps(KEPT))
    *steps, last = path
    part = payload
    for step in steps:
        part = part[step]
    part[last] = value
    return payload


def test_a_kept_credential_is_recognised_and_one_in_other_words_too(is_same, certificate, monkeypatch):
    assert is_same(signed(KEPT)) is True
    monkeypatch.setattr(credentials, "SCHEMA", "https://schemas.example/achievement.json")
    monkeypatch.setattr(credentials, "sentence_of", lambda it: f"was at {it.edition_name}")
    assert is_same(signed(KEPT)) is True
    assert is_same(credential_of(certificate)) is True


SUBJECT, SESSION = ("credentialSubject",), ("evidence", 1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*SUBJECT, "identifier", 0, "identityHash"), "Bob Bose"),
        ((*SUBJECT, "identifier"), []),
        ((*SUBJECT, "narrative"), "Ana Àngels Kovačević has completed UDT 2025. Total: 3 h 30 min"),
        ((*SUBJECT, "achievement", "id"), "urn:uuid:7d444840-9dc0-11d1-b245-5ffdce74fad2"),
        ((*SUBJECT, "achievement", "achievementType"), "Certificate"),
        ((*SUBJECT, "achievement", "name"), "Certificate: UDT 2024"),
        ((*SESSION, "name"), "Money"),
        ((*SESSION, "narrative"), "27 September 2025, 1 h"),
        ((*SESSION, "narrative"), "26 September 2025, 2 h"),
        (("evidence",), KEPT["evidence"][:1]),
        (("id",), "http://testserver/certificates/00000-00000-00000-00000/"),
        (("jti",), "http://testserver/certificates/00000-00000-00000-00000/"),
        (("validFrom",), "2026-03-01T09:30:15Z"),
        (("nbf",), KEPT["nbf"] - 1),
        (("credentialStatus", "statusListIndex"), "4712"),
        (("credentialStatus", "statusListCredential"), "http://testserver/certificates/revoked/2"),
        (("type",), ["VerifiableCredential"]),
    ],
)
def test_another_fact_is_refused_even_if_we_had_signed_it(is_same, path, value):
    assert is_same(signed(changed(path, value))) is False


def test_something_else_that_we_sign_is_no_credential(is_same):
    assert is_same(signed_list(1, timezone.now())) is False
