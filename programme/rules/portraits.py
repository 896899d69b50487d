"""Pictures of people: without what cameras and programs write beside the pixels, such as where it was taken (decision 74).

They are neither decoded nor made smaller: that needs a library. A script in the page makes them smaller before they are sent.
"""

import enum
import struct
import zlib
from collections.abc import Iterator

from programme.rules.files import FileKind
from programme.rules.logos import PNG_SIGNATURE, png_chunks

KINDS = (FileKind.JPEG, FileKind.PNG)
LARGEST_PORTRAIT = 2 * 2**20  # bytes
SHORTEST_SIDE, LONGEST_SIDE = 80, 6000  # pixels
PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"cHRM", b"gAMA", b"sRGB", b"iCCP", b"IDAT", b"IEND"}  # pixels and their colours
START, END, SCAN = 0xD8, 0xD9, 0xDA  # markers of a JPEG
EXIF, COLOURS, ADOBE = 0xE1, 0xE2, 0xEE
APPLICATIONS, COMMENT = range(0xE0, 0xF0), 0xFE
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
RESTARTS = {0x00, *range(0xD0, 0xD8)}  # after 0xFF within pixels
ORIENTATION = 0x0112  # a tag of EXIF


class Problem(enum.Enum):
    DAMAGED = "picture_damaged"
    SIZE = "picture_size"


def without_metadata(content: bytes, kind: FileKind) -> bytes | Problem:
    """Return a JPEG or PNG with its pixels, colours and orientation only, and nothing behind its end."""
    clean = clean_png if kind is FileKind.PNG else clean_jpeg
    try:
        cleaned, width, height = clean(content)
    except (ValueError, IndexError, struct.error):
        return Problem.DAMAGED
    if min(width, height) < SHORTEST_SIDE or max(width, height) > LONGEST_SIDE:
        return Problem.SIZE
    return cleaned


def clean_png(content: bytes) -> tuple[bytes, int, int]:
    """Return the PNG, its width and its height. Raises ValueError for a damaged one."""
    cleaned, size, has_end = [PNG_SIGNATURE], (0, 0), False
    end = content.find(b"IEND") + 8  # its checksum; what follows is no part of it
    for kind, body in png_chunks(content[:end]):
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        if kind in PNG_KEPT:
            checksum = zlib.crc32(kind + body)
            cleaned.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum))
        has_end = kind == b"IEND"
    if not has_end or not any(size):
        raise ValueError("no header, or no end")
    return b"".join(cleaned), *size


def clean_jpeg(content: bytes) -> tuple[bytes, int, int]:
    """Return the JPEG, its width and its height. Raises ValueError for a damaged one."""
    cleaned, size, orientation, has_pixels = [bytes([0xFF, START])], (0, 0), 1, False
    for marker, body, pixels in jpeg_segments(content):
        if marker in FRAMES:
            height, width = struct.unpack(">HH", body[1:5])
            size = (width, height)
        if marker == EXIF and body.startswith(b"Exif\0\0"):
            orientation = orientation_in(body[6:]) or orientation
        if marker == COMMENT or (marker in APPLICATIONS and not has_colours(marker, body)):
            continue
        has_pixels = has_pixels or marker == SCAN
        cleaned.append(bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + pixels)
    if not has_pixels or not any(size):
        raise ValueError("no frame, or no pixels")
    if orientation != 1:
        cleaned.insert(1, exif_of(orientation))
    return b"".join([*cleaned, bytes([0xFF, END])]), *size


def has_colours(marker: int, body: bytes) -> bool:
    """Return whether a segment of an application says how colours are meant."""
    return (marker == COLOURS and body.startswith(b"ICC_PROFILE\0")) or (marker == ADOBE and body.startswith(b"Adobe"))


def jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, content and the pixels that follow (only after SCAN) of each segment, up to the end of the picture.

    Raises ValueError if it is cut off.
    """
    at = 2
    while True:
        if content[at] != 0xFF:  # noqa: PLR2004 - as the standard has it
            raise ValueError("no marker")
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - may be repeated
            at += 1
            continue
        if marker == END:
            return
        n_bytes = struct.unpack(">H", content[at + 2 : at + 4])[0]
        start, end = at + 4, at + 2 + n_bytes
        if n_bytes < 2 or end > len(content):  # noqa: PLR2004 - its length counts itself
            raise ValueError("a segment is cut off")
        at = end_of_pixels(content, end) if marker == SCAN else end
        yield marker, content[start:end], content[end:at]


def end_of_pixels(content: bytes, start: int) -> int:
    """Return where the next marker is that is no part of the pixels. Raises ValueError if there is none."""
    at = start
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] not in RESTARTS:
            return at
        at += 2


def orientation_in(tiff: bytes) -> int:
    """Return how a camera was held, 1 to 8, by EXIF; 0 if it does not say so."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 0
    (at,) = struct.unpack(f"{order}I", tiff[4:8])
    (n_tags,) = struct.unpack(f"{order}H", tiff[at : at + 2])
    for start in range(at + 2, at + 2 + 12 * n_tags, 12):
        tag, _kind, _count, value = struct.unpack(f"{order}HHIH", tiff[start : start + 10])
        if tag == ORIENTATION and value in range(1, 9):
            return int(value)
    return 0


def exif_of(orientation: int) -> bytes:
    """Return a segment with the orientation, and nothing else."""
    tags = struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + tags
    return bytes([0xFF, EXIF]) + struct.pack(">H", len(body) + 2) + body
