import pytest

from programme.rules.logos import LogoSize, logo_size
from tests.factories.programme import png_file


def webp(kind, body):
    content = b"WEBP" + kind + len(body).to_bytes(4, "little") + body
    return b"RIFF" + len(content).to_bytes(4, "little") + content


SIMPLE = webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a\x40\x01\x60\x00" + b"\x00" * 10)
LOSSLESS = webp(b"VP8L", b"\x2f" + (319 | 95 << 14).to_bytes(4, "little") + b"\x00" * 15)
EXTENDED = webp(b"VP8X", b"\x00" * 4 + (319).to_bytes(3, "little") + (95).to_bytes(3, "little") + b"\x00" * 10)


def test_a_logo_is_known_by_its_content():
    assert logo_size(png_file(320, 96)) == LogoSize("png", 320, 96)
    assert {logo_size(it) for it in (SIMPLE, LOSSLESS, EXTENDED)} == {LogoSize("webp", 320, 96)}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"\xff\xd8\xff\xe0 JPEG"),
        *(
            b"GIF89a",
            png_file()[:-4],
            png_file() + b"<script>",
            SIMPLE + b"<script>",
            SIMPLE[:20],
            webp(b"OTHR", b"\0" * 30),
        ),
    ],
)
def test_what_is_no_logo_is_refused(content):
    assert logo_size(content) is None
