"""The line to the mail server, and noting in the database what has been sent while the next e-mail is begun.

Both are done by hand where it pays: an e-mail costs five round trips, and the one to the database is hidden behind two of
those to the mail server. An e-mail is handed over only when it is noted that the one before is sent, so whoever dies at
whatever moment leaves at most one that is sent and not noted.
"""

import smtplib

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.db import DatabaseError, connection
from psycopg import pq

from programme.mime import PreparedEmail
from programme.rules.addresses import for_smtp, needs_smtputf8

ACCEPTED = (250, 251)
NO_SMTPUTF8 = "the mail server does not deliver to addresses with such letters before the @ (it has no SMTPUTF8)"
NO_DOMAIN = "there can be no such domain"
CLOSING = 421  # the server ends the connection (RFC 5321, 3.8)


class UndeliverableError(Exception):
    """The mail server can never deliver to this address."""


class Line:
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


class Note:
    """An UPDATE that is on its way on Django's own connection. Nothing else may be asked there before `wait`."""

    is_pending = False

    def begin(self, sql: str, *values: object) -> None:
        """Send it off; `values` for $1, $2, … are sent as text."""
        self.wait()
        connection.ensure_connection()
        assert connection.connection is not None  # noqa: S101 - just ensured
        pgconn = connection.connection.pgconn
        pgconn.send_query_params(sql.encode(), [str(it).encode() for it in values])
        pgconn.flush()
        self.is_pending = True

    def wait(self) -> None:
        """Until it is done. Raises DatabaseError."""
        if not self.is_pending:
            return
        self.is_pending = False
        assert connection.connection is not None  # noqa: S101 - it was there when this began
        pgconn = connection.connection.pgconn
        errors = []
        while (result := pgconn.get_result()) is not None:
            if result.status != pq.ExecStatus.COMMAND_OK:
                errors.append(result.error_message.decode(errors="replace"))
        if errors:
            raise DatabaseError("; ".join(errors))
