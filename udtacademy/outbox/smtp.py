"""The connection to the mail server, each e-mail in two steps: whether the second was begun tells whether it may have arrived."""

import smtplib

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from udtacademy.db.addresses import for_smtp, needs_smtputf8
from udtacademy.outbox.mime import PreparedEmail

ACCEPTED = (250, 251)
NO_SMTPUTF8 = "the mail server does not deliver to addresses with such letters before the @ (it has no SMTPUTF8)"
NO_DOMAIN = "there can be no such domain"
CLOSING = 421  # the server ends the connection (RFC 5321, 3.8)


class UndeliverableError(Exception):
    """The mail server can never deliver to this address."""


class SmtpConnection:
    """Any of Django's e-mail backends; SMTP in two steps, as smtplib's own `sendmail` does both."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.sender = sanitize_address(settings.DEFAULT_FROM_EMAIL, "utf-8")

    @property
    def smtp(self) -> smtplib.SMTP | None:
        return self.backend.connection if isinstance(self.backend, EmailBackend) else None

    def begin(self, to: str, content: bytes) -> None:
        """Say from whom and to whom. Raises SMTPSenderRefused, SMTPRecipientsRefused and UndeliverableError."""
        if self.smtp is None:
            return
        smtp = self.smtp
        smtp.ehlo_or_helo_if_needed()
        options = [f"size={len(content)}"] if smtp.has_extn("size") else []
        if needs_smtputf8(to):
            if not smtp.has_extn("smtputf8"):
                raise UndeliverableError(NO_SMTPUTF8)
            options += ["SMTPUTF8", "BODY=8BITMIME"]  # RFC 6531, 3.4; who offers the one offers the other
        try:
            recipient = for_smtp(to)
        except UnicodeError as error:
            raise UndeliverableError(NO_DOMAIN) from error
        code, reply = smtp.mail(self.sender, options)
        if code not in ACCEPTED:
            self.give_up(smtp, code)
            raise smtplib.SMTPSenderRefused(code, reply, self.sender)
        code, reply = smtp.rcpt(recipient)
        if code not in ACCEPTED:
            self.give_up(smtp, code)
            raise smtplib.SMTPRecipientsRefused({to: (code, reply)})

    def hand_over(self, to: str, content: bytes) -> None:
        """Send what was begun. Raises SMTPDataError."""
        if self.smtp is None:
            PreparedEmail(content=content, to=[to], connection=self.backend).send()
            return
        code, reply = self.smtp.data(content)
        if code not in ACCEPTED:
            self.give_up(self.smtp, code)
            raise smtplib.SMTPDataError(code, reply)

    def give_up(self, smtp: smtplib.SMTP, code: int) -> None:
        """Be ready for the next e-mail, or note that the server has gone."""
        if code == CLOSING:
            smtp.close()
        else:
            smtp.rset()
