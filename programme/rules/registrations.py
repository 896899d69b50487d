"""Whether a registration needs approval, and the order of a city's waiting list."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from udtacademy.db.addresses import normalised_domain


class MayWait(Protocol):
    """Somebody who may be on the waiting list of their city. `waiting_number`: their number in the order of joining."""

    waiting_number: int | None

    @property
    def is_waiting(self) -> bool: ...


P = TypeVar("P", bound=MayWait)

# Where anybody can have an address: such a domain says nothing about a city.
PUBLIC_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com"),
        *("outlook.es", "outlook.fr", "outlook.it", "outlook.de", "outlook.pt", "hotmail.es", "hotmail.fr"),
        *("hotmail.it", "hotmail.de", "hotmail.co.uk", "live.fr", "live.it", "live.nl", "yahoo.com", "yahoo.es"),
        *("yahoo.fr", "yahoo.it", "yahoo.de", "yahoo.gr", "yahoo.ro", "yahoo.co.uk", "ymail.com", "aol.com"),
        *("mail.com", "gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de"),
        *("proton.me", "protonmail.com", "pm.me", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net"),
        *("libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "sapo.pt", "telefonica.net", "seznam.cz"),
        *("centrum.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "ziggo.nl", "kpnmail.nl", "telenet.be"),
        *("skynet.be", "abv.bg", "ukr.net", "yandex.ru", "mail.ru"),
    }
)


def domain_of(email: str) -> str:
    """Return the normalised domain of an address."""
    return normalised_domain(email.rpartition("@")[2])


def is_of_domains(email: str, domains: Iterable[str]) -> bool:
    """Return whether an address is at one of the domains or a subdomain: ana@it.city.example is of city.example."""
    domain = domain_of(email)
    return any(domain == parent or domain.endswith(f".{parent}") for parent in domains)


def domains_above(email: str) -> list[str]:
    """Return the domain of an address and those above it: it.city.example, city.example, example."""
    labels = domain_of(email).split(".")
    return [".".join(labels[number:]) for number in range(len(labels))]


def needs_approval(*, email: str, domains: Iterable[str], is_invited: bool, was_sent_away: bool) -> bool:
    """Return whether a registration needs approval: unless invited, or with an address in the city's domains.

    Somebody withdrawn by others (`was_sent_away`) needs an invitation or approval in any case.
    """
    return not is_invited and (was_sent_away or not is_of_domains(email, domains))


def waiting_list(people: Iterable[P]) -> list[P]:
    """Return those of a city's people who are on its waiting list, first come first."""
    return sorted((it for it in people if it.is_waiting), key=lambda it: it.waiting_number or 0)
