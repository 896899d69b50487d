"""Ask the domain name system, never for longer than a few seconds."""

from time import monotonic
from typing import Any, Protocol

import dns.exception
import dns.resolver

QUESTION_SECONDS = 3.0
ALL_SECONDS = 10.0  # for all questions of one check


class UnreachableError(Exception):
    """The domain name system did not answer, so nothing is known."""


class Resolver(Protocol):
    """What the checks ask. Both return nothing for a name that does not exist, and raise UnreachableError."""

    def txt(self, name: str) -> list[str]: ...

    def has_mail_server(self, name: str) -> bool: ...


class DnsResolver:
    def __init__(self) -> None:
        self.ends_at = monotonic() + ALL_SECONDS
        self.resolver: dns.resolver.Resolver | None = None

    def txt(self, name: str) -> list[str]:
        return [b"".join(row.strings).decode(errors="replace") for row in self.ask(name, "TXT")]

    def has_mail_server(self, name: str) -> bool:
        """Return whether a domain takes mail: it has an MX record other than the null MX, or an address."""
        rows = [row.exchange.to_text() for row in self.ask(name, "MX")]
        return rows != ["."] if rows else bool(self.ask(name, "A") or self.ask(name, "AAAA"))

    def ask(self, name: str, kind: str) -> list[Any]:
        left = self.ends_at - monotonic()
        if left <= 0:
            raise UnreachableError
        try:
            self.resolver = self.resolver or dns.resolver.Resolver()
            return [*self.resolver.resolve(name, kind, lifetime=min(QUESTION_SECONDS, left), search=False)]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:  # time-outs, no servers, names that are none
            raise UnreachableError from error
