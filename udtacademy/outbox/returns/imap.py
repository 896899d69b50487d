"""Read a folder of an IMAP server without changing anything in it: neither marks nor deletes a mail.

A server that hangs, or sends a byte now and then, is left after a fixed time: each reply has one, and the whole conversation has one.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from udtacademy.outbox.configuration import MailboxAddress

REPLY_SECONDS = 15
CONVERSATION_SECONDS = 60
LARGEST_MAIL = 100_000  # bytes read of a mail; the report stands before the copy of the original
MOST_MAILS = 200  # in one conversation
NUMBER = re.compile(rb"\d+")


class MailboxError(Exception):
    """The mailbox cannot be read; the text says why, for operators."""


class Mailbox:
    """A folder that is open for reading. Raises MailboxError."""

    def __init__(self, imap: imaplib.IMAP4) -> None:
        self.imap = imap

    def uid_validity(self) -> int:
        _kind, values = self.imap.response("UIDVALIDITY")
        match = NUMBER.search(values[0] or b"") if values else None
        return int(match[0]) if match else 0

    def uids_after(self, uid: int) -> list[int]:
        """Return the UIDs of the next mails in order, at most MOST_MAILS."""
        rows = answer_of(self.imap.uid("SEARCH", f"UID {uid + 1}:*"))
        uids = {int(number) for row in rows if isinstance(row, bytes) for number in row.split() if number.isdigit()}
        return sorted(it for it in uids if it > uid)[:MOST_MAILS]  # "n:*" also has the last mail, whatever its UID

    def mail(self, uid: int) -> bytes:
        """Return the beginning of a mail; empty if it is gone."""
        rows = answer_of(self.imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST_MAIL}>)"))
        return next((row[1][:LARGEST_MAIL] for row in rows if isinstance(row, tuple)), b"")


@contextmanager
def opened_mailbox(address: MailboxAddress) -> Iterator[Mailbox]:
    """Yield the open folder. Raises MailboxError, also in the block when the server does not answer in time."""
    imap: imaplib.IMAP4 | None = None
    is_late: list[bool] = []

    def hang_up() -> None:
        is_late.append(True)
        if imap is not None:
            with suppress(OSError):
                imap.socket().shutdown(socket.SHUT_RDWR)  # ends a read that another thread waits for

    alarm = Timer(CONVERSATION_SECONDS, hang_up)
    alarm.daemon = True
    alarm.start()
    try:
        imap = connected(address)
        answer_of(imap.login(address.user, address.password))
        answer_of(imap.select(quoted(address.folder), readonly=True))
        yield Mailbox(imap)
    except (imaplib.IMAP4.error, OSError, EOFError, ValueError) as error:
        raise MailboxError(why(error, is_late=bool(is_late))) from error
    finally:
        alarm.cancel()
        if imap is not None:
            with suppress(imaplib.IMAP4.error, OSError, ValueError):
                imap.shutdown()  # without LOGOUT, whose answer would be waited for


def connected(address: MailboxAddress) -> imaplib.IMAP4:
    if address.security == "tls":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=REPLY_SECONDS)
    imap = imaplib.IMAP4(address.host, address.port, timeout=REPLY_SECONDS)
    if address.security == "starttls":
        imap.starttls(ssl.create_default_context())
    return imap


def answer_of(reply: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    kind, rows = reply
    if kind != "OK":
        raise imaplib.IMAP4.error(f"{kind} {rows[0]!r}")
    return rows


def quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def why(error: Exception, *, is_late: bool) -> str:
    """Return why a conversation failed, in one line."""
    if is_late or isinstance(error, TimeoutError):
        return "The server does not answer in time."
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
