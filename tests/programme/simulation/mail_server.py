"""A mail server that exists in the test alone, and fails as mail servers do. What it takes arrives at once."""

import smtplib
from collections.abc import Callable, Sequence

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class MailServer:
    """`deliver` is called with the address and the bytes of each email that arrives."""

    def __init__(self, deliver: Callable[[str, bytes], None]) -> None:
        self.deliver = deliver
        self.is_away = False
        self.grey: set[str] = set()  # addresses it takes nothing for now
        self.refused: set[str] = set()  # addresses whose next email it refuses for good
        self.bounced: set[str] = set()  # addresses to which it has done so
        self.drops_line = False  # after the next email, which arrives all the same

    def connect(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError(111, "Connection refused")

    def take(self, address: str, content: bytes) -> None:
        self.connect()
        if address in self.grey:
            raise smtplib.SMTPRecipientsRefused({address: (451, b"4.7.1 Greylisted, try again later")})
        if address in self.refused:
            self.refused.remove(address)
            self.bounced.add(address)
            raise smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 No such mailbox")})
        self.deliver(address, content)
        if self.drops_line:
            self.drops_line = False
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


class Backend(BaseEmailBackend):
    """Django's way to the `server`, of which there is one at a time."""

    server: MailServer

    def open(self) -> bool:
        self.server.connect()
        return True

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            content = message.message().as_bytes(linesep="\r\n")
            for address in message.to:
                self.server.take(address, content)
        return len(messages)
