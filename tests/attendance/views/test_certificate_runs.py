import datetime as dt

import pytest
from django.urls import reverse

from attendance.actions.decisions import decide
from attendance.models import CertificateRun
from tests.client import text
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory

HOUR = dt.timedelta(hours=1)
PAGE = reverse("attendance-staff:certificate-run", args=["academy"])


@pytest.fixture
def people(over, ana, delegation, organiser):
    """Ana has completed; Ben only took part; Cem was nowhere, and somebody without a name has completed."""
    workshop = SessionFactory(
        edition=over.edition,
        slug="workshop",
        status="confirmed",
        starts_at=over.starts_at - dt.timedelta(days=7),
        ends_at=over.ends_at - dt.timedelta(days=7),
    )
    delegation.quota = 9
    delegation.save()
    ben, _cem, nameless = (ParticipantFactory(delegation=delegation, user__name=name) for name in ("Ben", "Cem", ""))
    there = [(ana, over), (ben, workshop), (nameless, over)]
    decide(cells=there, outcome="present", reason="There", by=organiser)
    return ana, ben


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def agreed(response):
    return {"agreed_to": response.context["confirmation"].token, "apply": "1"}


def test_who_gets_one_is_shown_before_anything_is_issued(admin, people):
    plan = admin.post(PAGE).context["plan"]

    assert (list(plan.completed), list(plan.attended), len(plan.nameless), plan.n_left_out) == ([people[0]], [], 1, 2)
    assert list(admin.post(PAGE, {"with_attended": "on"}).context["plan"].attended) == [people[1]]
    assert not CertificateRun.objects.exists()


def test_the_page_says_that_who_gets_one_is_looked_at_again(admin, people):
    assert "looked at again then" in text(admin.post(PAGE))


def test_while_core_sessions_are_to_come_it_is_said_that_who_took_part_keeps_that(admin, people, over):
    assert admin.post(PAGE, {"with_attended": "on"}).context["plan"].n_core_ahead == 0
    for n, is_core in enumerate((True, False), 9):
        at = over.ends_at + dt.timedelta(days=n)
        SessionFactory(edition=over.edition, is_core=is_core, status="confirmed", starts_at=at, ends_at=at + HOUR)

    responses = [admin.post(PAGE, given) for given in ({}, {"with_attended": "on"})]

    assert [it.context["plan"].n_core_ahead for it in responses] == [1, 1]
    assert responses[1].context["warnings"][0] == "1 core session is still to come."
    assert [any("took part" in one for one in it.context["warnings"]) for it in responses] == [False, True]
    assert responses[1].context["warnings"][1] in text(responses[1])


def test_what_was_agreed_to_is_issued(admin, people, organiser):
    ticked = {"with_attended": "on"}

    response = admin.post(PAGE, ticked | agreed(admin.post(PAGE, ticked)))

    run = CertificateRun.objects.get()
    assert response.url == reverse("attendance-staff:certificates", args=["academy"])
    assert (run.with_attended, run.by) == (True, organiser)


def test_what_has_changed_since_is_asked_again(admin, people, over, delegation, organiser):
    posted = agreed(admin.post(PAGE))
    late = ParticipantFactory(delegation=delegation, user__name="Dana")
    decide(cells=[(late, over)], outcome="present", reason="There", by=organiser)

    response = admin.post(PAGE, posted)

    assert (response.status_code, len(response.context["plan"].completed)) == (409, 2)
    assert not CertificateRun.objects.exists()


def test_a_second_click_issues_nothing_more(admin, people):
    posted = agreed(admin.post(PAGE))

    responses = [admin.post(PAGE, posted) for _twice in range(2)]

    assert [it.status_code for it in responses] == [302, 409]
    assert CertificateRun.objects.count() == 1


def test_where_nobody_may_have_one_there_is_nothing_to_agree_to(admin, ana, over):
    response = admin.post(PAGE, {"apply": "1"})

    assert (response.status_code, response.context["plan"].effects) == (409, ())
    assert not CertificateRun.objects.exists()
