import base64
import gzip

from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.status_lists import ENTRIES, drawn_numbers, encoded_list


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=5))
def test_a_list_has_the_bits_of_whom_it_names_and_no_others(revoked):
    encoded = encoded_list(revoked)

    assert encoded[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) * 8 == ENTRIES
    as_text = f"{int.from_bytes(bits, 'big'):0{ENTRIES}b}"  # the first entry is the leftmost bit
    assert {index for index, bit in enumerate(as_text) if bit == "1"} == revoked


def test_numbers_are_drawn_once_and_are_those_that_are_left():
    taken = set(range(ENTRIES)) - {7, 70_000}

    assert set(drawn_numbers(2, taken)) == {7, 70_000}
