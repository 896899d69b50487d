"""Send an email to the mail server in two steps: only once the second has begun may the email have arrived."""

import smtplib

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from udtacademy.db.addresses import for_smtp, needs_smtputf8
from udtacademy.outbox.mime import PreparedEmail

ACCEPTED = (250, 251)
NO_SMTPUTF8 = "the mail server has no SMTPUTF8, and cannot deliver to addresses with these letters before the @"
NO_DOMAIN = "the domain is not valid"
CLOSING = 421  # the server ends the connection (RFC 5321, 3.8)


class UndeliverableError(Exception):
    """The mail server can never deliver to this address."""


class SmtpConnection:
    """Any of Django's email backends; SMTP in two steps, which smtplib's `sendmail` does at once."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.sender = sanitize_address(settings.DEFAULT_FROM_EMAIL, "utf-8")

    @property
    def smtp(self) -> smtplib.SMTP | None:
        return self.backend.connection if isinstance(self.backend, EmailBackend) else None

    def begin(self, to: str, content: bytes, return_path: str = "") -> None:
        """Send the sender and the recipient. `return_path`: where failures are reported to, if not to the sender.

        Raises SMTPSenderRefused, SMTPRecipientsRefused and UndeliverableError.
        """
        if self.smtp is None:
            return
        smtp = self.smtp
        smtp.ehlo_or_helo_if_needed()
        options = [f"size={len(content)}"] if smtp.has_extn("size") else []
        if needs_smtputf8(to):
            if not smtp.has_extn("smtputf8"):
                raise UndeliverableError(NO_SMTPUTF8)
            options += ["SMTPUTF8", "BODY=8BITMIME"]  # RFC 6531, 3.4; servers with the one have the other
        try:
            recipient = for_smtp(to)
        except UnicodeError as error:
            raise UndeliverableError(NO_DOMAIN) from error
        sender = return_path or self.sender
        code, reply = smtp.mail(sender, options)
        if code not in ACCEPTED:
            self.give_up(smtp, code)
            raise smtplib.SMTPSenderRefused(code, reply, sender)
        code, reply = smtp.rcpt(recipient)
        if code not in ACCEPTED:
            self.give_up(smtp, code)
            raise smtplib.SMTPRecipientsRefused({to: (code, reply)})

    def hand_over(self, to: str, content: bytes) -> None:
        """Send the content after `begin`. Raises SMTPDataError."""
        if self.smtp is None:
            PreparedEmail(content=content, to=[to], connection=self.backend).send()
            return
        code, reply = self.smtp.data(content)
        if code not in ACCEPTED:
            self.give_up(self.smtp, code)
            raise smtplib.SMTPDataError(code, reply)

    def give_up(self, smtp: smtplib.SMTP, code: int) -> None:
        """Reset the connection for the next email, or close it if the server ends it."""
        if code == CLOSING:
            smtp.close()
        else:
            smtp.rset()
