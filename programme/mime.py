"""The bytes of an e-mail (RFC 5322): made once, when it is written, kept in the outbox and sent as they are."""

import email
import email.policy
from collections.abc import Iterable, Sequence
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.header import decode_header, make_header
from email.message import EmailMessage as ParsedEmail
from email.mime.base import MIMEBase
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from programme.addresses import for_smtp, needs_smtputf8
from programme.calendars import CalendarFile

if TYPE_CHECKING:
    from programme.models import Message

DOMAIN = urlsplit(settings.SITE_URL).hostname or "localhost"
LONGEST_LINE = 76  # characters of a header's line


def content_of(message: "Message", html: str, calendars: Sequence[CalendarFile] = ()) -> bytes:
    """The e-mail as it goes out. The first calendar file is also a part of its own, by which programs know an invitation."""
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{message.message_id}@{DOMAIN}>"}
    if message.unsubscribe_url:  # RFC 8058: one click, and it is a POST
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    is_utf8 = needs_smtputf8(message.to)
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[] if is_utf8 else [in_header(message.to)],
        reply_to=[in_header(message.reply_to)] if message.reply_to else None,
        headers=headers,
    )
    mail.attach_alternative(html, "text/html")
    for number, file in enumerate(calendars):
        if not number:
            mail.attach_alternative(file["text"], f"text/calendar; method={file['method']}")
        mail.attach(as_attachment(file))
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=FOLDING).flatten(mail.message())
    content = written.getvalue()
    return recipient_in_utf8(in_header(message.to)) + content if is_utf8 else content


class Folding(email.policy.Compat32):
    """Folds each header with its name on the first line, at 76 characters (RFC 2047, 2).

    Python and Django encode a value before they know the name of its header, and begin what has no space to fold at on the next
    line. A first line with nothing in it is obsolete (RFC 5322, 3.2.2): some programs show no subject then, or a blank before it.
    Python's newer policies encode long links, which nobody decodes.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        unfolded = "".join(str(value).splitlines())
        header = make_header(decode_header(unfolded), header_name=name)
        folded = header.encode(
            linesep=self.linesep, maxlinelen=LONGEST_LINE - 2
        ).lstrip()  # it leaves out up to two characters
        return f"{name}: {folded}{self.linesep}".encode("ascii")


FOLDING = Folding(linesep="\r\n")


def in_header(address: str) -> str:
    """An address with its domain in ASCII, as every program for e-mail reads it; as it is where there can be no such domain."""
    try:
        return for_smtp(address)
    except UnicodeError:
        return address


def recipient_in_utf8(address: str) -> bytes:
    """The header of who gets an e-mail, in UTF-8 as RFC 6532 allows: the part before the @ has no other form.

    Django would encode it, and no server would know the address. Raises ValueError for an address of several lines.
    """
    policy = email.policy.SMTPUTF8
    return policy.fold_binary(*policy.header_store_parse("To", address))


def as_attachment(file: CalendarFile) -> MIMEBase:
    part = MIMEBase("text", "calendar", method=file["method"], charset="utf-8", name=file["name"])
    part.set_payload(file["text"].encode())
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file["name"])
    return part


class Content:
    """What is found in the bytes of an e-mail again."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def parsed(self) -> ParsedEmail:
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def html(self) -> str:
        part = self.parsed.get_body(["html"])
        return str(part.get_content()) if part else ""

    @property
    def calendars(self) -> list[CalendarFile]:
        return [
            {"name": part.get_filename() or "", "method": str(part.get_param("method")), "text": part.get_content()}
            for part in self.parsed.walk()
            if part.get_content_type() == "text/calendar" and part.get_filename()
        ]


class Prepared:
    """As much of a message as Django's backends ask for."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\n") -> bytes:  # noqa: ARG002, FBT001, FBT002 - Django's
        return self.content if linesep == "\r\n" else self.content.replace(b"\r\n", b"\n")

    def get_charset(self) -> None:
        return None


class PreparedEmail(EmailMultiAlternatives):
    """An e-mail whose bytes are there already, for whatever backend."""

    def __init__(self, *, content: bytes, to: Iterable[str], connection: object) -> None:
        super().__init__(to=list(to), connection=connection)
        self.content = content

    def message(self) -> Prepared:  # type: ignore[override]
        return Prepared(self.content)
