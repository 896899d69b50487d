import pytest
from django.urls import reverse

from programme.models import CertificateLayout


def page(name):
    return reverse(f"attendance-staff:{name}", args=["academy"])


def test_a_layout_needs_all_words_of_its_languages(client, organiser, open_edition):
    client.force_login(organiser)
    address = page("certificate-layout")

    refused = client.post(address, {"languages": ["en", "es"], "name_1": "Núria Ferrer"})

    assert refused.status_code == 422
    assert refused.context["form"].errors.as_data()["languages"][0].code == "words_missing"
    client.post(address, {"languages": ["en"], "name_1": "Núria Ferrer", "heading": "Diploma"})
    layout = CertificateLayout.objects.get()
    assert (layout.words, layout.signatories) == (
        {"en": {"heading": "Diploma"}},
        [{"name": "Núria Ferrer", "role": ""}],
    )


@pytest.mark.slow
def test_a_sample_is_a_file_of_nobody(client, organiser, over):
    client.force_login(organiser)

    response = client.get(page("certificate-sample"))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
