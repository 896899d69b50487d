"""Normalise and validate email addresses and domains (decision 0029)."""

import re
import unicodedata

import idna
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

LONGEST = 254  # octets of an address, its domain in ASCII (RFC 5321, 4.5.3.1.3)
LONGEST_LOCAL = 64  # octets before the @ (4.5.3.1.1)
LONGEST_DOMAIN = 255
ACE = "xn--"  # start of a label in ASCII that encodes one in another script
WRITTEN = frozenset("LMNPS")  # general categories: letters, marks, numbers, punctuation, symbols
TOO_LONG = _("This address is too long. Email addresses have at most %(longest)d characters.")
LOCAL_TOO_LONG = _("The part before the @ is too long: it can have at most %(longest)d characters. Check the address.")
NO_DOMAIN = _("The domain “%(domain)s” is not valid. Check the part after the @.")
REFUSED_SIGN = _("We cannot send email to an address with “%(sign)s” before the @. Use another address.")
ENCODED_WORD = "=?"  # start of text in a header that mail programs decode (RFC 2047)
REFUSED_SIGNS = (ENCODED_WORD, '"')  # mailboxes should not need quotes (RFC 5321, 4.1.2), and few servers accept them
INVALID = _("Enter an email address such as name@city.example.")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(//)?", re.IGNORECASE)
PORT = re.compile(r":\d*$")
in_any_network = EmailValidator(allowlist=[])  # without Django's exception for localhost


def normalised_address(address: str) -> str:
    """Return an address as we store and compare it: lower case, NFC, its domain in Unicode.

    Raises nothing, whatever the text: `validate_address` refuses what is not an address.
    """
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if not at:
        return lower_case(address)
    return f"{lower_case(local)}@{normalised_domain(domain)}"


def normalised_domain(domain: str) -> str:
    """Return a domain as we store and compare it: "münchen.example" also for "XN--MNCHEN-3YA.Example." """
    domain = domain.strip().rstrip(".")
    plain = lower_case(domain)
    if (domain.isascii() and ACE not in plain) or len(domain) > LONGEST_DOMAIN:
        return plain
    try:
        return idna.decode(idna.encode(domain, uts46=True)).rstrip(".")
    except UnicodeError:  # the base class of idna's errors
        return plain


def typed_domain(text: str) -> str:
    """Return the domain in what somebody typed: "city.example" for "@City.example" and "https://www.city.example/contact"."""
    text = PORT.sub("", re.split(r"[/?#]", SCHEME.sub("", text.strip()), maxsplit=1)[0].rpartition("@")[2])
    domain = normalised_domain(text)
    return domain.removeprefix("www.") if domain.count(".") > 1 else domain


def typed_domains(text: str) -> list[str]:
    """Return the domains in what somebody typed, each once: separated by commas, semicolons, spaces or line ends."""
    return list(dict.fromkeys(filter(None, map(typed_domain, re.split(r"[,;\s]+", text)))))


def lower_case(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def ascii_domain(domain: str) -> str:
    """Return a domain in ASCII, as in the domain name system. Raises UnicodeError for an invalid domain."""
    if domain.isascii() and ACE not in domain:
        return domain  # names of hosts that IDNA would not allow, such as "a--b", are in use
    return idna.encode(domain, uts46=True).decode()


def for_smtp(address: str) -> str:
    """Return an address for a mail server, with its domain in ASCII. Raises UnicodeError for an invalid domain."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def needs_smtputf8(address: str) -> bool:
    """Return whether the address needs SMTPUTF8 (RFC 6531): the part before the @ has no form in ASCII."""
    return not address.rpartition("@")[0].isascii()


def validate_address(address: str) -> None:
    """Raise ValidationError, with the reason, for text that is not an address and for addresses that cannot be delivered.

    `address` is normalised. Addresses that need SMTPUTF8 are refused unless EMAIL_SMTPUTF8 is set.
    """
    local, _at, domain = address.rpartition("@")
    try:
        sent = for_smtp(address)
    except UnicodeError:
        raise ValidationError(NO_DOMAIN, code="undeliverable", params={"domain": domain}) from None
    if len(sent.encode(errors="replace")) > LONGEST:
        raise ValidationError(TOO_LONG, code="undeliverable", params={"longest": LONGEST})
    if len(local.encode(errors="replace")) > LONGEST_LOCAL:
        raise ValidationError(LOCAL_TOO_LONG, code="undeliverable", params={"longest": LONGEST_LOCAL})
    shape = "".join("x" if not it.isascii() and unicodedata.category(it)[0] in WRITTEN else it for it in local)
    try:
        in_any_network(f"{shape}@{sent.rpartition('@')[2]}")
    except ValidationError:
        raise ValidationError(INVALID, code="invalid") from None
    if domain.startswith("["):  # an IP address
        raise ValidationError(INVALID, code="invalid")
    if address != address.lower():  # a domain in Cherokee, whose lower case IDNA does not allow
        raise ValidationError(INVALID, code="invalid")
    for sign in REFUSED_SIGNS:
        if sign in local:
            raise ValidationError(REFUSED_SIGN, code="undeliverable", params={"sign": sign})
    if needs_smtputf8(address) and not settings.EMAIL_SMTPUTF8:
        validate_plain_address(address)


def validate_plain_address(address: str) -> None:
    """Raise ValidationError for an address that not every mail server delivers to."""
    for sign in address.rpartition("@")[0]:
        if not sign.isascii():
            raise ValidationError(REFUSED_SIGN, code="undeliverable", params={"sign": sign})


def is_address(text: str) -> bool:
    """Return whether a normalised text is an address that email can be sent to."""
    try:
        validate_address(text)
    except ValidationError:
        return False
    return True
