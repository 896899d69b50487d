"""Placeholders: what is refused, and that a value can add nothing but plain text in one line."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.placeholders import Mistake, filled, in_plain_line, mistakes_in, names_in
from udtacademy.outbox.mime import content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of, with_footer

KNOWN = ["name", "city", "next_session", "portal_link"]
NAMES = st.sampled_from(KNOWN)
PLAIN = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=30)
VALUES = st.fixed_dictionaries({name: st.text(max_size=40) for name in KNOWN})


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("Dear {name},\n\nin {city}: {name}", []),
        ("", []),
        ("Dear {nmae}", [Mistake("{nmae}", meant="name")]),
        ("{Next session}", [Mistake("{Next session}", meant="next_session")]),
        ("{ name }", [Mistake("{ name }", meant="name")]),
        ("{}", [Mistake("{}")]),
        ("{name.user.password}{0}", [Mistake("{name.user.password}"), Mistake("{0}")]),
        ("{name!r}", [Mistake("{name!r}", meant="name")]),
        ("{{name}}", [Mistake("{{name}}", is_single_brace=True), Mistake("}", is_single_brace=True)]),
        ("a {name\n} b", [Mistake("{name\n} b", is_single_brace=True), Mistake("} b", is_single_brace=True)]),
        ("{unknown} and {unknown}", [Mistake("{unknown}")]),
    ],
)
def test_what_is_wrong_with_a_text(text, mistakes):
    assert mistakes_in(text, KNOWN) == mistakes


@given(st.lists(PLAIN | NAMES.map("{{{}}}".format)), VALUES)
def test_a_text_without_mistakes_is_filled_and_nothing_else_of_it_changes(parts, values):
    text = "".join(parts)

    assert mistakes_in(text, KNOWN) == []
    expected = [in_plain_line(values[part[1:-1]]) if part.startswith("{") else part for part in parts]
    assert filled(text, values) == "".join(expected)


@given(st.text("{}name\n ", max_size=20))
def test_whatever_has_a_brace_beside_its_placeholders_has_a_mistake(text):
    rest = text.replace("{name}", "")

    assert bool(mistakes_in(text, ["name"])) == bool(re.search("[{}]", rest))


@given(VALUES)
def test_no_value_adds_a_line_a_header_or_a_placeholder(values):
    text = filled("{name}|{city}", values)

    assert len(text.splitlines()) <= 1
    assert text == f"{in_plain_line(values['name'])}|{in_plain_line(values['city'])}"


def email_with(values):
    """The email of a campaign with these values: the text, its tags, and the names of its headers."""
    text = filled("Dear {name},\n\nyou work in {city}.\n\n→ Open {next_session}: here", values)
    message = Message(subject=filled("For {name} of {city}", values)[:200], to="a@b.example")
    message.text = with_footer(text, "Because.")
    headers = content_of(message, "").partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [row.partition(b":")[0] for row in headers if not row.startswith((b" ", b"\t"))]
    html = html_of(message)
    return " ".join(unescape(html).split()), set(re.findall(r"<[^>]*>", html)), names


@given(VALUES)
def test_no_value_becomes_html_or_a_header_in_an_email(values):
    text, tags, headers = email_with(values)

    _text, usual_tags, usual_headers = email_with(dict.fromkeys(KNOWN, "x"))
    assert (tags, headers) == (usual_tags, usual_headers)
    assert in_plain_line(values["city"]) in text


def test_names_are_each_found_once():
    assert names_in("{city} {name} {city}") == ["city", "name"]
