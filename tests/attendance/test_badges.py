import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance import badges, join_links
from programme.models import Participant


@given(st.integers(1, 2**63 - 1))
def test_a_code_leads_back_to_the_participant(pk):
    assert badges.read(badges.code_of(Participant(pk=pk))) == pk


def test_a_code_can_be_typed_carelessly_or_come_as_an_address(settings):
    code = badges.code_of(Participant(pk=7))

    assert badges.read(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == 7
    assert badges.read(f"https://academy.example/check-in/academy/?code={code}") == 7


@pytest.mark.parametrize("code", ["", "-", "U", "ÄÖÜ", "0" * 40, "AAAA-BBBB-CCCC", "https://elsewhere.example/?code="])
def test_what_is_not_one_of_our_codes_leads_to_nobody(code):
    assert badges.read(code) is None


def test_a_part_of_a_code_or_one_of_another_site_leads_to_nobody(settings):
    code = badges.code_of(Participant(pk=12345))
    before = settings.SECRET_KEY

    assert badges.read(code[:-1]) is None
    settings.SECRET_KEY = "another key, as long as one has to be: 0123456789"
    assert badges.read(code) is None
    settings.SECRET_KEY_FALLBACKS = [before]
    assert badges.read(code) == 12345


@pytest.mark.parametrize("key", ["", "x", "WzEsMl0:forged"])
def test_a_forged_join_link_leads_nowhere(key):
    assert join_links.read(key) is None
