"""Built-in emails with an edition's own words: what is replaced, and that nothing else is lost. Without the database."""

import datetime as dt

import pytest

from attendance import emails as attendance_emails
from programme import emails
from programme.built_in_emails import BUILT_IN, WHY_FIXED
from programme.models import Edition
from programme.queries.email_samples import built_in_words, examples_of, written_sample
from programme.queries.email_words import Sample, sampling, words_for
from programme.rules.email_words import NO_WORDS, Words
from udtacademy.outbox.mime import code_of
from udtacademy.outbox.render import BUTTON, FOOTER, html_of


def paragraphs(message):
    return [it.strip() for it in message.text.split("\n\n")]


def test_each_email_of_an_edition_is_on_the_list_or_says_why_not():
    kinds = emails.KINDS.keys() | attendance_emails.KINDS.keys()

    assert BUILT_IN.keys() | WHY_FIXED.keys() == kinds
    assert not BUILT_IN.keys() & WHY_FIXED.keys()


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_own_words_leave_what_the_email_says_as_it_is(kind):
    email, built_in = BUILT_IN[kind], built_in_words(kind, "en")
    before = written_sample(kind, "en")
    names = " ".join(f"{{{name}}}" for name in email.names)
    own = Words("Own subject" if email.has_subject else "", f"Own opening.\n\nMore: {names}", "Own closing")

    after = written_sample(kind, "en", own)

    assert after.subject == (own.subject or before.subject)
    text, _mark, footer = after.text.partition(FOOTER)
    assert text.endswith("\n\nOwn closing")
    assert footer == before.text.partition(FOOTER)[2]
    lost = set(paragraphs(before)) - set(paragraphs(after)) - {paragraphs(before)[-1]}
    assert len(lost) == (1 if email.replaces else 0), lost
    assert not any(BUTTON.match(it) or it.startswith("• ") for it in lost)
    examples = " ".join(built_in.examples[name] for name in email.names)
    assert [it for it in paragraphs(after) if it.startswith(("Own", "More"))] == [
        "Own opening.",
        f"More: {examples}",
        "Own closing",
    ]
    assert html_of(after).count('class="button"') == html_of(before).count('class="button"')
    assert "\n\n\n" not in after.text
    assert code_of(after) == ""


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_what_is_built_in_says_the_same_when_it_is_filled_in_again(kind):
    email, before = BUILT_IN[kind], written_sample(kind, "en")
    words = built_in_words(kind, "en").words

    after = written_sample(kind, "en", words)

    assert (bool(words.subject), bool(words.opening)) == (email.has_subject, email.replaces)
    assert after.subject == before.subject
    assert paragraphs(after) == paragraphs(before)


@pytest.mark.parametrize("kind", sorted(BUILT_IN))
def test_a_sample_of_an_edition_names_no_other_one(kind):
    dates = {"first_on": dt.date(2027, 1, 8), "last_on": dt.date(2027, 3, 5)}
    edition = Edition(pk=9, slug="twins", name="Twins of Ghent", time_zone="Europe/Brussels", **dates)

    message = written_sample(kind, "en", edition=edition)

    texts = f"{message.subject}\n{message.text}\n{html_of(message)}"
    assert "Twins of Ghent" in texts
    assert not [it for it in ("UDT Academy 2026", "udt-2026", "Madrid", "academy@girona.example") if it in texts]
    assert examples_of(kind, "en", edition).get("edition") in {None, "Twins of Ghent"}


def test_the_built_in_words_have_placeholders():
    words = built_in_words("registered", "en").words

    assert words == Words("You are registered: {edition}", "You are registered for {edition} in the team of {city}.")


def test_an_email_that_cannot_be_changed_has_no_words():
    with sampling(Sample("en", Words("Own"))):
        assert words_for("address_replaced", "en", {}) == NO_WORDS
