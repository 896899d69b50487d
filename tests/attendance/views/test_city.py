import datetime as dt

import pytest
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.actions.decisions import decide
from attendance.actions.excuses import decline_excuse
from attendance.models import Excuse
from programme.models import Participant, Session
from programme.views import form_recovery
from tests.client import text
from tests.database import rows_read
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import TrackFactory
from udtacademy.outbox.models import Message

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
    again = client.post(ask, {"reason": "Again"})
    assert again.status_code == 422
    assert again.context["form"].has_error(NON_FIELD_ERRORS, "request_open")
    client.force_login(ana.user)
    page = text(client.get(OWN))
    assert "Request that Carme Coll sent for you (excuse): waiting for a decision" in page
    assert "Reason given: Ana is ill" in page
    assert "Reason given: Ana is ill" in text(client.get(f"/academy/sessions/{missed.slug}/"))
    assert "Carme Coll has already sent a request" in text(client.get(f"{OWN}{missed.slug}/request/"))
    client.post(f"{OWN}requests/{excuse.pk}/withdraw/")
    excuse.refresh_from_db()
    assert excuse.state == "withdrawn"


@pytest.mark.parametrize("who", ["ana", "other_coordinator", "stranger", "organiser"])
def test_nobody_else_asks_for_a_colleague(client, request, coordinator, ana, missed, ask, who):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))

    assert [client.get(ask).status_code, client.post(ask, {"reason": "Ill"}).status_code] == [404, 404]
    assert not Excuse.objects.exists()


def test_the_coordinator_who_asked_reads_the_decision_and_the_colleague_who_asked(
    client, coordinator, ana, missed, ask, organiser
):
    client.force_login(coordinator.user)
    client.post(ask, {"reason": "Ana is ill"})

    decline_excuse(excuse=Excuse.objects.get(), reason="The recording is online.", by=organiser)

    assert "declined (sent by Carme Coll) Answer from the organisers: The recording is online." in text(
        client.get(CITY)
    )
    message = Message.objects.get(kind="excuse_declined")
    assert (message.user, message.subject) == (ana.user, "Declined: a request for you about Peer-learning")
    assert "Carme Coll, a coordinator of your team, asked the organisers to excuse you." in message.text


def test_who_asked_withdraws_the_request_and_another_coordinator_does_not(client, coordinator, ana, missed, ask):
    second = ParticipantFactory(delegation=ana.delegation, is_coordinator=True)
    client.force_login(coordinator.user)
    client.post(ask, {"reason": "Ana is ill"})
    withdraw = f"{OWN}requests/{Excuse.objects.get().pk}/withdraw/"
    assert f'action="{withdraw}"' in text(client.get(CITY))
    client.force_login(second.user)
    assert withdraw not in text(client.get(CITY))
    assert client.post(withdraw).status_code == 404
    Participant.objects.filter(pk=coordinator.pk).update(is_coordinator=False)
    client.force_login(coordinator.user)
    assert client.post(withdraw).status_code == 404
    Participant.objects.filter(pk=coordinator.pk).update(is_coordinator=True)

    assert client.post(withdraw).url == CITY

    assert Excuse.objects.get().state == "withdrawn"
    assert f'href="{ask}"' in text(client.get(CITY))


def test_a_colleagues_own_request_is_not_shown_to_coordinators(client, coordinator, ana, missed, ask, organiser):
    excuse = ExcuseFactory(participant=ana, session=missed, reason="Private")
    client.force_login(coordinator.user)

    asked = text(client.get(CITY))
    decline_excuse(excuse=excuse, reason="Very private", by=organiser)
    declined = text(client.get(CITY))

    assert [("Request:" in page, "rivate" in page) for page in (asked, declined)] == [(False, False)] * 2
    assert [ask in page for page in (asked, declined)] == [False, True]


@pytest.mark.parametrize("what", ["present", "cancelled", "optional", "oneself", "no seat"])
def test_nothing_is_asked_that_the_page_does_not_offer(client, coordinator, ana, missed, ask, organiser, what):
    if what == "present":
        decide(cells=[(ana, missed)], outcome="present", reason="Seen", by=organiser)
    elif what == "oneself":
        ask = ask.replace(str(ana.pk), str(coordinator.pk))
    else:
        track = TrackFactory(edition=missed.edition) if what == "no seat" else None
        values = {"cancelled": {"status": "cancelled"}, "optional": {"is_core": False}, "no seat": {"track": track}}
        Session.objects.filter(pk=missed.pk).update(**values[what])
    client.force_login(coordinator.user)

    assert ask not in text(client.get(CITY))
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

    for _visit in range(2):
        page = text(client.get(ask))
        assert ("Ana is ill" in page, "It is not saved yet." in page) == (True, True)
    assert client.post("/accounts/discard-answers/", {"page": ask}).url == ask
    page = text(client.get(ask))
    assert ("Ana is ill" in page, "It is not saved yet." in page) == (False, False)
