import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.urls import reverse

from attendance.actions.certificates import revoke_certificate
from attendance.actions.status_lists import number_certificates
from attendance.certificates.issuer import read_token
from tests.factories.attendance import CertificateFactory
from udtacademy.credential_keys import CredentialKeys
from udtacademy.pdf.compiling import PdfError

CREDENTIAL = "/portal/academy/attendance/credential.jwt"
OWN = "/portal/academy/attendance/certificate.pdf"


@pytest.fixture
def certificate(ana, organiser):
    return CertificateFactory(participant=ana, issued_by=organiser, file=b"%PDF-1.7 hers")


def test_its_holder_downloads_it(client, certificate, ana):
    client.force_login(ana.user)

    response = client.get(OWN)

    assert response.content == b"%PDF-1.7 hers"
    assert response["Content-Disposition"] == 'attachment; filename="academy-ana-anaya.pdf"'
    assert client.get(reverse("attendance:own-attendance", args=["academy"])).context["has_file"]


def test_who_has_left_still_downloads_it(client, certificate, ana):
    type(ana).objects.filter(pk=ana.pk).update(state="withdrawn")
    client.force_login(ana.user)

    assert client.get(OWN).status_code == 200


def test_nobody_else_does(client, certificate, stranger, coordinator):
    for user in (stranger, coordinator.user):
        client.force_login(user)

        assert client.get(OWN).status_code == 404


def test_a_revoked_one_is_not_downloaded_and_the_page_says_why(client, certificate, ana, organiser):
    revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)
    client.force_login(ana.user)

    assert client.get(OWN).status_code == 404
    assert "Misspelt" in client.get(reverse("attendance:own-attendance", args=["academy"])).content.decode()


@pytest.fixture
def credential(certificate, settings):
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    number_certificates()
    return certificate


def test_its_holder_downloads_it_as_a_credential(client, credential, ana):
    client.force_login(ana.user)

    response = client.get(CREDENTIAL)

    payload = read_token(response.content.decode())
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/vc+jwt", "nosniff")
    assert response["Content-Disposition"] == 'attachment; filename="academy-ana-anaya.credential.jwt"'
    assert payload["jti"] == f"http://testserver{credential.get_absolute_url()}"
    assert ana.user.email not in str(payload)
    assert client.get(reverse("attendance:own-attendance", args=["academy"])).context["has_credential"]
    assert client.get(CREDENTIAL.replace("jwt", "exe")).status_code == 404


def test_nobody_else_downloads_the_credential(client, credential, stranger, coordinator, organiser):
    for user in (stranger, coordinator.user, organiser):
        client.force_login(user)

        assert client.get(CREDENTIAL).status_code == 404


def test_no_credential_of_a_revoked_certificate(client, credential, ana, organiser):
    revoke_certificate(certificate=credential, reason="Misspelt", by=organiser)
    client.force_login(ana.user)

    assert client.get(CREDENTIAL).status_code == 404


def test_no_credential_without_a_key(client, certificate, ana):
    number_certificates()
    client.force_login(ana.user)

    assert client.get(CREDENTIAL).status_code == 404
    assert not client.get(reverse("attendance:own-attendance", args=["academy"])).context["has_credential"]


def test_a_picture_that_cannot_be_made_is_said(client, credential, ana, monkeypatch):
    monkeypatch.setattr("attendance.certificates.baking.compile_picture", impossible)
    client.force_login(ana.user)

    response = client.get(CREDENTIAL.replace("jwt", "png"))

    assert response["Location"] == reverse("attendance:own-attendance", args=["academy"])


def impossible(*_args, **_more):
    raise PdfError("No memory.", code="pdf_failed")
