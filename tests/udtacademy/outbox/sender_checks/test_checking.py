"""SPF, DKIM and DMARC of the sender, against a made-up domain name system."""

import time
from dataclasses import replace

import dns.exception
import dns.resolver
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.checks import run_checks
from django.core.management import call_command

from udtacademy.outbox.configuration import DkimKey, MailboxAddress
from udtacademy.outbox.sender_checks import resolver as resolvers
from udtacademy.outbox.sender_checks import system_check
from udtacademy.outbox.sender_checks.checking import Level, check_sender
from udtacademy.outbox.sender_checks.dkim_keys import record_of
from udtacademy.outbox.sender_checks.records import are_aligned, dmarc_of, spf_of
from udtacademy.outbox.sender_checks.resolver import DnsResolver, UnreachableError

SPF = "v=spf1 include:mail.example -all"
DMARC = "v=DMARC1; p=reject"


class Names:
    """A domain name system with these TXT records; every name takes mail but those in `deaf`."""

    def __init__(self, records=None, deaf=(), *, is_away=False):
        self.records = {
            "academy.example": [SPF],
            "mail.example": ["v=spf1 ip4:192.0.2.1 -all"],
            "_dmarc.academy.example": [DMARC],
        } | (records or {})
        self.deaf = deaf
        self.is_away = is_away

    def txt(self, name):
        if self.is_away:
            raise UnreachableError
        return self.records.get(name, [])

    def has_mail_server(self, name):
        if self.is_away:
            raise UnreachableError
        return name not in self.deaf


@pytest.fixture
def mail(settings):
    settings.DEFAULT_FROM_EMAIL = "UDT Academy <academy@academy.example>"
    mailbox = MailboxAddress("127.0.0.1", 1, "bounces", "x", "INBOX", "none")

    def use(**values):
        settings.MAIL = replace(
            settings.MAIL, **{"mailbox": mailbox, "bounce_address": "bounces+*@academy.example"} | values
        )

    use()
    return use


@pytest.fixture(scope="module")
def key():
    private = rsa.generate_private_key(65537, 2048)
    return DkimKey(
        "academy.example", "udt", private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    )


def levels(names):
    return [(str(finding.name), finding.level) for finding in check_sender(names)]


ALL_RIGHT = [("SPF", "good"), ("DKIM", "note"), ("DMARC", "good"), ("Alignment", "good"), ("Returned mail", "good")]


def test_a_sender_that_is_set_up_is_all_right(mail):
    assert levels(Names()) == ALL_RIGHT


@pytest.mark.parametrize(
    ("records", "name", "level"),
    [
        ({"academy.example": []}, "SPF", Level.WARN),
        ({"academy.example": ["v=spf10 -all", "other"]}, "SPF", Level.WARN),
        ({"academy.example": [SPF, SPF]}, "SPF", Level.BAD),
        ({"academy.example": ["v=spf1 a mx +all"]}, "SPF", Level.BAD),
        ({"academy.example": ["v=spf1 all"]}, "SPF", Level.BAD),
        ({"academy.example": ["v=spf1 a"]}, "SPF", Level.WARN),
        ({"academy.example": ["v=spf1 a ?all"]}, "SPF", Level.WARN),
        ({"academy.example": ["v=spf1 a ~all"]}, "SPF", Level.GOOD),
        ({"academy.example": ["v=spf1 redirect=mail.example"]}, "SPF", Level.GOOD),
        ({"academy.example": ["v=spf1 include:academy.example -all"]}, "SPF", Level.BAD),
        ({"mail.example": ["v=spf1 " + "a:x.example " * 10 + "-all"]}, "SPF", Level.BAD),
        ({"_dmarc.academy.example": []}, "DMARC", Level.WARN),
        ({"_dmarc.academy.example": ["v=DMARC1; p=none"]}, "DMARC", Level.NOTE),
        ({"_dmarc.academy.example": ["v=DMARC1"]}, "DMARC", Level.BAD),
        ({"_dmarc.academy.example": [DMARC, DMARC]}, "DMARC", Level.WARN),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(mail, records, name, level):
    findings = [finding for finding in check_sender(Names(records)) if finding.name == name]

    assert [finding.level for finding in findings] == [level]
    assert level == Level.GOOD or findings[0].hint


def test_our_own_key_is_compared_with_the_published_one(mail, key):
    mail(dkim=key)
    name = "udt._domainkey.academy.example"

    def level(*records):
        return next(it.level for it in check_sender(Names({name: list(records)})) if it.name == "DKIM")

    assert level(record_of(key)) == Level.GOOD
    assert level(record_of(key).replace("p=", "p= ")) == Level.GOOD
    assert level() == level("v=DKIM1; p=") == level("v=DKIM1; p=AAAA") == Level.BAD
    (finding,) = (it for it in check_sender(Names()) if it.name == "DKIM")
    assert (finding.record_name, finding.record) == (name, record_of(key))


@pytest.mark.parametrize(
    ("bounce_address", "signer", "dmarc", "level"),
    [
        ("", "", DMARC, Level.GOOD),
        ("b@bounces.academy.example", "", DMARC, Level.GOOD),
        ("b@bounces.academy.example", "", f"{DMARC}; aspf=s", Level.WARN),
        ("b@other.example", "", DMARC, Level.WARN),
        ("b@other.example", "academy.example", DMARC, Level.GOOD),
        ("b@other.example", "other.example", DMARC, Level.BAD),
        ("b@other.example", "mail.academy.example", f"{DMARC}; adkim=s", Level.BAD),
        ("", "other.example", DMARC, Level.WARN),
    ],
)
def test_spf_or_the_signature_must_be_of_the_senders_domain(mail, key, bounce_address, signer, dmarc, level):
    mail(bounce_address=bounce_address, dkim=replace(key, domain=signer) if signer else None)

    (finding,) = (it for it in check_sender(Names({"_dmarc.academy.example": [dmarc]})) if it.name == "Alignment")

    assert finding.level == level


def test_the_record_of_a_domain_above_counts():
    names = Names({"_dmarc.academy.example": [], "_dmarc.city.example": [DMARC]})

    assert dmarc_of("a.b.city.example", names).domain == "city.example"
    assert dmarc_of("example", names) is None
    assert are_aligned("x.city.example", "y.city.example", above="city.example", is_strict=False)
    assert not are_aligned("notcity.example", "city.example", above="city.example", is_strict=False)


def test_records_that_include_each_other_end():
    names = Names({"a.example": ["v=spf1 include:b.example -all"], "b.example": ["v=spf1 include:a.example -all"]})

    assert spf_of("a.example", names).n_lookups > 10


def test_what_comes_back_must_arrive_and_be_read(mail):
    assert levels(Names(deaf=["academy.example"]))[-1] == ("Returned mail", "bad")
    mail(mailbox=None)
    assert levels(Names())[-1] == ("Returned mail", "warn")


def test_without_an_answer_nothing_is_claimed(mail):
    assert levels(Names(is_away=True)) == [
        ("SPF", "note"),
        ("DKIM", "note"),
        ("DMARC", "note"),
        ("Returned mail", "note"),
    ]


class Silent:
    def resolve(self, _name, _kind, *, lifetime, search):
        time.sleep(lifetime)
        raise dns.exception.Timeout


def test_servers_that_are_silent_are_not_waited_for(mail, monkeypatch):
    monkeypatch.setattr(dns.resolver, "Resolver", Silent)
    monkeypatch.setattr(resolvers, "QUESTION_SECONDS", 0.05)
    monkeypatch.setattr(resolvers, "ALL_SECONDS", 0.1)
    began = time.monotonic()

    found = levels(DnsResolver())

    assert time.monotonic() - began < 2
    assert {level for _name, level in found} == {"note"}


@pytest.mark.parametrize("error", [dns.resolver.NXDOMAIN, dns.resolver.NoAnswer])
def test_a_name_that_does_not_exist_has_no_records(monkeypatch, error):
    class Empty:
        def resolve(self, *_arguments, **_values):
            raise error

    monkeypatch.setattr(dns.resolver, "Resolver", Empty)

    assert DnsResolver().txt("x.example") == []
    assert not DnsResolver().has_mail_server("x.example")


def test_only_the_tag_asks_the_domain_name_system(mail, monkeypatch):
    monkeypatch.setattr(
        system_check, "DnsResolver", lambda: Names({"academy.example": [], "_dmarc.academy.example": []})
    )

    assert not [it for it in run_checks(include_deployment_checks=True) if it.id.startswith("outbox.")]
    monkeypatch.setattr("sys.argv", ["manage.py", "check", "--deploy", "--tag", "sender"])
    found = run_checks(tags=["sender"], include_deployment_checks=True)
    assert [it.id for it in found] == ["outbox.warn", "outbox.note", "outbox.warn"]
    assert "_dmarc.academy.example TXT v=DMARC1" in found[-1].hint
    call_command("check", "--tag", "sender", "--deploy")
