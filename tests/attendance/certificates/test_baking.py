from time import process_time

import pytest

from attendance.certificates.baking import PNG_END, PNG_START, baked_png, baked_svg, token_in

TOKENS = [f"eyJh.eyJp{n}.c2ln-_{n}" for n in range(300)]  # of some, the checksum behind the text has letters of tokens


def test_a_token_is_read_back_from_each_picture():
    assert [token_in(baked_png(PNG_START + PNG_END, it)) for it in TOKENS] == TOKENS
    assert [token_in(baked_svg(b"<svg><g/></svg>", it)) for it in TOKENS] == TOKENS


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a.b", PNG_START, PNG_START + PNG_END, b"<svg></svg>", b"\xff"])
def test_what_has_none_gives_none(content):
    assert token_in(content) is None


@pytest.mark.parametrize(
    ("start", "part", "end"),
    [
        (b"", b"<openbadges:credential ", b"</svg>"),
        (b"<openbadges:credential", b' verify="a.b.c', b"</svg>"),
        (b"<openbadges:credential ", b"verify=", b"</svg>"),
        (b"", b"a.", b""),
        (b"", b" ", b"a.b"),
        (PNG_START, bytes(12), b""),
        (PNG_START, b"\0\0\0\x14iTXtopenbadgecredentialx", b""),
    ],
)
def test_a_file_that_is_made_to_be_slow_is_not(start, part, end):
    content = start + part * (2 * 2**20 // len(part)) + end
    begun = process_time()

    assert token_in(content) is None
    assert process_time() - begun < 2  # seconds; what looks at each part again takes minutes
