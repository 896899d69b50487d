import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from attendance.actions.certificates import revoke_certificate
from tests.factories.attendance import CertificateFactory

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
    revoke_certificate(certificate=certificate, reason="Somebody cheated", by=organiser)

    text = client.get(certificate.get_absolute_url()).content.decode()

    assert "Revoked" in text
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
