"""Addresses with other letters than a to z, handed to a real SMTP server."""

import pytest

from tests.factories.people import MessageFactory
from tests.mailbox import Mailbox, smtp_server
from udtacademy.outbox.mime import content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.tasks import deliver_messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def deliver(settings):
    """Deliver what is queued to a server with SMTPUTF8, or to one without."""

    def run(*, has_smtputf8):
        with smtp_server(mailbox := Mailbox(), has_smtputf8=has_smtputf8) as port:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
            deliver_messages()
        return mailbox

    return run


@pytest.mark.parametrize("has_smtputf8", [True, False])
def test_a_domain_with_other_letters_is_sent_in_ascii_everywhere(deliver, has_smtputf8):
    """By IDNA 2008: Django and smtplib would write to strasse.example, which is somebody else's."""
    MessageFactory(to="ana@straße.example", reply_to="contact@münchen.example")

    mailbox = deliver(has_smtputf8=has_smtputf8)

    [mail] = mailbox.mails
    assert mailbox.recipients == ["ana@xn--strae-oqa.example"]
    assert (mail["To"], mail["Reply-To"]) == ("ana@xn--strae-oqa.example", "contact@xn--mnchen-3ya.example")
    assert not [it for it in mailbox.options if "UTF8" in it.upper()]
    assert Message.objects.get().state == "sent"


def test_other_letters_before_the_at_are_sent_where_the_server_has_smtputf8(deliver):
    MessageFactory(to="ünal@münchen.example", subject="Grüße")
    MessageFactory(to="ana@girona.example")

    mailbox = deliver(has_smtputf8=True)

    assert sorted(mailbox.recipients) == ["ana@girona.example", "ünal@xn--mnchen-3ya.example"]
    [content] = [it for it in mailbox.contents if b"@xn--mnchen" in it]
    assert "To: ünal@xn--mnchen-3ya.example\r\n".encode() in content.partition(b"\r\n\r\n")[0] + b"\r\n"
    assert content.count(b"\r\nTo:") + content.startswith(b"To:") == 1
    assert {it.state for it in Message.objects.all()} == {"sent"}


def test_without_smtputf8_that_fails_for_good_with_the_reason_and_holds_up_nobody(deliver):
    MessageFactory(to="ünal@girona.example")
    MessageFactory(to="ana@xn--zzzzzzzz.example")
    MessageFactory(to="ana@girona.example")

    mailbox = deliver(has_smtputf8=False)

    assert mailbox.recipients == ["ana@girona.example"]
    assert dict(Message.objects.values_list("to", "last_error")) == {
        "ünal@girona.example": "the mail server has no SMTPUTF8, and cannot deliver to addresses with these"
        " letters before the @",
        "ana@xn--zzzzzzzz.example": "the domain is not valid",
        "ana@girona.example": "",
    }
    assert Message.objects.filter(state="failed", n_attempts__lte=1).count() == 2


def test_an_address_of_several_lines_writes_no_headers(deliver):
    message = Message(to="ünal@girona.example\r\nBcc: all@girona.example", subject="Hello", text="Hello")

    with pytest.raises(ValueError, match="contains a line break"):
        content_of(message, "<p>Hello</p>")
