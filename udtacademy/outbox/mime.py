"""Build the bytes of an email (RFC 5322), when it is sent or shown."""

import email
import email.policy
import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.header import Header
from email.message import EmailMessage as ParsedEmail
from email.mime.base import MIMEBase
from email.utils import formataddr, parseaddr
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from udtacademy.db.addresses import ENCODED_WORD, for_smtp
from udtacademy.outbox.returns.providers import headers_for_provider

if TYPE_CHECKING:
    from udtacademy.outbox.models import Message

DOMAIN = urlsplit(settings.SITE_URL).hostname or "localhost"
LONGEST_LINE = 76  # characters of a header's line
FOLD = re.compile(r"\r?\n(?=[ \t]+\S)")
CODE = re.compile(r"([0-9]{6})(?=\n\n|\Z)")  # the first paragraph of a text
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # at some of them `Header` starts a new line

# Kinds of emails with an unsubscribe link that is made when they are sent, so that it is stored nowhere. Added by apps.
UNSUBSCRIBING: "dict[str, Callable[[Message], str]]" = {}
# How the text of such a kind leaves: with that link instead of the page of those who sign in, which is stored. Added by apps.
WITH_OWN_LINK: "dict[str, Callable[[Message], str]]" = {}


class HeaderError(ValueError):
    """A header would be read as several."""


class CalendarFile(TypedDict):
    """A calendar file attached to an email."""

    name: str
    method: str
    text: str


def content_of(message: "Message", html: str, calendars: Sequence[CalendarFile] = ()) -> bytes:
    """Build the email. The first calendar file is also an alternative part, by which mail programs recognise an invitation."""
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": f"<{message.message_id}@{DOMAIN}>"}
    headers |= headers_for_provider(message.message_id)
    if url := message.unsubscribe_url or unsubscribe_url_of(message):  # RFC 8058: one click, by POST
        headers["List-Unsubscribe"] = f"<{url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        body=message.text,
        to=["-"],  # replaced below, like Subject and From: Django would encode them before they are folded
        reply_to=[in_header(message.reply_to)] if message.reply_to else None,
        headers=headers,
    )
    mail.attach_alternative(html, "text/html")
    for number, file in enumerate(calendars):
        if not number:
            mail.attach_alternative(file["text"], f"text/calendar; method={file['method']}")
        mail.attach(as_attachment(file))
    whole = mail.message()
    whole.replace_header("Subject", as_text("Subject", subject_of(message)))
    whole.replace_header("From", as_mailbox("From", settings.DEFAULT_FROM_EMAIL))
    whole.replace_header("To", in_header(message.to))
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=FOLDING).flatten(whole)
    return written.getvalue()


def as_it_leaves(message: "Message") -> "Message":
    """Return a message as its reader gets it, with their own link in its text; the same one if it has none."""
    text = WITH_OWN_LINK.get(message.kind)
    if text is None or not message.text:
        return message
    leaving = copy(message)
    leaving.text = text(message)
    return leaving


def unsubscribe_url_of(message: "Message") -> str:
    """Return the link by which mail programs unsubscribe their user from emails of this kind; empty if there is none."""
    link = UNSUBSCRIBING.get(message.kind)
    return link(message) if link else ""


def subject_of(message: "Message") -> str:
    """Return the subject as sent: with the code, which is stored only in the encrypted text."""
    code = code_of(message)
    return f"{code}: {message.subject}" if code else message.subject


def code_of(message: "Message") -> str:
    """Return the code that is the first paragraph of a message; empty if there is none. Only sensitive ones carry codes."""
    match = CODE.match(message.text) if message.is_sensitive else None
    return match[1] if match else ""


def as_text(name: str, text: str) -> str | Header:
    """Return the text of a header on one line: unchanged if printable ASCII, else to be encoded (RFC 2047).

    Text that looks encoded is encoded again, so that it is shown as typed and cannot forge headers.
    """
    line = " ".join(text.split())
    is_plain = line.isascii() and line.isprintable() and ENCODED_WORD not in line
    return line if is_plain else Header(line, "utf-8", header_name=name)


def as_mailbox(name: str, text: str) -> str | Header:
    """Return "Name <address>" for a header, the name as `as_text` returns it."""
    title, address = parseaddr(text)
    header = as_text(name, title)
    if isinstance(header, str):
        return formataddr((header, in_header(address)))
    header.append(f"<{in_header(address)}>", "us-ascii")
    return header


def unfolded(name: str, value: str) -> str:
    """Return a header's value on one line. Raises HeaderError if a line would be read as another header."""
    line = FOLD.sub("", value)
    if "\r" in line or "\n" in line:
        msg = f"The header {name} contains a line break: {value!r}"
        raise HeaderError(msg)
    return line


class Folding(email.policy.Compat32):
    """Folds each header with its name on the first line, at 76 characters (RFC 2047, 2). Encodes only a `Header`.

    Python and Django encode a value without counting the header's name, and start text without spaces on the next line. An
    empty first line is obsolete (RFC 5322, 3.2.2): some programs then show no subject, or a space before it. Python's newer
    policies encode long links, which programs do not decode. Nothing is decoded here, as anybody may have typed it.
    """

    def fold_binary(self, name: str, value: str | Header) -> bytes:
        """Return the lines of a header. Text that is not ASCII, outside a `Header`, is written in UTF-8 (RFC 6532), unfolded.

        Raises HeaderError if the value has several lines.
        """
        text = value if isinstance(value, Header) else CONTROLS.sub("", unfolded(name, value))
        if isinstance(text, str) and text.isascii():
            text = Header(text, "us-ascii", header_name=name)
        if isinstance(text, Header):
            width = LONGEST_LINE - 2  # `Header` counts up to two characters too few
            text = text.encode(linesep=self.linesep, maxlinelen=width).lstrip()
        unfolded(name, text)
        return f"{name}: {text}{self.linesep}".encode()


FOLDING = Folding(linesep="\r\n")


def in_header(address: str) -> str:
    """Return an address with its domain in ASCII, which every mail program reads; unchanged if the domain is invalid."""
    try:
        return for_smtp(address)
    except UnicodeError:
        return address


def as_attachment(file: CalendarFile) -> MIMEBase:
    part = MIMEBase("text", "calendar", method=file["method"], charset="utf-8", name=file["name"])
    part.set_payload(file["text"].encode())
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file["name"])
    return part


class Content:
    """Reads the parts of a built email."""

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
    """The methods of a message that Django's backends call."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\n") -> bytes:  # noqa: ARG002, FBT001, FBT002 - Django's
        return self.content if linesep == "\r\n" else self.content.replace(b"\r\n", b"\n")

    def get_charset(self) -> None:
        return None


class PreparedEmail(EmailMultiAlternatives):
    """An email already built as bytes, for any backend."""

    def __init__(self, *, content: bytes, to: Iterable[str], connection: object) -> None:
        super().__init__(to=list(to), connection=connection)
        self.content = content

    def message(self) -> Prepared:  # type: ignore[override]
        return Prepared(self.content)
