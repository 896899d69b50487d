"""E-mail addresses and domains: one way of writing each, and which of them can be delivered (decision 0029)."""

import unicodedata

import idna
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

LONGEST = 254  # octets of an address, its domain in ASCII (RFC 5321, 4.5.3.1.3)
LONGEST_LOCAL = 64  # octets before the @ (4.5.3.1.1)
LONGEST_DOMAIN = 255
ACE = "xn--"  # how a label in ASCII begins that stands for one in another script
WRITTEN = frozenset("LMNPS")  # general categories: letters, marks, numbers, punctuation, symbols
TOO_LONG = _("This address is too long. E-mail addresses have at most %(longest)d characters.")
LOCAL_TOO_LONG = _("What stands before the @ is too long: it has at most %(longest)d characters. Check the address.")
NO_DOMAIN = _("There can be no domain “%(domain)s”. Check what stands after the @.")
REFUSED_SIGN = _("We cannot send e-mail to an address with “%(sign)s” before the @. Use another address.")
ENCODED_WORD = "=?"  # how text begins that programs for e-mail decode in a header (RFC 2047)
REFUSED_SIGNS = (ENCODED_WORD, '"')  # quoted names no mailbox should need (RFC 5321, 4.1.2), and few servers take
INVALID = _("Write an e-mail address such as name@city.example.")
in_any_network = EmailValidator(allowlist=[])  # also not localhost


def normalised_address(address: str) -> str:
    """Return an address as we keep and compare it: small letters, NFC, its domain in Unicode.

    Whatever the text is, nothing is raised; what is no address stays recognisable, and is refused by `validate_address`.
    """
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if not at:
        return small(address)
    return f"{small(local)}@{normalised_domain(domain)}"


def normalised_domain(domain: str) -> str:
    """Return a domain as we keep and compare it: "münchen.example" also for "XN--MNCHEN-3YA.Example." """
    domain = domain.strip().rstrip(".")
    plain = small(domain)
    if (domain.isascii() and ACE not in plain) or len(domain) > LONGEST_DOMAIN:
        return plain
    try:
        return idna.decode(idna.encode(domain, uts46=True)).rstrip(".")
    except UnicodeError:  # idna's are
        return plain


def small(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def ascii_domain(domain: str) -> str:
    """Return a domain as mail servers and the domain name system know it. Raises UnicodeError where there is no such domain."""
    if domain.isascii() and ACE not in domain:
        return domain  # names of hosts that IDNA would not allow, such as "a--b", are in use
    return idna.encode(domain, uts46=True).decode()


def for_smtp(address: str) -> str:
    """Return an address as it is said to a mail server: with its domain in ASCII. Raises UnicodeError as `ascii_domain` does."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def needs_smtputf8(address: str) -> bool:
    """Whether only a mail server with SMTPUTF8 (RFC 6531) takes the address: what stands before the @ has no other form."""
    return not address.rpartition("@")[0].isascii()


def validate_address(address: str) -> None:
    """Raise ValidationError, with the reason, for what is no address and for one that cannot be delivered.

    `address` is normalised. What only SMTPUTF8 delivers is refused unless the operator says that the mail server has it.
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
    if domain.startswith("["):  # the number of a machine
        raise ValidationError(INVALID, code="invalid")
    if address != address.lower():  # a domain in Cherokee, whose small letters IDNA does not know
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
    """Whether a normalised text is an address to which e-mail can be sent."""
    try:
        validate_address(text)
    except ValidationError:
        return False
    return True
