import datetime as dt

import pytest
from django.utils import timezone

from attendance.models import SettledSession
from tests.client import text
from tests.factories.people import ParticipantFactory
from udtacademy.outbox.models import Message

PAGE = "/admin/attendance/chasers/academy/"
SETTLE = f"{PAGE}peer-learning/settle/"
PEOPLE, DIGEST = f"{PAGE}peer-learning/people/", f"{PAGE}digest/"


@pytest.fixture
def over(running, ana, coordinator):
    """It ended an hour ago; nobody came."""
    running.starts_at, running.ends_at = (it - dt.timedelta(minutes=110) for it in (running.starts_at, running.ends_at))
    running.save()
    running.edition.participants.update(state_at=timezone.now() - dt.timedelta(days=9))
    return running


def test_the_page_says_who_will_be_written_to_and_what(client, organiser, over):
    client.force_login(organiser)

    page = text(client.get(PAGE))

    assert "2 people missed the session. They get an automatic email on" in page
    assert "Girona (ES): Ana Anaya, Carme Coll" in page
    assert "You missed: Peer-learning" in page
    assert "Standing of the cities: Academy" in text(client.get(DIGEST))
    assert not Message.objects.exists()


def test_settling_writes_to_them_now_and_once(client, organiser, over):
    client.force_login(organiser)

    first, second = (text(client.post(SETTLE, follow=True)) for _again in range(2))

    assert "Session settled. Sending 3 emails." in first
    assert "There are no emails to send." in first
    assert "This session was already settled. No emails are sent. 2 people have already been sent an email." in second
    assert SettledSession.objects.get().by == organiser
    assert Message.objects.count() == 3


def test_a_session_that_is_not_over_cannot_be_settled(client, organiser, running):
    client.force_login(organiser)

    assert "The session has not ended yet." in text(client.post(SETTLE, follow=True))
    assert not SettledSession.objects.exists()


def test_an_edition_that_chases_nobody_says_so(client, organiser, over):
    over.edition.sends_chasers = over.edition.sends_digest = False
    over.edition.save()
    client.force_login(organiser)

    page = text(client.get(PAGE))

    assert "This edition sends no emails after core sessions." in page
    assert "send the emails now" not in page
    settled = text(client.post(SETTLE, follow=True))
    assert "Session settled. No emails are sent. This edition sends no emails after core sessions." in settled
    assert not Message.objects.exists()
    written = text(client.post(SETTLE, {"anyway": "1"}, follow=True))
    assert "Session settled. Sending 3 emails." in written


def test_only_staff_who_may(client, over, ana, desk, staff_of):
    for user, get, post in ((ana.user, 302, 302), (desk, 403, 403), (staff_of("viewer"), 200, 403)):
        client.force_login(user)
        assert (client.get(PAGE).status_code, client.post(SETTLE).status_code) == (get, post)
        assert (client.get(PEOPLE).status_code, client.get(DIGEST).status_code) == (get, get)
    assert client.get(SETTLE).status_code == 405
    assert not SettledSession.objects.exists()


def test_with_nothing_behind_it_the_page_says_so(client, organiser, open_edition):
    client.force_login(organiser)

    assert "No core session ended in the last week." in text(client.get(PAGE))


def test_many_are_counted_and_listed_on_a_page_of_their_own(client, organiser, over, delegation):
    delegation.quota = 200
    delegation.save()
    ParticipantFactory.create_batch(40, delegation=delegation, state_at=over.starts_at - dt.timedelta(days=1))
    late = ParticipantFactory(delegation=delegation, user__name="Zoe Late", state_at=over.ends_at)
    client.force_login(organiser)

    page = text(client.get(PAGE))

    assert "42 people missed the session." in page
    assert "and 12 more people" in page
    assert "1 person registered after the session and does not get an automatic email." in page
    everybody = client.get(PEOPLE).context["people"]
    assert [it for it, is_late in everybody if is_late] == [late]
    assert len(everybody) == 43


def test_the_page_costs_the_same_for_few_and_for_many(
    client, organiser, over, delegation, django_assert_max_num_queries
):
    client.force_login(organiser)
    delegation.quota = 200
    delegation.save()
    for n in (1, 60):
        ParticipantFactory.create_batch(n, delegation=delegation, state_at=over.starts_at - dt.timedelta(days=1))
        with django_assert_max_num_queries(16):
            client.get(PAGE)


def test_without_anybody_to_read_it_there_is_no_digest(client, staff_of, open_edition):
    client.force_login(staff_of("viewer"))
    open_edition.contact_email = ""
    open_edition.save()

    assert client.get(DIGEST).status_code == 404
