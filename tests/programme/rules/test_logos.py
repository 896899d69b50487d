import zlib

import pytest

from programme.pictures.png import chunk
from programme.rules.logos import PNG_SIGNATURE, LogoSize, Problem, logo_size
from tests.factories.programme import png_file


def webp(*chunks):
    content = b"WEBP" + b"".join(kind + len(body).to_bytes(4, "little") + body for kind, body in chunks)
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def png_with(*chunks):
    """A PNG file with its header, these chunks and its end."""
    header = png_file()[len(PNG_SIGNATURE) :][:25]
    return PNG_SIGNATURE + header + b"".join(chunk(*it) for it in chunks) + chunk(b"IEND", b"")


LOSSY = b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a\x40\x01\x60\x00" + b"\x00" * 10
LOSSLESS = b"VP8L", b"\x2f" + (319 | 95 << 14).to_bytes(4, "little") + b"\x00" * 15
SIZE = (319).to_bytes(3, "little") + (95).to_bytes(3, "little")
EXTENDED, MOVING = (b"VP8X", b"\x10\0\0\0" + SIZE), (b"VP8X", b"\x02\0\0\0" + SIZE)
ALPHA, FRAMES = (b"ALPH", b"\0" * 4), (b"ANIM", b"\0" * 6)
PACKED = zlib.compress(b"\0" * 321 * 96)


def test_a_logo_is_known_by_its_content():
    halves = png_with((b"tEXt", b"Software\0x"), (b"IDAT", PACKED[:9]), (b"IDAT", PACKED[9:]))

    assert {logo_size(it) for it in (png_file(320, 96), halves)} == {LogoSize("png", 320, 96)}
    images = webp(LOSSY), webp(LOSSLESS), webp(EXTENDED, ALPHA, LOSSY)
    assert {logo_size(it) for it in images} == {LogoSize("webp", 320, 96)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff\xe0 JPEG",
        b"GIF89a",
    ],
)
def test_files_of_other_kinds_are_refused(content):
    assert logo_size(content) is Problem.OTHER


@pytest.mark.parametrize(
    "content",
    [
        *(
            PNG_SIGNATURE,
            png_file()[:-4],
            png_file()[:-12],
            png_file() + b"<script>",
            png_file()[:40] + png_file()[52:],
        ),
        png_with(),
        png_with((b"IDAT", b"<script>alert(1)</script>")),
        *(png_with((b"IDAT", it)) for it in (PACKED[:-1], PACKED + b"<script>")),
        PNG_SIGNATURE + chunk(b"IDAT", PACKED) + chunk(b"IEND", b""),
        *(
            webp(),
            webp(LOSSY) + b"<script>",
            webp(LOSSY)[:20],
            webp((b"OTHR", b"\0" * 30)),
            webp((b"VP8 ", b"\0" * 20)),
        ),
        *(webp(EXTENDED), webp(LOSSY, LOSSY), webp((b"VP8X", b"\0" * 10), LOSSY)),
        b"RIFF\x0c\0\0\0WEBPVP8 \xff\xff\0\0",
    ],
)
def test_damaged_files_are_refused(content):
    assert logo_size(content) is Problem.DAMAGED


@pytest.mark.parametrize(
    "content",
    [png_with((b"acTL", b"\0" * 8), (b"IDAT", PACKED)), webp(MOVING, FRAMES), webp(EXTENDED, FRAMES, LOSSY)],
)
def test_animated_files_are_refused(content):
    assert logo_size(content) is Problem.ANIMATED
