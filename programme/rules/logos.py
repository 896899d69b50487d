"""Logos of organisers: which files are accepted. By content, whatever a file is called."""

import struct
from dataclasses import dataclass

LARGEST_LOGO = 48 * 1024  # bytes
LONGEST_SIDE, SHORTEST_SIDE = 2000, 16  # pixels
PNG, WEBP = "png", "webp"
PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@dataclass(frozen=True)
class LogoSize:
    """What a logo is: `kind` is its file's ending; `width` and `height` are pixels."""

    kind: str
    width: int
    height: int


def logo_size(content: bytes) -> LogoSize | None:
    """Return what a PNG or WebP file is; None for anything else, an SVG for example, which could run scripts."""
    if content.startswith(PNG_START) and content.endswith(b"IEND\xaeB`\x82"):
        return LogoSize(PNG, *struct.unpack(">II", content[16:24]))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP" and len(content) > 30:  # noqa: PLR2004 - the longest header
        size = webp_size(content)
        return LogoSize(WEBP, *size) if size else None
    return None


def webp_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height, by the header of the first part; None for a damaged file."""
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L" and content[20] == 0x2F:  # noqa: PLR2004 - by its specification
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None
