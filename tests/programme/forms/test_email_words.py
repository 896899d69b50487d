"""What organisers may type as their own words in a built-in email."""

import pytest

from programme.built_in_emails import BUILT_IN
from programme.forms.email_words import EmailWordsForm
from programme.rules.email_words import Words
from programme.rules.placeholders import names_in


def form_of(kind="registered", **typed):
    return EmailWordsForm(typed, built_in=BUILT_IN[kind])


def test_words_with_placeholders_are_taken():
    form = form_of(subject="Welcome, {name}", opening="Hello {city}, see {portal_link}. ", closing=" Olga\n")

    assert form.is_valid()
    assert form.words == Words("Welcome, {name}", "Hello {city}, see {portal_link}.", "Olga")


def test_nothing_is_taken_as_well():
    assert form_of().is_valid()


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("subject", "News\nBcc: everybody@academy.example", "several_lines"),
        ("subject", "News\u2028and more", "several_lines"),
        ("subject", "See {portal_link}", "unknown_placeholder"),
        ("subject", "S" * 201, "max_length"),
        ("opening", "Dear {nmae}", "unknown_placeholder"),
        ("opening", "Dear {name", "single_brace"),
        ("opening", "{next_session}", "unknown_placeholder"),  # of campaigns, not of this email
        ("opening", "→ Open your page: {portal_link}", "button_in_opening"),
        ("opening", "123456\n\nHello", "looks_like_code"),
        ("opening", "O" * 5001, "max_length"),
        ("opening", "…", None),
        ("closing", "{password}", "unknown_placeholder"),
        ("closing", "left\u202eright", None),
    ],
)
def test_words_that_would_not_do_are_refused(field, typed, code):
    form = form_of(**{field: typed})

    assert [(name, [it.code for it in errors.as_data()]) for name, errors in form.errors.items()] == [(field, [code])]


def test_a_refused_placeholder_wording():
    form = form_of("seat_wanted", opening="Dear {name}")

    assert form.errors["opening"] == ["“{name}” cannot be filled in here. You can use {city}, {edition}."]


def test_an_email_whose_subject_depends_on_the_case_keeps_it():
    assert "subject" not in form_of("withdrawn", subject="Bye").fields


def test_the_placeholders_of_emails_are_known():
    assert {name for it in BUILT_IN.values() for name in it.names} <= set(
        names_in("{name}{city}{edition}{session}{portal_link}")
    )
