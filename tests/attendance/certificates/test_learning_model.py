import datetime as dt
import json

import pytest

from attendance.certificates.learning_model import CODES, document_of
from tests.attendance.certificates.test_files import SESSIONS, certificate_for
from tests.factories.attendance import CertificateFactory
from udtacademy.accounts.models.user import LANGUAGES


def test_a_certificate_in_the_european_learning_model():
    certificate = certificate_for("Ελένη Παπαδοπούλου", language="es", kind="attended")
    certificate.issued_at = dt.datetime(2025, 12, 15, 22, 30, tzinfo=dt.UTC)

    document = document_of(certificate, SESSIONS)

    subject = document["credentialSubject"]
    claim = subject["hasClaim"]
    assert document["type"] == ["VerifiableCredential", "EuropeanDigitalCredential"]
    assert document["issued"] == "2025-12-15T22:30:00+00:00"
    assert (subject["type"], subject["fullName"]) == ("Person", {"es": "Ελένη Παπαδοπούλου"})
    assert claim["awardedBy"]["awardingBody"]["legalName"] == {"es": "Our Network"}
    assert [(it["title"]["es"], it["workload"]) for it in claim["influencedBy"]] == [
        ("Peer-learning", "PT90M"),
        ("Preparing", "PT60M"),
    ]
    assert claim["influencedBy"][0]["temporal"]["startDate"] == "2025-09-25T00:00:00Z"
    assert {"proof", "issuer"} & set(document) == set()  # the seal adds both


def test_each_language_has_its_code():
    assert [code for code, _name in LANGUAGES if code not in CODES] == []


@pytest.mark.django_db
def test_organisers_download_it_while_the_certificate_is_valid(client, ana, organiser):
    certificate = CertificateFactory(participant=ana, issued_by=organiser)
    client.force_login(organiser)
    page = f"/admin/editions/academy/outcomes/certificates/{certificate.pk}/certificate.jsonld"

    response = client.get(page)

    assert json.loads(response.content)["credentialSubject"]["fullName"] == {"en": "Ana Anaya"}
    assert response["Content-Disposition"] == 'attachment; filename="academy-ana-anaya.jsonld"'
    certificate.revoked_at, certificate.revoked_by, certificate.revoked_reason = dt.datetime.now(dt.UTC), organiser, "x"
    certificate.save()
    assert client.get(page).status_code == 404
