import datetime as dt
import re

import pytest
from django.core.exceptions import NON_FIELD_ERRORS

from attendance.actions.decisions import decide
from attendance.models import Excuse
from attendance.rules.standing import Standing
from programme.views import form_recovery
from tests.client import text
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory

OWN = "/portal/academy/attendance/"
ASK = f"{OWN}peer-learning/request/"


@pytest.fixture
def missed(running):
    running.starts_at, running.ends_at = (it - dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()
    return running


def test_ones_own_attendance_says_what_is_needed_and_where_to_ask(client, ana, missed):
    client.force_login(ana.user)

    page = text(client.get(OWN))

    assert '<span class="standing standing--at_risk">At risk</span> missed Peer-learning on' in page
    assert "</span> Missed</span>" in page
    assert "Watch the recording, choose another date" in page
    assert f'<a href="{ASK}">Tell us if something is wrong' in page


def test_a_decision_is_told_with_its_source(client, ana, missed, organiser):
    decide(cells=[(ana, missed)], outcome="present", reason="Seen", by=organiser)
    client.force_login(ana.user)

    response = client.get(OWN)

    assert 'Present</span> <span class="quiet">decision</span>' in text(response)
    assert response.context["standing"] is Standing.MET
    assert "1 of 1 attended, made up or excused." in text(client.get("/portal/academy/"))


def test_parts_of_the_portal_that_are_kept_show_everybodys_own_state_as_it_is_now(client, ana, missed, organiser):
    bo = ParticipantFactory(delegation=DelegationFactory(edition=ana.edition), state_at=missed.ends_at)

    def own_states():
        states = []
        for participant in (ana, bo):
            client.force_login(participant.user)
            states += re.findall(r'<span class="state s-(\w+)">', client.get("/portal/academy/").content.decode())
        return states

    for _turn in range(2):
        assert own_states() == ["missed", "not_yet"]
    decide(cells=[(ana, missed)], outcome="present", reason="Seen", by=organiser)
    assert own_states() == ["present", "not_yet"]
    decide(cells=[(ana, missed)], outcome="absent", reason="Mistake", by=organiser)
    assert own_states() == ["absent", "not_yet"]


def test_a_running_session_is_joined_from_the_portal(client, ana, running):
    client.force_login(ana.user)

    page = text(client.get("/portal/academy/"))

    assert '<form method="post" action="/join/academy/peer-learning/">' in page


def test_after_joining_the_pages_say_you_are_in_and_ask_for_no_button(client, ana, running, django_assert_num_queries):
    client.force_login(ana.user)
    assert "You are in." not in text(client.get("/portal/academy/"))
    client.post("/join/academy/peer-learning/")

    with django_assert_num_queries(7):
        portal = client.get("/portal/academy/")

    for page in (text(portal), text(client.get(OWN)), text(client.get("/join/academy/peer-learning/meeting/"))):
        assert "You are in. It counts when the session is over." in page
        assert "Join now" not in page
    for page in (text(portal), text(client.get(OWN))):
        assert 'href="/join/academy/peer-learning/meeting/"' in page
    assert client.get("/join/academy/peer-learning/").url == "/join/academy/peer-learning/meeting/"


def test_somebody_asks_takes_it_back_and_asks_again(client, ana, missed):
    client.force_login(ana.user)
    assert client.post(ASK, {"kind": "excuse", "reason": ""}).status_code == 422
    assert client.post(ASK, {"kind": "recording", "reason": "On Sunday"}).status_code == 422
    form = {"kind": "recording", "reason": "On Sunday", "answer": "That data comes first"}

    assert client.post(ASK, form).url == OWN
    excuse = Excuse.objects.get()
    asked = client.get(ASK)
    assert asked.context["last"] == excuse
    assert "<textarea" not in text(asked)
    again = client.post(ASK, form)
    assert again.status_code == 422
    assert again.context["form"].has_error(NON_FIELD_ERRORS, "request_invalid")
    assert "Your request (make-up: watched the recording): waiting for a decision" in text(client.get(OWN))
    for _ in range(2):
        assert client.post(f"{OWN}requests/{excuse.pk}/withdraw/").url == OWN
    assert client.post(ASK, form).status_code == 302
    assert sorted(Excuse.objects.values_list("state", flat=True)) == ["asked", "withdrawn"]


def test_before_a_session_one_can_only_ask_ahead(client, ana, running):
    running.starts_at, running.ends_at = (it + dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    running.save()
    client.force_login(ana.user)

    form = client.get(ASK).context["form"]

    assert [kind for kind, _label in form.fields["kind"].choices] == ["excuse", "other_date"]
    assert client.post(ASK, {"kind": "correction", "reason": "I was"}).status_code == 422


def test_what_was_typed_is_kept_when_the_session_has_expired(client, ana, missed):
    form = {"kind": "excuse", "reason": "A council meeting", "typed_by": form_recovery.signature_of(ana.user)}

    assert "/accounts/" in client.post(ASK, form).url
    client.force_login(ana.user)

    assert "A council meeting" in text(client.get(ASK))


def test_without_sessions_the_page_is_calm(client, coordinator):
    client.force_login(coordinator.user)

    response = client.get(OWN)

    assert response.context["sessions"] == []
    assert 'class="empty"' in text(response)


def test_a_stranger_sees_and_asks_nothing(client, ana, missed, stranger):
    excuse = ExcuseFactory(participant=ana, session=missed)
    client.force_login(stranger)

    assert [client.get(it).status_code for it in (OWN, ASK)] == [404, 404]
    assert client.post(f"{OWN}requests/{excuse.pk}/withdraw/").status_code == 404
    excuse.refresh_from_db()
    assert excuse.state == "asked"
