"""Emails signed by us (DKIM), checked as a receiver does."""

from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.factories.people import MessageFactory
from tests.mailbox import Mailbox, smtp_server
from udtacademy.outbox.configuration import DkimKey
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.sender_checks.dkim_keys import record_of
from udtacademy.outbox.signatures import signed

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def key():
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return DkimKey("academy.example", "udt", pem)


@pytest.mark.parametrize("to", ["ana@city.example", "ünal@münchen.example"])
def test_a_receiver_finds_the_signature_valid_and_a_change_invalid(settings, key, to):
    settings.MAIL = replace(settings.MAIL, dkim=key)
    MessageFactory(
        to=to,
        subject="Grüße, a subject that is so long that it needs several lines of its header",
        unsubscribe_url="http://testserver/x/",
    )

    with smtp_server(handler := Mailbox()) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        assert deliver_messages() == 1

    (content,) = handler.contents
    names = []

    def lookup(name, **_values):
        names.append(name)
        return record_of(key).encode()

    assert dkim.verify(content, dnsfunc=lookup)
    assert names == [b"udt._domainkey.academy.example."]
    assert not dkim.verify(content.replace(b"Dear Pia", b"Dear Bob"), dnsfunc=lookup)
    assert not dkim.verify(content.replace(b"One-Click", b"Two-Click"), dnsfunc=lookup)
    head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ").lower()
    assert b"list-unsubscribe-post" in head.partition(b"h=")[2].partition(b";")[0]


def test_without_a_key_nothing_is_signed():
    assert signed(b"From: a\r\n\r\nx") == b"From: a\r\n\r\nx"


def test_an_email_that_cannot_be_signed_is_sent_without(settings, key, caplog):
    settings.MAIL = replace(settings.MAIL, dkim=key)

    assert signed(b"Subject: no sender\r\n\r\nx") == b"Subject: no sender\r\n\r\nx"
    assert "cannot be signed" in caplog.text
