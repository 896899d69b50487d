"""A mail opened: its headers and the texts of its parts, whatever is wrong with it."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from functools import cached_property
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Part = Message[str, str]
else:
    Part = Message

MOST_PARTS = 50
LONGEST_TEXT = 50_000  # characters read of a part
LONGEST_ROW = 1000
LONGEST_HEADER = 2000
REFERENCE = re.compile(r"<([^<>\s@]{1,200}@[^<>\s@]{1,255})>")
MESSAGE_ID_LINE = re.compile(r"message-?id\W{1,3}<?([^<>\s@]{1,200}@[^<>\s@]{1,255})>?", re.IGNORECASE)
MAIL_FROM_LINE = re.compile(r"^original-mail-from:[ \t]*(\S{1,320})", re.IGNORECASE | re.MULTILINE)
TO_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to")
COPIES = {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
IGNORED_TAGS = re.compile(r"<(style|script|head)\b.{0,5000}?</\1>", re.IGNORECASE | re.DOTALL)
BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
TAG = re.compile(r"<[^<>@]{0,2000}>")  # leaves addresses in angle brackets


def opened(content: bytes) -> "Mail":
    """Return a mail of these bytes. Raises errors of Python's parser for some that are no mail, or are nested too deeply."""
    return Mail(email.message_from_bytes(content, policy=email.policy.compat32))


@dataclass
class Mail:
    message: Part

    @property
    def report_type(self) -> str:
        is_report = self.message.get_content_type() == "multipart/report"
        return str(self.message.get_param("report-type") or "").lower() if is_report else ""

    def header(self, name: str) -> str:
        """Return a header, decoded, on one line; empty without one."""
        return header_of(self.message, name)

    @cached_property
    def parts(self) -> list[Part]:
        """Return the parts outside copies of other mails, and those copies themselves."""
        return list(islice(outer_parts(self.message), MOST_PARTS))

    def texts_of(self, *types: str) -> list[str]:
        return [text_of(part) for part in self.parts if part.get_content_type() in types]

    @cached_property
    def text(self) -> str:
        """Return what people read: the plain text, else the HTML without its tags; long lines are cut."""
        plain = "\n".join(self.texts_of("text/plain"))
        text = plain if plain.strip() else without_tags("\n".join(self.texts_of("text/html")))
        return "\n".join(row[:LONGEST_ROW] for row in text[:LONGEST_TEXT].splitlines())

    @cached_property
    def originals(self) -> list[Part]:
        """Return the copies of the mails that it is about, or of their headers."""
        copies = [part for part in self.parts if part.get_content_type() in COPIES]
        return [original for part in copies if (original := original_in(part)) is not None]

    def is_about_a_report(self) -> bool:
        """Return whether the mail that it is about was itself written by a mail server or an absent person."""
        return any(
            original.get_content_type() == "multipart/report"
            or header_of(original, "auto-submitted").lower().startswith("auto-replied")
            or header_of(original, "return-path") == "<>"
            for original in self.originals
        )

    def references(self) -> list[str]:
        """Return the Message-IDs of the mails that it is about: of copies, of its own headers, then those in its text."""
        ids = [header_of(original, "message-id") for original in self.originals]
        ids += [self.header(name) for name in ("in-reply-to", "references")]
        found = [match for value in ids for match in REFERENCE.findall(value)]
        texts = self.texts_of("text/plain", "text/html", "message/delivery-status", "message/feedback-report")
        found += [match for text in texts for match in MESSAGE_ID_LINE.findall(unescape(text))]
        return list(dict.fromkeys(found))

    def recipients(self) -> list[str]:
        """Return the addresses that it was sent to, and the return paths of the mails that it is about, also as a complaint names them."""
        values = [str(value) for name in TO_HEADERS for value in self.message.get_all(name) or ()]
        values += [header_of(original, "return-path") for original in self.originals]
        values += [it for text in self.texts_of("message/feedback-report") for it in MAIL_FROM_LINE.findall(text)]
        return list(dict.fromkeys(address for _name, address in getaddresses(values) if "@" in address))


def outer_parts(message: Part) -> Iterator[Part]:
    """Yield the parts of a mail, without looking into copies of other mails."""
    yield message
    if message.get_content_maintype() == "multipart":
        payload = message.get_payload()
        for part in payload if isinstance(payload, list) else ():
            if isinstance(part, Message):
                yield from outer_parts(part)


def original_in(part: Part) -> Part | None:
    """Return the mail that a part is a copy of, with its headers only if it has no more."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0] if payload and isinstance(payload[0], Message) else None
    return email.message_from_string(text_of(part).lstrip(), policy=email.policy.compat32)


def header_of(message: Part, name: str) -> str:
    raw = str(message.get(name, ""))[:LONGEST_HEADER]
    try:
        pieces = [decoded(it, charset) if isinstance(it, bytes) else it for it, charset in decode_header(raw)]
    except HeaderParseError:  # base64 that is none
        pieces = [raw]
    return " ".join("".join(pieces).split())


def text_of(part: Part) -> str:
    """Return the text of a part. Fields of a delivery status are parsed as parts of it: they are written out again."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join(fields_of(it) for it in payload[:MOST_PARTS] if isinstance(it, Message))[:LONGEST_TEXT]
    content = part.get_payload(decode=True)
    return decoded(content, part.get_content_charset())[:LONGEST_TEXT] if isinstance(content, bytes) else ""


def fields_of(group: Part) -> str:
    rows = "\n".join(f"{name}: {value}" for name, value in group.raw_items())
    rest = group.get_payload(decode=True)
    more = rest if isinstance(rest, bytes) else b""
    return decoded(rows.encode(errors="surrogateescape") + b"\n\n" + more, None)  # may be in UTF-8 (RFC 6533)


def decoded(content: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8"):
        try:
            return content.decode(name or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("latin-1")


def without_tags(html: str) -> str:
    text = BREAKS.sub("\n", IGNORED_TAGS.sub(" ", html))
    return unescape(TAG.sub(" ", text)).replace("\xa0", " ")
