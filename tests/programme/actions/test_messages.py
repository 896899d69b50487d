import email
import email.policy
import re
import smtplib
import socket
import threading

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction
from django.utils import timezone

from programme import emails
from programme.actions.messages import WAITS, deliver_messages
from programme.models import Message
from programme.tasks import deliver_messages as deliver_task
from tests.factories.people import MessageFactory

pytestmark = pytest.mark.django_db


class Mailbox:
    """An SMTP server's handler that keeps what it gets and answers as it is told."""

    def __init__(self):
        self.received = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.answer


@pytest.fixture
def mailbox(settings):
    handler = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


def test_a_message_arrives_with_both_parts(mailbox):
    message = MessageFactory(to="ana@city.example", subject="Grüße", reply_to="contact@academy.example")

    deliver_task()

    (received,) = mailbox.received
    assert (received["To"], received["Subject"], received["Reply-To"]) == (
        "ana@city.example",
        "Grüße",
        "contact@academy.example",
    )
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Message-ID"].startswith(f"<{message.message_id}@")
    assert received.get_body(["plain"]).get_content().startswith("Dear Pia,")
    html = received.get_body(["html"]).get_content()
    assert re.search(r'<a class="button" href="http://testserver/portal/" style="[^"]+">Open your page</a>', html)
    message = Message.objects.get()
    assert (message.state, message.n_attempts) == ("sent", 1)
    assert message.text


def test_a_sensitive_text_is_gone_once_it_is_sent(mailbox):
    MessageFactory(is_sensitive=True, text="123456")

    deliver_messages()

    assert "123456" in mailbox.received[0].get_body(["plain"]).get_content()
    assert Message.objects.get().text == ""


def test_a_refusal_for_now_is_tried_again_later(mailbox):
    mailbox.answer = "451 try later"
    message = MessageFactory()

    assert deliver_messages() == 0
    assert deliver_messages() == 0  # not due

    message.refresh_from_db()
    assert (message.state, message.n_attempts) == ("queued", 1)
    assert "451" in message.last_error
    mailbox.answer = "250 OK"
    Message.objects.update(due_at=timezone.now())
    assert deliver_messages() == 1


def test_a_refusal_for_good_fails(mailbox):
    mailbox.answer = "554 no"
    message = MessageFactory()

    deliver_messages()

    message.refresh_from_db()
    assert message.state == "failed"


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), smtplib.SMTPAuthenticationError(535, b"no"), smtplib.SMTPConnectError(554, b"no")],
)
def test_a_server_that_does_not_let_us_in_costs_no_attempt(monkeypatch, error):
    def refuse(self):
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", refuse)
    MessageFactory.create_batch(2)

    assert deliver_messages() == 0

    assert list(Message.objects.values_list("state", "n_attempts")) == [("queued", 0)] * 2


def test_a_connection_that_is_lost_ends_the_round(monkeypatch):
    def lose(self):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lose)
    MessageFactory.create_batch(2)

    deliver_messages()

    assert sorted(Message.objects.values_list("state", "n_attempts")) == [("queued", 0), ("queued", 1)]


def test_a_code_that_comes_too_late_is_not_sent_and_gone(mailbox):
    MessageFactory(is_sensitive=True, text="123456", expires_at=timezone.now())

    deliver_messages()

    assert mailbox.received == []
    assert Message.objects.values_list("state", "text").get() == ("failed", "")


def test_what_is_refused_again_and_again_ends_in_failure(mailbox):
    mailbox.answer = "451 try later"
    message = MessageFactory(is_sensitive=True)

    for _ in WAITS:
        Message.objects.update(due_at=timezone.now())
        deliver_messages()

    message.refresh_from_db()
    assert (message.state, message.n_attempts, message.text) == ("failed", len(WAITS), "")


def test_recipients_refused_for_good_fail(monkeypatch):
    def refuse(self):
        raise smtplib.SMTPRecipientsRefused({"x@y.example": (550, b"unknown")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    message = MessageFactory()

    deliver_messages()

    message.refresh_from_db()
    assert message.state == "failed"


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(mailbox):
    MessageFactory.create_batch(20)

    def work():
        try:
            deliver_messages()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(mailbox.received) == 20
    assert Message.objects.filter(state="sent", n_attempts=1).count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_transaction_that_fails_does_not_exist():
    def write_and_fail():
        with transaction.atomic():
            emails.queue_text(to="a@b.example", kind="x", subject="x", text="x", is_sensitive=False)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - our own
        write_and_fail()

    assert not Message.objects.exists()


def test_a_broker_that_is_away_loses_nothing(monkeypatch, caplog):
    def fail(**_options):
        raise emails.BrokerError

    monkeypatch.setattr(deliver_task, "apply_async", fail)

    emails.nudge()

    assert "e-mails wait until beat asks" in caplog.text


def test_what_people_wrote_is_text_and_never_markup():
    message = MessageFactory.build(
        text='<script>alert("x")</script> <b>bold</b>\n\nhttp://testserver/?a=1&b=2\n\n→ Open: https://evil.example/'
    )

    html = emails.html_of(message)

    assert "<script>" not in html
    assert "<b>" not in html
    assert '<a href="http://testserver/?a=1&amp;b=2" style=' in html
    assert 'href="https://evil.example' not in html  # what others typed is no link of ours
