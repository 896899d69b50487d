import pytest
from django.urls import reverse

from attendance.actions.certificates import issue_certificate
from attendance.actions.decisions import decide
from attendance.models import Attendance, Certificate, CertificateFile, CertificateRun
from tests.factories.attendance import CertificateFactory
from tests.factories.people import ParticipantFactory
from udtacademy.outbox.models import Message


@pytest.fixture
def attended(over, ana, organiser):
    decide(cells=[(ana, over)], outcome="present", reason="I saw her", by=organiser)
    return ana


@pytest.fixture
def certificate(attended, organiser):
    return issue_certificate(participant=attended, by=organiser)


def page(name, *args):
    return reverse(f"attendance-staff:{name}", args=["academy", *args])


def test_the_page_shows_what_each_may_have(client, organiser, attended, delegation):
    ParticipantFactory(delegation=delegation, user__name="Bea Never")
    client.force_login(organiser)

    response = client.get(page("certificates"))

    rows = {str(claim.participant): (claim.kind, last) for claim, _standing, last in response.context["rows"]}
    assert rows == {"Ana Anaya": ("completed", None), "Bea Never": (None, None)}


def test_an_organiser_issues_one_and_its_file_is_made_at_once(client, organiser, attended):
    client.force_login(organiser)

    response = client.post(page("certificate-issue", attended.pk))

    certificate = Certificate.objects.get()
    assert response.url == page("certificate", certificate.pk)
    assert list(Message.objects.values_list("kind", flat=True)) == ["certificate_issued"]
    file = client.get(page("certificate-pdf", certificate.pk))
    assert (file["Content-Type"], file.content) == ("application/pdf", bytes(CertificateFile.objects.get().content))


def test_issuing_what_may_not_be_issued_says_why(client, organiser, ana):
    client.force_login(organiser)

    response = client.post(page("certificate-issue", ana.pk), follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert not Certificate.objects.exists()


def test_a_viewer_issues_and_revokes_nothing(client, staff_of, certificate):
    client.force_login(staff_of("viewer"))

    for address in (page("certificate-run"), page("certificate", certificate.pk)):
        assert client.post(address, {"reason": "Because"}).status_code == 403
    assert not CertificateRun.objects.exists()
    assert not Certificate.objects.get().is_revoked


def test_a_certificate_is_revoked_with_a_reason(client, organiser, certificate):
    client.force_login(organiser)

    assert "button default" not in client.get(page("certificate", certificate.pk)).content.decode()
    response = client.post(page("certificate", certificate.pk), {"reason": ""})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["reason"]

    client.post(page("certificate", certificate.pk), {"reason": "Misspelt"})
    assert Certificate.objects.get().revoked_reason == "Misspelt"
    assert client.get(page("certificate-pdf", certificate.pk)).status_code == 404


def test_a_certificate_is_issued_again(client, organiser, certificate):
    client.force_login(organiser)

    response = client.post(page("certificate", certificate.pk), {"reason": "Misspelt", "again": "1"})

    again = Certificate.objects.valid().get()
    assert (response.url, again.replaces) == (page("certificate", again.pk), certificate)


def test_a_revoked_certificate_is_issued_again_in_its_place(client, organiser, certificate):
    client.force_login(organiser)
    client.post(page("certificate", certificate.pk), {"reason": "Misspelt"})
    assert not client.get(page("certificate", certificate.pk)).context["has_valid"]

    client.post(page("certificate-issue", certificate.participant_id), {"replaces": certificate.pk})

    assert Certificate.objects.valid().get().replaces == certificate
    assert client.get(page("certificate", certificate.pk)).context["has_valid"]


def test_nobody_elses_certificate_is_replaced(client, organiser, certificate, coordinator, over):
    decide(cells=[(coordinator, over)], outcome="present", reason="There", by=organiser)
    client.force_login(organiser)

    response = client.post(page("certificate-issue", coordinator.pk), {"replaces": certificate.pk})

    assert response.status_code == 404
    assert Certificate.objects.get() == certificate


def test_a_decision_offers_to_revoke_what_rests_on_it(client, organiser, certificate, over, ana):
    client.force_login(organiser)
    cell = page("cell", ana.pk, over.slug)
    posted = {"outcome": "absent", "reason": "It was her sister", "seen": client.get(cell).context["seen"]}

    response = client.post(cell, posted)

    assert response.status_code == 422
    assert [it.code for it in response.context["form"].non_field_errors().as_data()] == ["certificate_at_stake"]
    assert not response.context["form"]["revokes"].is_hidden
    assert Attendance.objects.get().status == "present"
    assert f'value="{certificate.pk}"' in str(response.context["form"]["revokes"])
    assert client.post(cell, posted | {"revokes": f"x,{certificate.pk + 1}"}).status_code == 422
    assert not Certificate.objects.get().is_revoked
    client.post(cell, posted | {"revokes": f"{certificate.pk}"})
    assert Attendance.objects.get().status == "absent"
    assert Certificate.objects.get().is_revoked


def test_somebody_elses_certificate_is_not_found(client, organiser, edition, certificate):
    client.force_login(organiser)

    assert client.get(reverse("attendance-staff:certificate", args=[edition.slug, certificate.pk])).status_code == 404


def test_the_list_costs_the_same_for_one_and_for_three(
    client, organiser, attended, over, delegation, django_assert_max_num_queries
):
    client.force_login(organiser)
    client.get(page("certificates"))
    with django_assert_max_num_queries(100) as one:
        client.get(page("certificates"))
    people = [ParticipantFactory(delegation=delegation) for _n in range(2)]
    decide(cells=[(it, over) for it in people], outcome="present", reason="There", by=organiser)
    for person in people:
        CertificateFactory(participant=person, issued_by=organiser)

    with django_assert_max_num_queries(len(one)):
        client.get(page("certificates"))
