import datetime as dt

import pytest
from django.utils import timezone

from attendance.models import SettledSession
from tests.client import levels_of, text
from tests.factories.people import ParticipantFactory
from udtacademy.outbox.models import Message

PAGE = "/admin/editions/academy/messages/chasers/"
SETTLE = f"{PAGE}peer-learning/settle/"
NO_EMAILS = "This edition sends no emails after core sessions."
DIGEST = f"{PAGE}digest/"
MISSING = "/admin/editions/academy/attendance/missing/peer-learning/"


@pytest.fixture
def over(running, ana, coordinator):
    """It ended an hour ago; nobody came."""
    running.starts_at, running.ends_at = (it - dt.timedelta(minutes=110) for it in (running.starts_at, running.ends_at))
    running.save()
    running.edition.participants.update(state_at=timezone.now() - dt.timedelta(days=9))
    return running


def settled(client, **form):
    """Ask to settle, and agree to the emails."""
    token = client.post(SETTLE, form).context["confirmation"].token
    return client.post(SETTLE, form | {"agreed_to": token}, follow=True)


def test_the_page_says_who_will_be_written_to_and_what(client, organiser, over):
    client.force_login(organiser)

    page = text(client.get(PAGE))

    assert "2 people who missed the session are still to be emailed. They get an automatic email on" in page
    assert "Girona (ES): Ana Anaya, Carme Coll" in page
    assert "You missed: Peer-learning" in page
    assert "Standing of the cities: Academy" in text(client.get(DIGEST))
    assert not Message.objects.exists()


def test_settling_writes_to_them_now_and_once(client, organiser, over):
    client.force_login(organiser)

    question = client.post(SETTLE)
    first, second = settled(client), client.post(SETTLE, follow=True)

    assert "3 emails will be sent." in text(question)
    assert "2 people get an email about the session they missed." in text(question)
    assert "1 coordinator gets the list of their city’s people who missed it." in text(question)
    assert [it.subject in text(question) for it in question.context["sample"]] == [True]

    assert [levels_of(it) for it in (first, second)] == [["success"], ["info"]]
    assert [it.n_people for it, _is_waiting in first.context["chases"]] == [0]
    assert "2 people have already been sent an email." in str(*second.context["messages"])
    assert SettledSession.objects.get().by == organiser
    assert Message.objects.count() == 3


def test_a_session_that_is_not_over_cannot_be_settled(client, organiser, running):
    client.force_login(organiser)

    assert levels_of(client.post(SETTLE, follow=True)) == ["error"]
    assert not SettledSession.objects.exists()


def test_an_edition_that_chases_nobody_says_so(client, organiser, over):
    over.edition.sends_chasers = over.edition.sends_digest = False
    over.edition.save()
    client.force_login(organiser)

    page = text(client.get(PAGE))

    assert NO_EMAILS in page
    assert (page.count(f'action="{SETTLE}"'), page.count('name="anyway"')) == (1, 1)
    response = client.post(SETTLE, follow=True)
    assert NO_EMAILS in str(*response.context["messages"])
    assert SettledSession.objects.count() == 1
    assert not Message.objects.exists()
    settled(client, anyway="1")
    assert Message.objects.count() == 3


def test_nobody_is_written_to_before_the_emails_are_agreed_to(client, organiser, over, delegation):
    client.force_login(organiser)
    question = client.post(SETTLE, {"anyway": "1"})
    ParticipantFactory(delegation=delegation, state_at=over.starts_at - dt.timedelta(days=1))

    again = client.post(SETTLE, {"anyway": "1", "agreed_to": question.context["confirmation"].token})

    assert len(question.context["confirmation"].effects) + 1 == len(again.context["confirmation"].effects)
    assert not SettledSession.objects.exists()
    assert not Message.objects.exists()


def test_agreeing_is_to_these_people_and_not_to_as_many_others(client, organiser, over, ana, delegation):
    client.force_login(organiser)
    question = client.post(SETTLE)
    over.edition.participants.filter(pk=ana.pk).update(state="withdrawn")
    ParticipantFactory(delegation=delegation, state_at=over.starts_at - dt.timedelta(days=1))

    again = client.post(SETTLE, {"agreed_to": question.context["confirmation"].token})

    sentences = [it.context["confirmation"].sentences for it in (question, again)]
    assert sentences[0] == sentences[1] != ()
    assert not SettledSession.objects.exists()
    assert not Message.objects.exists()


def test_nobody_to_email_is_agreed_to_only_while_it_is_nobody(client, organiser, over):
    client.force_login(organiser)

    question = client.post(SETTLE, {"agreed_to": ""})

    assert question.context["confirmation"].n_emails == 3
    assert not SettledSession.objects.exists()


def test_a_coordinator_who_alone_missed_it_gets_no_list(client, organiser, over, ana):
    over.edition.participants.filter(pk=ana.pk).update(state="withdrawn")
    client.force_login(organiser)

    question = client.post(SETTLE)

    assert question.context["confirmation"].n_emails == 1
    settled(client)
    assert Message.objects.count() == 1


def test_only_staff_who_may(client, over, ana, desk, staff_of):
    for user, get, post in ((ana.user, 302, 302), (desk, 403, 403), (staff_of("viewer"), 200, 403)):
        client.force_login(user)
        assert (client.get(PAGE).status_code, client.post(SETTLE).status_code) == (get, post)
        assert client.get(DIGEST).status_code == get
    assert client.get(SETTLE).status_code == 405
    assert not SettledSession.objects.exists()


def test_with_nothing_behind_it_the_page_says_so(client, organiser, open_edition):
    client.force_login(organiser)

    response = client.get(PAGE)

    assert (response.status_code, response.context["chases"], response.context["old"]) == (200, [], [])


def test_many_are_counted_and_listed_on_a_page_of_their_own(client, organiser, over, delegation):
    delegation.quota = 200
    delegation.save()
    ParticipantFactory.create_batch(40, delegation=delegation, state_at=over.starts_at - dt.timedelta(days=1))
    late = ParticipantFactory(delegation=delegation, user__name="Zoe Late", state_at=over.ends_at)
    client.force_login(organiser)

    ((card, _is_waiting),) = client.get(PAGE).context["chases"]

    assert (card.n_people, card.n_more, card.n_late) == (42, 12, 1)
    (city,) = client.get(MISSING).context["cities"]
    assert [it.participant for it in city.late] == [late]
    assert len(city.people) == 42


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
