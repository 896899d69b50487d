"""A real SMTP server for tests: it keeps what it gets, and answers as it is told."""

import asyncio
import email
import email.policy
import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller


class Mailbox:
    """An SMTP server's handler. `answers` are given in turn to what comes after DATA, then `answer`.

    "hang" says nothing; "drop" takes the email and drops the line.
    """

    def __init__(self):
        self.contents = []
        self.recipients = []
        self.senders = []
        self.options = []
        self.answer = "250 OK"
        self.answers = []
        self.recipient_answer = "250 OK"
        self.sender_answer = "250 OK"

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        self.options = options
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
            self.senders.append(address)
        return self.sender_answer

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - as above
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - as above
        answer = self.answers.pop(0) if self.answers else self.answer
        if answer == "hang":
            await asyncio.sleep(5)
        if answer.startswith("250") or answer == "drop":
            self.contents.append(envelope.content)
        if answer == "drop":
            server.transport.abort()
        return answer

    @property
    def mails(self):
        return [email.message_from_bytes(it, policy=email.policy.default) for it in self.contents]


@contextmanager
def smtp_server(handler, *, has_smtputf8=True):
    """The port on which the handler listens, on this machine only."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, enable_SMTPUTF8=has_smtputf8)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
