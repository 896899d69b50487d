"""What differs between two texts, side by side."""

import time

import pytest

from programme.rules.text_differences import MOST_WORDS, Piece, differences, text_after, text_before


def sides(before, after):
    rows = differences(before, after)
    marked = [
        [[f"[{it.text}]" if it.is_changed else it.text for it in side] for side in (r.before, r.after)] for r in rows
    ]
    return [["".join(side) for side in row] for row in marked]


def test_changed_words_are_marked_on_both_sides():
    assert sides("You are registered.\n\nBye", "You are in.\n\nBye") == [
        ["You are [registered.]", "You are [in.]"],
        ["Bye", "Bye"],
    ]


def test_a_line_that_only_one_text_has_stands_beside_nothing():
    assert sides("Bye", "Hello\nBye") == [["", "[Hello]"], ["Bye", "Bye"]]
    assert sides("", "Hello") == [["", "[Hello]"]]
    assert sides("Hello", "") == [["[Hello]", ""]]


def test_a_very_long_line_is_compared_as_a_whole():
    line = "a " * MOST_WORDS

    (row,) = differences(line, f"{line}b")

    assert [list(row.before), list(row.after)] == [[Piece(line, is_changed=True)], [Piece(f"{line}b", is_changed=True)]]


REPEATED = {
    "lines": ("a\n" * 999, "a\nb\n" * 499),
    "words": ("a " * 499, "a b " * 249),
    "few words in each of many lines": ("\n".join(["a " * 95] * 100), "\n".join(["a b " * 48] * 100)),
}


@pytest.mark.parametrize(("before", "after"), REPEATED.values(), ids=REPEATED)
def test_what_is_repeated_takes_little_time(before, after):
    began = time.process_time()
    rows = differences(before, after, with_empty_lines=True)
    seconds = time.process_time() - began

    assert (text_before(rows), text_after(rows)) == (before, after)
    assert seconds < 2
