"""The page "Announcements" of a session, which says the same as the notice and the outbox."""

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone

from programme.actions.registrations import approve
from programme.actions.session_changes import follow_changes
from programme.actions.sessions import save_session
from tests.client import text
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced(open_edition, organiser):
    starts_at = timezone.now() + dt.timedelta(days=7)
    session = SessionFactory(
        edition=open_edition,
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )
    pia = ParticipantFactory(delegation=DelegationFactory(edition=open_edition), state="pending")
    approve(participant=pia, by=organiser)
    deliver_messages()
    return session


def page(client, session):
    return client.get(f"/admin/programme/session/{session.pk}/announcements/")


def test_who_was_told_what_and_when(client, organiser, announced):
    client.force_login(organiser)

    response = page(client, announced)

    assert response.context["changes"] == []
    (announcement,) = response.context["people"]
    assert (announcement.state, announcement.message) == ("sent", Message.objects.get())
    assert (
        f"/admin/programme/session/{announced.pk}/announcements/"
        in client.get(f"/admin/programme/session/{announced.pk}/change/").content.decode()
    )


def test_each_person_leads_to_all_their_messages(client, organiser, announced):
    client.force_login(organiser)
    (announcement,) = page(client, announced).context["people"]
    user = announcement.participant.user

    html = text(page(client, announced))
    path = re.search(r'href="(/admin/editions/academy/messages/\?q=[^"]+)"', html)[1]

    assert f'href="/admin/programme/participant/{announcement.participant_id}/change/"' in html
    assert [it.to for it in client.get(path).context["cl"].result_list] == [user.email]
    assert (
        f'adds or updates the entry<br> <span class="quiet">version {announcement.sequence} of the entry</span>' in html
    )


def test_what_would_go_out_now_is_what_goes_out(client, organiser, announced):
    announced.location = "Blue room"
    save_session(session=announced, by=organiser)
    client.force_login(organiser)

    ((line, n, is_at_once),) = page(client, announced).context["changes"]
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        follow_changes()

    assert (n, is_at_once) == (1, False)
    assert line in Message.objects.latest("pk").text
    assert page(client, announced).context["changes"] == []


def test_the_page_costs_the_same_for_one_and_for_many(client, organiser, announced, django_assert_max_num_queries):
    client.force_login(organiser)
    delegation = DelegationFactory(edition=announced.edition, quota=30)
    for n in (1, 12):
        for person in ParticipantFactory.create_batch(n, delegation=delegation, state="pending"):
            approve(participant=person, by=organiser)
        with django_assert_max_num_queries(16):
            assert page(client, announced).status_code == 200
