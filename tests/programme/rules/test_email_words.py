"""An edition's own words in built-in emails, as plain values."""

import pytest

from programme.rules.email_words import NO_WORDS, Words, tidied, with_names


def test_what_is_as_built_in_is_not_kept():
    built_in = Words("You are registered", "Welcome")

    assert Words("You are registered ", "Hello", "Bye").unlike(built_in) == Words("", "Hello", "Bye")
    assert Words("", "Hello", "Bye").over(built_in) == Words("You are registered", "Hello", "Bye")


def test_the_token_differs_with_each_part():
    several = [NO_WORDS, Words("a"), Words("", "a"), Words("", "", "a")]

    assert len({it.token for it in several}) == len(several)


def test_values_become_placeholders_the_longest_first():
    values = {"city": "Girona", "edition": "Girona Academy", "session": ""}

    assert with_names("Girona Academy in Girona", values) == "{edition} in {city}"
    assert with_names("Girona", {"session": ""}) == "Girona"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("\n Hello  \n\n-- \nOlga\n", "Hello\n\n--\nOlga"), ("", "")],  # "-- " alone begins the footer
)
def test_spaces_at_ends_of_lines_go(typed, kept):
    assert tidied(typed) == kept
