"""Headers of our e-mails: folded as RFC 5322 and 2047 have it, and read again as they were written."""

import email
import re
from email.header import decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.mime import content_of
from programme.models import Message

FILE = {"name": f"{'s' * 76}.ics", "method": "REQUEST", "text": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}

names = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("aé日 \"',<"), min_size=1, max_size=200
).map(lambda text: " ".join(text.split()))
tokens = st.from_regex(r"[a-z0-9-]{1,400}", fullmatch=True)


def written(**values):
    message = Message(**({"subject": "Hello", "text": "Text", "to": "ana@girona.example", "message_id": "1"} | values))
    return content_of(message, "<p>Text</p>", [FILE])


def lines_of(content):
    """The lines of all headers, also those of the parts."""
    heads = re.findall(rb"(?:\A|--=+\d+==\r\n)((?:[A-Za-z-]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+)\r\n", content)
    assert len(heads) == 6
    return b"".join(heads).decode("ascii").removesuffix("\r\n").split("\r\n")


def read(content, name):
    """A header's text, as RFC 2047 has it read."""
    value = email.message_from_bytes(content)[name]
    return str(make_header(decode_header(re.sub(r"\r?\n", "", value))))


def check_folding(content):
    for line in lines_of(content):
        assert re.fullmatch(r"(?:[A-Za-z-]+: |[ \t]+)\S.*", line)  # nothing starts with an empty line
        assert len(line) <= 76 or not re.search(r"\S[ ]", line.partition(": ")[2] or line.strip())
        assert len(line) <= 76 or "=?" not in line


@pytest.mark.parametrize(
    "subject",
    [
        "x" * 300,
        "é" * 300,
        "日本" * 150,
        "word " * 59 + "word",
        "Changed: " + "Straßenraumgestaltung" * 6 + " – " + "b" * 100,
        "x" * 67,
        "x" * 68,
    ],
)
def test_a_long_subject_begins_beside_its_name_and_is_read_as_it_was(subject):
    content = written(subject=subject)

    check_folding(content)
    assert read(content, "Subject") == subject


def test_long_addresses_and_links_stay_whole_beside_their_names():
    to, link = f"{'n' * 64}@{'d' * 60}.{'e' * 60}.example", f"https://academy.example/{'t' * 400}"

    content = written(to=to, reply_to=to, unsubscribe_url=link, message_id="1" * 90)

    check_folding(content)
    for line in (f"To: {to}", f"Reply-To: {to}", f"List-Unsubscribe: <{link}>", f"Message-ID: <{'1' * 90}@testserver>"):
        assert line in lines_of(content)


@given(subject=names.filter(lambda text: text and "=?" not in text), link=tokens, number=tokens)
@settings(max_examples=200)
def test_any_subject_and_link_are_read_as_they_were(subject, link, number):
    content = written(subject=subject, unsubscribe_url=link, message_id=number)

    check_folding(content)
    assert read(content, "Subject") == subject
    assert read(content, "List-Unsubscribe") == f"<{link}>"
    assert read(content, "Message-ID") == f"<{number}@testserver>"


@pytest.mark.parametrize("name", ["é" * 120, "Académie très longue, " * 5 + "Fin", "plain " * 30 + "end", "x" * 150])
def test_a_long_name_of_the_sender_is_read_as_it_was(settings, name):
    settings.DEFAULT_FROM_EMAIL = f'"{name}" <academy@girona.example>'

    content = written()

    check_folding(content)
    assert read(content, "From").replace('"', "") == f"{name} <academy@girona.example>"
