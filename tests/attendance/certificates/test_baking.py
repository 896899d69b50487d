import pytest

from attendance.certificates.baking import PNG_END, PNG_START, baked_png, baked_svg, token_in

TOKENS = [f"eyJh.eyJp{n}.c2ln-_{n}" for n in range(300)]  # of some, the checksum behind the text has letters of tokens


def test_a_token_is_read_back_from_each_picture():
    assert [token_in(baked_png(PNG_START + PNG_END, it)) for it in TOKENS] == TOKENS
    assert [token_in(baked_svg(b"<svg><g/></svg>", it)) for it in TOKENS] == TOKENS


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a.b", PNG_START, PNG_START + PNG_END, b"<svg></svg>", b"\xff"])
def test_what_has_none_gives_none(content):
    assert token_in(content) is None
