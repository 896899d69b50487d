"""Pictures with a credential in them (Open Badges 3.0, 5.3), and credentials read from what somebody has."""

import re
import struct
import zlib

from django.utils.translation import override

from attendance.certificates.credentials import begun, credential_of, sentence_of
from attendance.models import Certificate
from udtacademy.pdf.compiling import compile_picture

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
SVG_END = b"</svg>"
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_END = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
KEYWORD = b"openbadgecredential"
TOKEN = rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
IN_SVG = re.compile(rb"<openbadges:credential\b[^<>]*\bverify=\"(" + TOKEN + rb")\"")
ALONE = re.compile(rb"\s*(" + TOKEN + rb")\s*")


def credential_file(certificate: Certificate, form: str) -> bytes:
    """Return a credential as a text ("jwt"), or in a picture ("svg", "png"). Raises PdfError if there can be no picture."""
    token = credential_of(certificate)
    if form == "jwt":
        return token.encode()
    picture = picture_of(certificate, form)
    return baked_svg(picture, token) if form == "svg" else baked_png(picture, token)


def picture_of(certificate: Certificate, form: str) -> bytes:
    """Return the picture of what was achieved, for each holder the same."""
    with override(certificate.language):
        values = {
            "heading": certificate.layout["words"]["heading"],
            "sentence": begun(sentence_of(certificate)),
            "organiser": certificate.organiser_name,
            "completed": certificate.kind == Certificate.Kind.COMPLETED,
        }
        return compile_picture("credential", values, form=form)


def baked_svg(picture: bytes, token: str) -> bytes:
    body, end, _after = picture.rpartition(SVG_END)
    tag = f'<openbadges:credential xmlns:openbadges="{NAMESPACE}" verify="{token}"/>'
    return body + tag.encode() + end


def baked_png(picture: bytes, token: str) -> bytes:
    """Return a PNG file with a text beside its pixels: not compressed, in no language."""
    text = b"iTXt" + KEYWORD + bytes(5) + token.encode()
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return picture.removesuffix(PNG_END) + chunk + PNG_END


def text_in_png(content: bytes) -> bytes:
    """Return the text of a credential beside the pixels of a PNG file; empty for none. Each part has its length before it."""
    at = len(PNG_START)
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        if kind == b"iTXt" and body.startswith(KEYWORD + bytes(5)):
            return body[len(KEYWORD) + 5 :]
        at += 12 + length
    return b""


def token_in(content: bytes) -> str | None:
    """Return the credential in a file as we make them; None if there is none."""
    if content.startswith(PNG_START):
        match = ALONE.fullmatch(text_in_png(content))
    elif SVG_END in content:
        match = IN_SVG.search(content)
    else:
        match = ALONE.fullmatch(content)
    return match[1].decode() if match else None
