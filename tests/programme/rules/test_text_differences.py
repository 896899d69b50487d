"""What differs between two texts, side by side."""

import random
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


def noise(n, *, within, between):
    chosen = random.Random(n)
    return between.join(within.join(chosen.choices("ab", k=9)) for _n in range(n))


REPEATED = {
    "lines": ("a\n" * 999, "b\n" + "a\n" * 998),
    "lines in another order": (noise(110, within="\n", between="\n"), noise(109, within="\n", between="\n")),
    "few lines": (noise(21, within="\n", between="\n"), noise(22, within="\n", between="\n")),
    "words": (noise(1000, within=" ", between="\n"), noise(999, within=" ", between="\n")),
    "long lines": (noise(900, within=" ", between=" "), noise(899, within=" ", between=" ")),
    "lines of many words": ("\n".join(["a b " * 48] * 90), "\n".join(["b a a " * 32] * 90)),
}


@pytest.mark.parametrize(("before", "after"), REPEATED.values(), ids=REPEATED)
def test_what_is_repeated_takes_no_more_than_some_seconds(before, after):
    began = time.process_time()
    rows = differences(before, after, with_empty_lines=True)
    seconds = time.process_time() - began

    assert (text_before(rows), text_after(rows)) == (before, after)
    assert seconds < 4
