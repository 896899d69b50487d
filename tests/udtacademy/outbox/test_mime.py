"""Headers of our emails: folded as RFC 5322 and 2047 have it, and read again as they were written."""

import email
import email.policy
import re
from email.header import Header, decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties import examples
from udtacademy.outbox.mime import FOLDING, as_mailbox, content_of
from udtacademy.outbox.models import Message

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
    """A header's text, as RFC 2047 has it read; a subject by both of Python's parsers.

    Names are read by one: the other puts a blank between encoded words there.
    """
    value = email.message_from_bytes(content)[name]
    text = str(make_header(decode_header(re.sub(r"\r?\n", "", value))))
    if name == "Subject":
        assert email.message_from_bytes(content, policy=email.policy.default)[name] == text
    return text


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


@given(subject=names, link=tokens, number=tokens)
@settings(max_examples=examples(50))
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


# What was typed is not decoded, whatever it looks like


INJECTION = "=?us-ascii?q?Ann=0D=0AReply-To_=3A_evil@x.example=0D=0AX?="
HEADERS = ["Subject", "From", "To", "Reply-To", "Date", "Auto-Submitted", "Message-ID"]
parts = st.sampled_from(
    [
        *("=?", "?=", "?q?", "?b?", "=?utf-8?q?", "=?foo?q?a?=", "=?utf-8?b?abc?=", INJECTION, "=0D=0A", "_=3A_"),
        *("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r\n ", "\nBcc : x", "\nBcc: x", "\r\n\r\n"),
        *(
            " ",
            "  ",
            "\t",
            " :",
            ": ",
            "\x00",
            "\x07",
            "\x7f",
            '"',
            "<",
            ">",
            ",",
            ";",
            "\\",
            "a",
            "Ann",
            "é",
            "日本",
            "x" * 80,
        ),
    ]
)
texts = st.lists(parts | st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=12).map("".join)


def names_of_headers(content):
    return [name for name in email.message_from_bytes(content) if name not in {"Content-Type", "MIME-Version"}]


@pytest.mark.parametrize(
    "text",
    [
        INJECTION,
        "=?foo?q?a?=",
        "=?utf-8?b?abc?=",
        "=?utf-8?q?é?=",
        "é =?us-ascii?q?=0D=0ABcc_=3A_x?= é",
        f"Ann {INJECTION} has invited you to Vic",
    ],
)
def test_text_that_looks_encoded_is_read_as_it_was_typed(text):
    content = written(subject=text, reply_to="vic@x.example")

    check_folding(content)
    assert names_of_headers(content) == HEADERS
    assert read(content, "Subject") == text


@given(text=texts)
@settings(max_examples=examples(60))
def test_whatever_was_typed_is_read_as_it_was_on_one_line(text):
    content = written(subject=text, reply_to="vic@x.example")

    assert names_of_headers(content) == HEADERS
    assert read(content, "Subject") == " ".join(text.split())


@given(name=names.filter(lambda text: not {*'",<\\()'} & {*text}) | st.sampled_from([INJECTION, "=?foo?q?a?="]))
def test_whatever_the_sender_is_called_is_read_as_it_was(name):
    header = as_mailbox("From", f'"{name}" <academy@girona.example>')
    content = FOLDING.fold_binary("From", header) + b"\r\n"

    [(key, value)] = email.message_from_bytes(content).items()
    phrase, address = parseaddr(re.sub(r"\r?\n", "", value))
    assert (key, address) == ("From", "academy@girona.example")
    assert str(make_header(decode_header(phrase))) == name


@pytest.mark.parametrize("local", ["=?foo?q?a?=", "=?utf-8?b?abc?=", "=?us-ascii?q?a=0d=0abcc_=3a_x?=", '"a\x0cBcc:b"'])
@pytest.mark.parametrize("letter", ["", "ü"])
def test_an_address_from_before_it_was_refused_is_not_decoded(local, letter):
    content = written(to=f"{local}{letter}@x.example", reply_to=f"{local}@x.example")

    assert names_of_headers(content) == HEADERS
    to = f"To: {local}{letter}@x.example".replace("\x0c", "")
    assert f"{to}\r\n".encode() in content


@pytest.mark.parametrize("value", ["a\r\nBcc: b", "a\nBcc : b", "a\rb", "a\r\n\r\nb", "a\r\n \r\nb", "a\r\n"])
@pytest.mark.parametrize("letter", ["", "é"])
def test_a_value_of_several_lines_is_refused(value, letter):
    with pytest.raises(ValueError, match="contains a line break"):
        FOLDING.fold_binary("X", letter + value)


def test_a_line_that_the_library_lets_through_is_refused(monkeypatch):
    """Python looks for a name and a colon in it, and takes a blank between the two for no header."""
    monkeypatch.setattr(Header, "encode", lambda self, **_: "Ann\r\nReply-To : evil@x.example\r\n X")

    with pytest.raises(ValueError, match="contains a line break"):
        FOLDING.fold_binary("Subject", "Ann")
