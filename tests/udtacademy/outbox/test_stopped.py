"""Stopped addresses get nothing but what their readers ask for."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programme.models import Announcement
from tests.factories.people import MessageFactory, StoppedAddressFactory, UserFactory
from tests.factories.programme import TimedSessionFactory
from tests.mailbox import Mailbox, smtp_server
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message, StoppedAddress
from udtacademy.outbox.returns.return_paths import return_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(settings):
    with smtp_server(handler := Mailbox()) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield handler


def states():
    return dict(Message.objects.values_list("kind", "state"))


@pytest.mark.parametrize("cause", ["bounce", "complaint"])
def test_only_what_the_reader_asks_for_goes_to_a_stopped_address(edition, cause):
    StoppedAddressFactory(address="ana@city.example", cause=cause)
    StoppedAddressFactory(address="bo@city.example", tried_again_at="2025-01-01T00:00Z")
    MessageFactory(to="ana@city.example", kind="news", context=edition)
    MessageFactory(to="ana@city.example", kind="urgent news", context=edition, is_urgent=True)
    MessageFactory(to="ana@city.example", kind="code", is_urgent=True)
    MessageFactory(to="bo@city.example", kind="to somebody else", context=edition)

    assert deliver_messages() == 2

    assert states() == {"news": "stopped", "urgent news": "stopped", "code": "sent", "to somebody else": "sent"}
    assert "came back" in Message.objects.get(kind="news").last_error


def test_stopped_addresses_cost_no_query_for_others():
    def cost(n):
        MessageFactory.create_batch(n)
        with CaptureQueriesContext(connection) as queries:
            deliver_messages()
        return len(queries)

    before = cost(2)
    StoppedAddressFactory()

    assert cost(2) == before


def test_an_announcement_that_was_not_sent_says_so(participant):
    session = TimedSessionFactory(edition=participant.edition)
    message = MessageFactory(to=participant.user.email, user=participant.user, context=participant.edition)
    told = Announcement.objects.create(
        participant=participant, session=session, edition=session.edition, message=message, title=session.title,
        status=session.status, is_core=False, version=session.calendar_sequence, is_theirs=True, is_repeat=True,
        starts_at=session.starts_at, ends_at=session.ends_at,
    )  # fmt: skip
    StoppedAddressFactory(address=participant.user.email)

    deliver_messages()

    told.refresh_from_db()
    assert told.state == "stopped"
    assert told.get_state_display()


def test_a_code_that_is_entered_shows_that_an_address_works(client):
    user = UserFactory()
    StoppedAddressFactory(address=user.email)
    page = client.post("/accounts/login/code/", {"email": user.email}).url
    code = Message.objects.get().text[:6]
    assert deliver_messages() == 1

    client.post(page, {"code": code})

    assert not StoppedAddress.objects.active().exists()


def latest_code():
    return Message.objects.exclude(text="").latest("pk").text[:6]


def test_a_code_that_sets_a_password_or_an_address_shows_it_too(client):
    user = UserFactory()
    StoppedAddressFactory(address=user.email)
    client.post(client.post("/accounts/password/reset/", {"email": user.email}).url, {"code": latest_code()})
    assert not StoppedAddress.objects.active().exists()

    StoppedAddressFactory(address="new@city.example")
    client.force_login(user)
    client.post(client.post("/accounts/email/confirm/").url, {"code": latest_code()})
    page = client.post("/accounts/email/", {"action_add": "", "email": "new@city.example"}).url
    client.post(page, {"code": f"{(int(latest_code()) + 1) % 10**6:06}"})
    assert StoppedAddress.objects.active().exists()
    client.post(page, {"code": latest_code()})
    user.refresh_from_db()
    assert (user.email, StoppedAddress.objects.active().exists()) == ("new@city.example", False)


def test_each_email_has_its_own_return_path(mailbox, settings):
    settings.MAIL = replace(settings.MAIL, bounce_address="bounces+*@academy.example")
    first, second = MessageFactory(), MessageFactory()

    deliver_messages()

    assert mailbox.senders == [return_path(first.pk), return_path(second.pk)]
    assert {mail["Auto-Submitted"] for mail in mailbox.mails} == {"auto-generated"}


def test_without_a_bounce_address_the_sender_is_the_return_path(mailbox, settings):
    MessageFactory()

    deliver_messages()

    assert mailbox.senders == ["academy@localhost"]


@pytest.mark.parametrize(
    ("answer", "is_stopped"),
    [("550 5.1.1 User unknown", True), ("550 5.7.1 Relaying denied", False), ("552 5.2.2 Mailbox full", False)],
)
def test_an_address_that_the_server_refuses_at_once_is_stopped_if_there_is_none(mailbox, answer, is_stopped):
    mailbox.recipient_answer = answer
    message = MessageFactory(to="ana@city.example")

    deliver_messages()

    assert [*StoppedAddress.objects.values_list("address", "answer")] == [("ana@city.example", answer)] * is_stopped
    assert [it.source for it in message.returned.all()] == ["refusal"] * is_stopped
