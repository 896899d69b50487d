"""Mail that came back, as servers write it: written from the RFCs and from public descriptions (shapes/*.txt).

Each begins with "#### kind status addresses | name", "-" for nothing. {id} is the Message-ID of our email, {headers} and {copy} its copy.
"""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udtacademy.outbox.returns.reading import Kind, Reading, read_mail

ID = "0b6c2f3e-6a86-4e3f-9d37-0c5a8f2b7c11@academy.example"
HEADERS = f"""\
Return-Path: <bounces+tag@academy.example>
Received: from web by mail.academy.example; Mon, 10 Nov 2025 09:00:00 +0100
From: UDT Academy <academy@academy.example>
To: ana@city.example
Subject: You are registered
Auto-Submitted: auto-generated
Message-ID: <{ID}>
"""
COPY = f"{HEADERS}\nDear Ana,\n\nyour city's quota is full: no such user, mailbox full, 550 5.1.1, out of office, delayed, spam.\n"
HEAD = re.compile(r"^#### (.+?) (\S+) (\S+) \| (.+)\n", re.MULTILINE)


def shapes():
    for path in sorted(Path(__file__).parent.glob("shapes/*.txt")):
        text = path.read_text()
        _before, *rows = HEAD.split(text)
        for kind, status, address, name, mail in zip(*[iter(rows)] * 5, strict=True):
            yield pytest.param(kind, status.strip("-"), address.strip("-"), mail, id=name)


def content_of(mail):
    return mail.replace("{headers}", HEADERS).replace("{copy}", COPY).replace("{id}", ID).encode()


SHAPES = list(shapes())


def test_there_are_enough_shapes_of_each_kind():
    kinds = [shape.values[0] for shape in SHAPES]

    assert len(kinds) >= 60
    assert {str(kind) for kind in Kind} == set(kinds)


@pytest.mark.parametrize(("kind", "status", "address", "mail"), SHAPES)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_mail_that_came_back_is_told_apart(kind, status, address, mail, newline):
    reading = read_mail(content_of(mail).replace(b"\n", newline))

    assert (str(reading.kind), reading.status, ", ".join(reading.addresses)) == (kind, status, address), reading
    assert reading.message_ids[:1] == ((ID,) if kind in {"hard", "soft", "complaint"} else ()), reading
    if kind in {"hard", "soft"}:
        assert reading.answer
        assert "quota is full" not in reading.answer  # of our own email


def test_the_return_path_is_found_where_servers_put_it():
    mail = b"From: MAILER-DAEMON@x.example\nDelivered-To: bounces+ab-cd@academy.example\nTo: <BOUNCES+ab-cd@academy.example>\n\nUser unknown"

    assert read_mail(mail).sent_to == ("bounces+ab-cd@academy.example", "BOUNCES+ab-cd@academy.example")


def test_a_report_names_all_who_failed_in_the_worst_way():
    groups = "\n\n".join(
        f"Final-Recipient: rfc822; {name}@city.example\nAction: {action}\nStatus: {status}"
        for name, action, status in [
            ("a", "failed", "4.2.2"), ("b", "failed", "5.1.1"), ("c", "delivered", "2.0.0"), ("d", "failed", "5.1.1"),
        ]
    )  # fmt: skip
    mail = f'Content-Type: multipart/report; report-type=delivery-status; boundary="="\n\n--=\nContent-Type: message/delivery-status\n\n{groups}\n\n--=--\n'

    reading = read_mail(mail.encode())

    assert (reading.kind, reading.addresses) == (Kind.HARD, ("b@city.example", "d@city.example"))


def test_no_text_of_a_reading_has_what_cannot_be_stored():
    odd = "a\ud800\0@city.example"

    reading = Reading(Kind.HARD, (odd,), (odd,), (odd,), status="5.1\0.1", answer="no\ud800  \0 such user\udfff ")

    clean = ("a@city.example",)
    assert reading == Reading(Kind.HARD, clean, clean, clean, "5.1.1", "no such user")


def test_a_copy_with_headers_in_no_text_is_read_without_an_error():
    mail = (
        'From: mailer-daemon@x.example\nContent-Type: multipart/mixed; boundary="="\n\n--=\n\nUser unknown\n--=\n'
        "Content-Type: text/rfc822-headers; charset=utf-7\n\nMessage-ID: <a+2AA-@city.example>\n--=--\n"
    )

    assert isinstance(read_mail(mail.encode()).kind, Kind)


def test_mail_nested_without_end_is_nothing():
    mail = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))

    assert read_mail(mail).kind == Kind.NONE


@pytest.mark.parametrize(
    "piece",
    ["user ", "user.", "-", " " * 400 + "recipient:::::" * 30 + "undeliver\n", "<style", "<br", "<", "a", "@", "a@", "<a@", "recipient:", "Message-ID: ", "5.1.", "quota ", "\n", "\n--", "=?utf-8?q?", "Action: failed\n\n"],
)  # fmt: skip
def test_text_made_to_take_long_takes_no_longer(piece):
    began = time.process_time()

    for kind in ("text/plain", "text/html", "message/delivery-status"):
        head = f"From: mailer-daemon@x.example\nSubject: {piece.strip() * 3000}\nContent-Type: {kind}"
        read_mail(f"{head}\n\n{(piece * 100_000)[:100_000]}".encode())

    assert time.process_time() - began < 5


def test_a_report_is_read_whatever_is_wrong_with_a_header():
    (mail,) = (content_of(it.values[3]) for it in SHAPES[:1])
    broken = re.sub(rb"(?m)^Subject: .*$", b"Subject: =?utf-8?b?a?=", mail, count=1)

    assert broken != mail
    assert read_mail(broken).kind == read_mail(mail).kind
    assert read_mail(b"From: =?utf-8?b?a?= <a@x.example>\n\nhello").kind == Kind.NONE


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_an_error(content):
    assert isinstance(read_mail(content).kind, Kind)


@given(st.sampled_from(SHAPES), st.data())
def test_a_damaged_mail_is_read_without_an_error(shape, data):
    content = content_of(shape.values[3])
    at = data.draw(st.integers(0, len(content)))
    damaged = data.draw(
        st.sampled_from([content[:at], content[at:], content[:at] + data.draw(st.binary(max_size=9)) + content[at:]])
    )

    assert isinstance(read_mail(damaged).kind, Kind)
