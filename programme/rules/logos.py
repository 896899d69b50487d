"""Logos of organisers: which files are accepted. By content, whatever a file is called, and to its last byte."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

LARGEST_LOGO = 48 * 1024  # bytes
LONGEST_SIDE, SHORTEST_SIDE = 2000, 16  # pixels
PNG, WEBP = "png", "webp"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 13  # of a PNG
EMPTY_CHUNK = 12  # bytes of a chunk of a PNG without content: length, kind and checksum
CANVAS_BYTES, FRAME_BYTES = 10, 10  # the header of an extended WebP, and the least of one with pixels
ANIMATION = 0b10  # a flag of an extended WebP
STEP = 2**16  # bytes unpacked at once


class Problem(Enum):
    """Why a file is no logo: it is of another kind, not whole, or moves, which distracts people from reading (WCAG 2.2.2)."""

    OTHER = auto()
    DAMAGED = auto()
    ANIMATED = auto()


@dataclass(frozen=True)
class LogoSize:
    """What a logo is: `kind` is its file's ending; `width` and `height` are pixels."""

    kind: str
    width: int
    height: int


def logo_size(content: bytes) -> LogoSize | Problem:
    """Return what a PNG or WebP file is; a problem for anything else, an SVG for example, which could run scripts."""
    if content.startswith(PNG_SIGNATURE):
        kind, read = PNG, png_size
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind, read = WEBP, webp_size
    else:
        return Problem.OTHER
    try:
        size = read(content)
    except ValueError:
        return Problem.DAMAGED
    return LogoSize(kind, *size) if size else Problem.ANIMATED


def png_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, None if it is animated. Raises ValueError for a damaged file."""
    chunks = list(png_chunks(content))
    kinds = [kind for kind, _body in chunks]
    if b"acTL" in kinds:
        return None
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or len(chunks[0][1]) != HEADER_BYTES:
        raise ValueError("no header, or no end")
    check_pixels(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    width, height = struct.unpack(">II", chunks[0][1][:8])
    return width, height


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk. Raises ValueError if one is cut off or does not match its checksum."""
    start = len(PNG_SIGNATURE)
    while start < len(content):
        n_bytes, end = int.from_bytes(content[start : start + 4], "big"), len(content) - start - EMPTY_CHUNK
        if n_bytes > end:
            raise ValueError("a chunk is cut off")
        body_end = start + 8 + n_bytes
        if zlib.crc32(content[start + 4 : body_end]) != int.from_bytes(content[body_end : body_end + 4], "big"):
            raise ValueError("a checksum is wrong")
        yield content[start + 4 : start + 8], content[start + 8 : body_end]
        start = body_end + 4


def check_pixels(packed: bytes) -> None:
    """Unpack the pixels of a PNG in steps, and drop them. Raises ValueError if they are no whole zlib stream."""
    unpacking = zlib.decompressobj()
    try:
        while packed and not unpacking.eof:
            unpacking.decompress(packed, STEP)
            packed = unpacking.unconsumed_tail
    except zlib.error as error:
        raise ValueError("the pixels cannot be unpacked") from error
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("the pixels are missing, cut off or followed by something else")


def webp_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a WebP, by its first chunk; None if it is animated. Raises ValueError for a damaged file."""
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        raise ValueError("the file has another length than it says")
    chunks = list(webp_chunks(content))
    kinds = {kind for kind, _body in chunks}
    first, body = chunks[0] if chunks else (b"", b"")
    is_extended = first == b"VP8X" and len(body) == CANVAS_BYTES
    if (is_extended and body[0] & ANIMATION) or kinds & {b"ANIM", b"ANMF"}:
        return None
    pixels = [(kind, one) for kind, one in chunks if kind in {b"VP8 ", b"VP8L"}]
    if len(pixels) != 1 or not (is_extended or first == pixels[0][0]):
        raise ValueError("the pixels are missing")
    size = pixels_size(*pixels[0])
    if is_extended and size != (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")):
        raise ValueError("the pixels have another size than the canvas")
    return size


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk, which has an even number of bytes. Raises ValueError if one is cut off."""
    start = 12
    while start < len(content):
        n_bytes = int.from_bytes(content[start + 4 : start + 8], "little")
        if start + 8 + n_bytes + n_bytes % 2 > len(content):
            raise ValueError("a chunk is cut off")
        yield content[start : start + 4], content[start + 8 : start + 8 + n_bytes]
        start += 8 + n_bytes + n_bytes % 2


def pixels_size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Return width and height of the pixels of a WebP, by their header. Raises ValueError if they have none."""
    if kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= FRAME_BYTES:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) >= FRAME_BYTES:
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("the pixels have no header")
