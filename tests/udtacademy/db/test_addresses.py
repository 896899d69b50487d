import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from udtacademy.db.addresses import (
    for_smtp,
    is_address,
    needs_smtputf8,
    normalised_address,
    normalised_domain,
    validate_address,
    validate_plain_address,
)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Ana@Girona.Example", "ana@girona.example"),
        ("  ana@girona.example. ", "ana@girona.example"),
        ("ana@München.example", "ana@münchen.example"),
        ("ana@mu\u0308nchen.example", "ana@münchen.example"),
        ("Ana@XN--MNCHEN-3YA.Example", "ana@münchen.example"),
        ("ana@MÜNCHEN。example", "ana@münchen.example"),
        ("ana@straße.example", "ana@straße.example"),  # another domain than strasse.example, since IDNA 2008
        ("ana@xn--strae-oqa.example", "ana@straße.example"),
        ("ana@\u212aiel.example", "ana@kiel.example"),  # the sign of Kelvin
        ("\u212a@girona.example", "k@girona.example"),
        ("U\u0308nal@girona.example", "ünal@girona.example"),
        ("ana@[192.0.2.1]", "ana@[192.0.2.1]"),
        ("ana@a_b.example", "ana@a_b.example"),
        ("ana@xn--zzzzzzzz.example", "ana@xn--zzzzzzzz.example"),
        ("ana", "ana"),
        ("", ""),
        ("@", "@"),
    ],
)
def test_an_address_is_written_in_one_way(typed, address):
    assert normalised_address(typed) == address


@given(st.text(max_size=80) | st.builds("{}@{}".format, st.text(max_size=10), st.text(max_size=40)))
@example("ana@ΑΣ.gr")
@example("İ@İ.example")
@example("ana@xn--ls8h.example")
@example("ana@" + "ü" * 300)
def test_what_is_normalised_stays_so_and_nothing_is_raised(text):
    address = normalised_address(text)

    assert normalised_address(address) == address
    assert unicodedata.is_normalized("NFC", address)


LABELS = st.text(st.sampled_from("abcxyz0123äöüßéñçğışčžøåαβγπσςжщя漢字"), min_size=1, max_size=12)


@given(st.lists(LABELS, min_size=1, max_size=3).map(".".join))
def test_both_ways_of_writing_a_domain_are_one(label):
    """Whatever IDNA takes: its form in ASCII, in whatever case, leads back to the form that is kept."""
    address = normalised_address(f"ana@{label}.example")
    if is_address(address):
        sent = for_smtp(address)

        assert sent.isascii()
        assert normalised_address(sent) == normalised_address(sent.upper()) == address


@pytest.mark.parametrize(
    "address",
    [
        "ana@girona.example",
        "o'brien@x.example",
        "a+b@münchen.example",
        "a@a--b.example",
        f"{'a' * 64}@x.example",
        "a=b?@x.example",
    ],
)
def test_what_can_be_delivered_is_taken(address):
    validate_address(normalised_address(address))


LOCAL_TOO_LONG = "The part before the @ is too long: it can have at most 64 characters. Check the address."
TOO_LONG = "This address is too long. Email addresses have at most 254 characters."
INVALID = "Enter an email address such as name@city.example."


def refused(sign):
    return f"We cannot send email to an address with “{sign}” before the @. Use another address."


def no_domain(domain):
    return f"The domain “{domain}” is not valid. Check the part after the @."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ılgaz@ankara.example", refused("ı")),
        ("İlgaz@ankara.example", refused("\u0307")),
        ("\u017f@ankara.example", refused("\u017f")),  # the long s, which Django takes for an s
        ("ünal@ankara.example", refused("ü")),
        ("ana@xn--zzzzzzzz.example", no_domain("xn--zzzzzzzz.example")),
        ("ana@\u2603\u200d.example", no_domain("\u2603\u200d.example")),
        (f"ana@{'ü' * 60}.example", no_domain(f"{'ü' * 60}.example")),
        ("ana", INVALID),
        ("ana@", INVALID),
        ("@girona.example", INVALID),
        ("a na@girona.example", INVALID),
        ("ana@girona", INVALID),
        ("ana@a_b.example", INVALID),
        ("", INVALID),
        ("ana@ꭰꭰ.example", INVALID),
        ("ana@localhost", INVALID),
        ("ana@LOCALHOST.", INVALID),
        ("ana@[127.0.0.1]", INVALID),
        ("ana@[2001:db8::1]", INVALID),
        ("ana@192.0.2.10", INVALID),
        (f"{'a' * 65}@x.example", LOCAL_TOO_LONG),
        ("=?foo?q?a?=@x.example", refused("=?")),
        ("=?utf-8?b?abc?=@x.example", refused("=?")),
        ("=?us-ascii?q?a=0d=0abcc_=3a_x?=@x.example", refused("=?")),
        ('"ana"@x.example', refused('"')),
        ('"a\x0cBcc:b"@x.example', refused('"')),
        (f"{'a' * 250}@x.example", TOO_LONG),
        (f"{'a' * 400}@x.example", TOO_LONG),
        (f"{'a' * 200}@{'ü' * 20}.{'ü' * 20}.example", TOO_LONG),  # too long once the domain is in ASCII
    ],
)
def test_what_cannot_be_delivered_is_refused_with_the_reason(typed, sentence):
    with pytest.raises(ValidationError) as caught:
        validate_address(normalised_address(typed))

    assert caught.value.messages == [sentence]


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("ılgaz@ankara.example", True),
        ("ünal.öz@münchen.example", True),
        ("用户@例子.example", True),
        (f"{'ü' * 32}@x.example", True),
        (f"{'ü' * 32}a@x.example", False),  # 65 octets
        ("ü nal@ankara.example", False),
        ("ü\u202enal@ankara.example", False),  # turns the direction of the text
        ("ü\u200dnal@ankara.example", False),
        ("ü\x00@ankara.example", False),
        ("ü@ankara", False),
    ],
)
def test_with_a_server_that_has_smtputf8_other_letters_are_taken(settings, address, is_taken):
    settings.EMAIL_SMTPUTF8 = True

    assert is_address(normalised_address(address)) == is_taken


def test_an_address_for_everybody_is_plain_whatever_our_server_can(settings):
    settings.EMAIL_SMTPUTF8 = True

    validate_plain_address("ana@münchen.example")
    with pytest.raises(ValidationError):
        validate_plain_address("ünal@girona.example")


def test_what_a_mail_server_is_told():
    assert for_smtp("ana@münchen.example") == "ana@xn--mnchen-3ya.example"
    assert for_smtp("ünal@straße.example") == "ünal@xn--strae-oqa.example"
    assert (needs_smtputf8("ana@münchen.example"), needs_smtputf8("ünal@girona.example")) == (False, True)
    with pytest.raises(UnicodeError):
        for_smtp("ana@xn--zzzzzzzz.example")


def test_a_domain_is_written_in_one_way():
    assert normalised_domain(" XN--MNCHEN-3YA.Example. ") == normalised_domain("München.example") == "münchen.example"
