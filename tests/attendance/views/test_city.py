import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.actions.decisions import decide
from attendance.models import Excuse
from programme.views import form_recovery
from tests.client import text
from tests.database import rows_read
from tests.factories.people import DelegationFactory, ParticipantFactory

OWN = "/portal/academy/attendance/"
CITY = f"{OWN}city/"


@pytest.fixture
def missed(running):
    running.starts_at, running.ends_at = (it - dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()
    return running


@pytest.fixture
def ask(ana):
    return f"{CITY}{ana.pk}/peer-learning/excuse/"


def test_the_coordinator_sees_how_the_city_stands(client, coordinator, ana, missed):
    client.force_login(coordinator.user)

    page = text(client.get(CITY))

    assert "Attendance of Girona" in page
    assert page.count("missed</span>") == 2
    assert 'class="table table--cards"' in page
    assert f'<td data-label="{missed.title}">' in page
    client.force_login(ana.user)
    assert client.get(CITY).status_code == 404


def test_the_page_of_a_city_reads_only_its_own_people(client, coordinator, ana, missed, organiser):
    client.force_login(coordinator.user)
    read = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(CITY)
        read.append((len(queries), rows_read(queries)))
        for participant in ParticipantFactory.create_batch(
            4, delegation=DelegationFactory(edition=missed.edition, quota=9)
        ):
            decide(cells=[(participant, missed)], outcome="present", reason="Seen", by=organiser)

    assert read[0] == read[1]


def test_the_page_of_a_city_without_core_sessions_is_calm(client, coordinator):
    client.force_login(coordinator.user)

    response = client.get(CITY)

    assert response.context["core"] == []
    assert 'class="empty"' in text(response)


def test_a_coordinator_asks_for_an_excuse_which_both_see_with_who_asked(client, coordinator, ana, missed, ask):
    client.force_login(coordinator.user)
    assert f'href="{ask}"' in text(client.get(CITY))
    assert client.post(ask, {"reason": ""}).status_code == 422

    response = client.post(ask, {"reason": "Ana is ill"})

    assert response.url == CITY
    excuse = Excuse.objects.get()
    assert (excuse.participant, excuse.session, excuse.kind, excuse.asked_by) == (
        *(ana, missed, "excuse"),
        coordinator.user,
    )
    page = text(client.get(CITY))
    assert "Request: waiting for a decision (sent by Carme Coll)" in page
    assert ask not in page
    assert "<textarea" not in text(client.get(ask))
    assert client.post(ask, {"reason": "Again"}).status_code == 422
    client.force_login(ana.user)
    assert "Carme Coll sent this request for you." in text(client.get(OWN))
    client.post(f"{OWN}requests/{excuse.pk}/withdraw/")
    excuse.refresh_from_db()
    assert excuse.state == "withdrawn"


@pytest.mark.parametrize("who", ["ana", "other_coordinator", "stranger", "organiser"])
def test_nobody_else_asks_for_a_colleague(client, request, coordinator, ana, missed, ask, who):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))

    assert [client.get(ask).status_code, client.post(ask, {"reason": "Ill"}).status_code] == [404, 404]
    assert not Excuse.objects.exists()


def test_for_somebody_not_registered_nothing_is_asked(client, coordinator, ana, missed, ask):
    ana.state = "withdrawn"
    ana.save()
    client.force_login(coordinator.user)

    assert client.post(ask, {"reason": "Ill"}).status_code == 404


def test_a_reason_typed_before_signing_in_again_is_kept(client, coordinator, ana, missed, ask):
    form = {"reason": "Ana is ill", "typed_by": form_recovery.signature_of(coordinator.user)}

    assert "/accounts/" in client.post(ask, form).url
    client.force_login(coordinator.user)

    assert "Ana is ill" in text(client.get(ask))
