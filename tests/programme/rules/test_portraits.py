"""Pictures of people: what is beside the pixels is cut off. Files are put together by hand, as no library of pictures is installed."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.pictures.png import chunk
from programme.rules.files import FileKind
from programme.rules.portraits import Problem, without_metadata

PLACE = b"GPS 41.98N 2.82E"
PAGE = b"<html><script>alert(1)</script></html>"


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(order, orientation):
    tags = struct.pack(f"{order}HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return segment(0xE1, b"Exif\0\0" + mark + struct.pack(f"{order}I", 8) + tags + PLACE)


def frame(width, height):
    return segment(0xC0, b"\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0")


def jpeg(*segments, width=640, height=480, tail=b""):
    pixels = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + b"".join(segments) + frame(width, height) + pixels + b"\xff\xd9" + tail


def png(*chunks, width=640, height=480, tail=b""):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + chunk(b"IEND", b"") + tail


def test_a_jpeg_keeps_its_pixels_and_colours_only():
    colours = segment(0xE2, b"ICC_PROFILE\0\x01\x01")
    dirty = jpeg(
        segment(0xE0, b"JFIF\0" + PLACE), exif(">", 1), segment(0xED, PLACE), segment(0xFE, PLACE), colours, tail=PAGE
    )

    assert without_metadata(dirty, FileKind.JPEG) == jpeg(colours)


@pytest.mark.parametrize("order", ["<", ">"])
def test_how_the_camera_was_held_stays_and_where_it_was_goes(order):
    clean = without_metadata(jpeg(exif(order, 6)), FileKind.JPEG)

    assert PLACE not in clean
    assert without_metadata(clean, FileKind.JPEG) == clean
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in clean


def test_a_png_keeps_its_pixels_and_colours_only():
    kept = chunk(b"gAMA", struct.pack(">I", 45455))
    dirty = png(chunk(b"tEXt", PLACE), kept, chunk(b"eXIf", PLACE), tail=PAGE)

    assert without_metadata(dirty, FileKind.PNG) == png(kept)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (jpeg()[:-1], FileKind.JPEG),
        (jpeg()[:30], FileKind.JPEG),
        (b"\xff\xd8\xff\xd9", FileKind.JPEG),
        (png()[:60], FileKind.PNG),
        (png().replace(b"IDAT", b"IDAU"), FileKind.PNG),
    ],
)
def test_a_damaged_picture_is_refused(content, kind):
    assert without_metadata(content, kind) is Problem.DAMAGED


@pytest.mark.parametrize(("width", "height"), [(79, 480), (640, 6001), (65535, 65535)])
def test_a_picture_that_is_too_small_or_too_large_is_refused(width, height):
    for content, kind in (
        (jpeg(width=width, height=height), FileKind.JPEG),
        (png(width=width, height=height), FileKind.PNG),
    ):
        assert without_metadata(content, kind) is Problem.SIZE


@given(st.integers(0, 80), st.binary(max_size=8))
def test_whatever_is_written_into_a_picture_nothing_breaks(at, garbage):
    for content, kind in ((jpeg(exif("<", 3)), FileKind.JPEG), (png(), FileKind.PNG)):
        cleaned = without_metadata(content[:at] + garbage + content[at + len(garbage) :], kind)

        assert isinstance(cleaned, Problem) or cleaned[:3] == content[:3]
