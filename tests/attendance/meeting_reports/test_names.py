"""What display names say: which words are a person's name, and whether they are a full one."""

import pytest

from attendance.meeting_reports.names import can_be_alias, full_names, in_order, is_full_name, spellings


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Anaya", "ana anaya"),
        ("ANAYA, Ana", "anaya ana"),
        ("Dra. Ana Anaya PhD", "ana anaya"),
        ("Ana (she/her) Anaya [Lyon] {host}", "ana anaya"),
        ("Ana(she)Anaya", "ana anaya"),
        ("Ms", ""),
        ("", ""),
    ],
)
def test_name_in_order_has_no_titles_and_brackets(name, expected):
    assert in_order(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Anaya", True),
        ("Bo Li", True),  # two letters are a word
        ("Participant 2", True),  # a number is one, too
        ("Ana Maria Anaya", True),
        ("A. Anaya", False),
        ("A. Maria Anaya", True),
        ("A B", False),
        ("Maria", False),
        ("Dr Maria", False),
        ("Jean-Paul", False),
        ("Jean-Paul Petit", True),
        ("", False),
    ],
)
def test_full_name_is_two_words_that_are_no_initials(name, expected):
    assert is_full_name(name) is expected


@pytest.mark.parametrize(
    ("shown", "original", "expected"),
    [
        ("Ana Anaya", "", {"Ana Anaya"}),
        ("Ana Anaya", "Ana Anaya", {"Ana Anaya"}),
        ("Annie", "Ana Anaya", {"Annie", "Ana Anaya"}),
        ("015_Ana_Anaya", "", {"015_Ana_Anaya", "Ana_Anaya"}),
        ("Lyon | Ana Anaya", "", {"Lyon | Ana Anaya", "Lyon", "Ana Anaya"}),
        ("7 - Ana Anaya", "", {"7 - Ana Anaya", "7", "Ana Anaya"}),
        ("Jean-Paul Petit", "", {"Jean-Paul Petit"}),  # a hyphen separates nothing
        ("Ana Anaya (Lyon / Graz)", "", {"Ana Anaya (Lyon / Graz)", "Ana Anaya  "}),
        ("a | b | c | d | e | f", "", {"a | b | c | d | e | f", "a", "b", "c", "d", "e | f"}),  # five parts at most
        ("Ms", "...", set()),
    ],
)
def test_spellings_are_the_whole_and_its_parts(shown, original, expected):
    assert spellings(shown, original) == expected


def test_full_names_are_the_spellings_as_they_are_compared():
    assert full_names("Lyon | ANAYA, Ana", "Dr Annie") == {"ana anaya lyon", "lyon", "ana anaya", "annie"}


@pytest.mark.parametrize(
    ("name", "cities", "expected"),
    [
        ("Ana Anaya", [], True),
        ("Bo Li", [], True),
        ("Ana i-Phone", [], False),  # a hyphen hides no device
        ("Ana de la Puig", [], True),
        ("Ana de la", [], False),
        ("Ana B2", [], False),
        ("Ana Anaya", ["anaya"], False),
        ("Ana Anaya Puig", ["anaya puig"], False),  # a city of two words
        ("Ana Anaya Puig", ["anaya", "puig"], False),
        ("Ana Anaya Lyon", ["lyon", "graz"], True),
        ("Ana Lyonnaise", ["lyon"], True),  # no city, though a word begins as one
        ("Lyon Ana", ["lyon"], False),
        ("Ana | Anaya", [], False),  # one word in each part
        ("Ana | Bruno Bach", [], True),
        ("1 | 2 | 3 | 4 | Ana | Anaya", [], True),  # five parts at most, so the last has both words
    ],
)
def test_alias_has_two_words_of_a_name_in_one_part(name, cities, expected):
    assert can_be_alias(name, cities) is expected
