import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.core.files.uploadedfile import SimpleUploadedFile

from attendance.actions.certificates import revoke_certificate
from attendance.actions.status_lists import number_certificates
from attendance.certificates.baking import PNG_END, PNG_START, baked_png, baked_svg
from attendance.certificates.credentials import credential_of
from tests.factories.attendance import CertificateFactory
from udtacademy.credential_keys import CredentialKeys

ISSUED = b"%PDF-1.7 as it was issued"


@pytest.fixture
def certificate(ana, organiser):
    return CertificateFactory(participant=ana, issued_by=organiser, file=ISSUED)


def checked(client, certificate, content):
    file = SimpleUploadedFile("certificate.pdf", content, "application/pdf")
    return client.post(certificate.get_absolute_url(), {"file": file})


def test_the_check_shows_what_the_certificate_says(client, certificate):
    response = client.get(certificate.get_absolute_url())

    assert response.status_code == 200
    assert response.context["certificate"] == certificate
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    text = response.content.decode()
    assert "Ana Anaya" in text
    assert "Valid" in text
    assert certificate.participant.user.email not in text
    assert certificate.city not in text


def test_the_check_shows_neither_organiser_nor_contact(client, certificate):
    edition = certificate.edition
    edition.organiser_name, edition.contact_email = "Udaan Trust", "help@academy.example"
    edition.save()

    text = client.get(certificate.get_absolute_url()).content.decode()

    assert "Udaan Trust" not in text
    assert "help@academy.example" not in text


def test_the_foot_of_a_page_leads_to_the_check(client, open_edition):
    assert 'href="/certificates/"' in client.get(open_edition.get_absolute_url()).content.decode()


def test_a_code_as_people_type_it_is_understood(client, certificate):
    response = client.get(f"/certificates/{certificate.code.lower()}/")

    assert response.context["certificate"] == certificate


@pytest.mark.parametrize(
    "change", [lambda code: code[:-1] + ("0" if code[-1] != "0" else "1"), lambda code: code[:-1], str]
)
def test_another_code_is_none_of_ours(client, certificate, change):
    code = change(certificate.code) if change is not str else "x"

    response = client.get(f"/certificates/{code}/")

    assert response.status_code == 404
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "Ana Anaya" not in response.content.decode()


def test_a_revoked_certificate_says_since_when_and_not_why(client, certificate, organiser):
    assert 'id="file"' in client.get(certificate.get_absolute_url()).content.decode()
    revoke_certificate(certificate=certificate, reason="Somebody cheated", by=organiser)

    text = client.get(certificate.get_absolute_url()).content.decode()

    assert "Revoked" in text
    assert "was revoked on" in text
    assert 'id="file"' not in text
    assert "Valid<" not in text
    assert "Somebody cheated" not in text


def test_the_file_that_was_issued_is_recognised(client, certificate):
    assert checked(client, certificate, ISSUED).context["is_same"] is True


@pytest.mark.parametrize("content", [ISSUED + b" ", ISSUED[:-1] + b"D", ISSUED.replace(b"issued", b"isBued")])
def test_a_changed_byte_is_noticed(client, certificate, content):
    assert checked(client, certificate, content).context["is_same"] is False


def test_the_file_of_another_certificate_is_not_this_one(client, certificate, coordinator, organiser):
    other = CertificateFactory(participant=coordinator, issued_by=organiser, file=b"%PDF-1.7 another name")

    assert checked(client, certificate, b"%PDF-1.7 another name").context["is_same"] is False
    assert checked(client, other, b"%PDF-1.7 another name").context["is_same"] is True


def test_no_file_and_too_large_ones_are_refused(client, certificate):
    for posted in ({}, {"file": SimpleUploadedFile("a.pdf", b"x" * (2 * 1024 * 1024 + 1))}):
        response = client.post(certificate.get_absolute_url(), posted)

        assert response.status_code == 422
        assert list(response.context["form"].errors) == ["file"]


def test_guessing_is_limited(client, certificate, settings):
    settings.PEOPLE_PER_ADDRESS = 3

    statuses = [client.get("/certificates/00000-00000-00000-00000/").status_code for _n in range(4)]

    assert statuses == [404, 404, 404, 429]


@pytest.fixture
def credential(certificate, settings):
    """The certificate as a credential, a text."""
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    number_certificates()
    return credential_of(certificate)


def test_a_credential_of_ours_is_recognised_in_each_form(client, certificate, credential):
    in_picture = baked_png(PNG_START + PNG_END, credential)
    in_drawing = baked_svg(b"<svg></svg>", credential)

    for content in (credential.encode(), in_picture, in_drawing):
        assert checked(client, certificate, content).context["is_same"] is True
    assert client.get(certificate.get_absolute_url()).context["issuer"] == "did:web:testserver"


def test_a_changed_or_foreign_credential_is_not_ours(client, certificate, credential, coordinator, organiser, settings):
    other = CertificateFactory(participant=coordinator, issued_by=organiser)
    number_certificates()
    head, payload, signature = credential.split(".")
    changed = f"{head}.{payload}.{signature[:-4]}AAAA"

    assert checked(client, certificate, changed.encode()).context["is_same"] is False
    assert checked(client, certificate, credential_of(other).encode()).context["is_same"] is False
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    assert checked(client, certificate, credential.encode()).context["is_same"] is False


def test_a_credential_of_a_revoked_certificate_is_said_to_be_revoked(client, certificate, credential, organiser):
    revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)

    response = checked(client, certificate, credential.encode())

    assert response.context["is_same"] is True
    assert "But the certificate is revoked" in response.content.decode()


def test_without_a_key_the_check_names_no_issuer(client, certificate):
    assert client.get(certificate.get_absolute_url()).context["issuer"] == ""


@pytest.mark.parametrize("wrap", [str, str.lower, "https://academy.example/certificates/{}/".format, " {} ".format])
def test_a_typed_code_leads_to_its_page(client, certificate, wrap):
    response = client.get("/certificates/", {"code": wrap(certificate.code_in_groups)})

    assert response["Location"] == certificate.get_absolute_url()


@pytest.mark.parametrize(("code", "error"), [("", "required"), ("7K3M9", "no_code"), ("U" * 20, "no_code")])
def test_what_is_no_code_is_said_beside_the_field(client, db, code, error):
    response = client.get("/certificates/", {"code": code})

    assert response.status_code == 422
    assert [it.code for it in response.context["form"].errors.as_data()["code"]] == [error]
    assert client.get("/certificates/").status_code == 200
