import pytest
from django.urls import reverse

from attendance.actions.certificates import revoke_certificate
from tests.factories.attendance import CertificateFactory

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
