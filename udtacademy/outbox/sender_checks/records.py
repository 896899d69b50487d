"""SPF and DMARC records as their RFCs define them (7208, 7489): pure, apart from the resolver that is passed in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from udtacademy.outbox.sender_checks.resolver import Resolver

MOST_LOOKUPS = 10  # receivers stop there, and take the record for broken (RFC 7208, 4.6.4)
DEEPEST = 10
ASKS = re.compile(r"[+?~-]?(?:(include|exists):(\S+)|(a|mx|ptr)(?:[:/]\S*)?)", re.IGNORECASE)
ALL = re.compile(r"([+?~-]?)all", re.IGNORECASE)
REDIRECT = re.compile(r"redirect=(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class SpfRecord:
    """`texts`: the records that begin with v=spf1, of which there must be one; `ending`: what is done with other servers' mail."""

    texts: tuple[str, ...]
    ending: str = ""  # "-", "~", "?", "+"; empty if it says nothing
    n_lookups: int = 0


@dataclass(frozen=True)
class DmarcRecord:
    """`domain`: where it was found, the sender's or one above it; `tags`: by name, in lower case."""

    domain: str
    text: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> str:
        return self.tags.get("p", "")


def spf_of(domain: str, resolver: Resolver) -> SpfRecord:
    texts = spf_texts(domain, resolver)
    if len(texts) != 1:
        return SpfRecord(tuple(texts))
    n_lookups, ending = count_lookups(texts[0], resolver)
    return SpfRecord(tuple(texts), ending, n_lookups)


def spf_texts(domain: str, resolver: Resolver) -> list[str]:
    return [text for text in resolver.txt(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


def count_lookups(text: str, resolver: Resolver, depth: int = 0) -> tuple[int, str]:
    """Return how many questions the record makes a receiver ask, one more than allowed if too many, and its ending."""
    n_lookups, ending = 0, ""
    for term in text.split()[1:]:
        if match := ALL.fullmatch(term):
            ending = match[1] or "+"
            continue
        asks, redirect = ASKS.fullmatch(term), REDIRECT.fullmatch(term)
        if not asks and not redirect:
            continue
        n_lookups += 1
        domain = redirect[1] if redirect else asks[2] if asks and (asks[1] or "").lower() == "include" else ""
        if domain and depth < DEEPEST and n_lookups <= MOST_LOOKUPS:
            inner = spf_texts(domain, resolver)
            n_inner, inner_ending = count_lookups(inner[0], resolver, depth + 1) if len(inner) == 1 else (0, "")
            n_lookups += n_inner
            ending = ending or (inner_ending if redirect else "")
        if n_lookups > MOST_LOOKUPS:
            return MOST_LOOKUPS + 1, ending
    return n_lookups, ending


def dmarc_of(domain: str, resolver: Resolver) -> DmarcRecord | None:
    """Return the record that counts for a domain: its own, or of the nearest domain above it; None without one."""
    for name in names_up(domain):
        texts = [text for text in resolver.txt(f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if len(texts) == 1:
            return DmarcRecord(name, texts[0], tags_of(texts[0]))
    return None


def names_up(domain: str) -> Iterator[str]:
    """Yield a domain and those above it, without the last label."""
    labels = domain.split(".")
    for number in range(max(1, len(labels) - 1)):
        yield ".".join(labels[number:])


def tags_of(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _equals, value in pairs if name.strip()}


def are_aligned(domain: str, sender: str, *, above: str, is_strict: bool) -> bool:
    """Return whether a domain counts as the sender's for DMARC. `above`: where the DMARC record is, else the sender's domain.

    Relaxed, that is: one is above the other, or both belong to the domain with the record. Receivers use a list of public suffixes.
    """
    if domain == sender or is_strict:
        return domain == sender
    return is_below(domain, sender) or is_below(sender, domain) or (is_below(domain, above) and is_below(sender, above))


def is_below(domain: str, other: str) -> bool:
    return domain == other or domain.endswith(f".{other}")
