"""The words that an edition can have in a built-in email, and putting placeholders and values into them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

from programme.rules.placeholders import filled, names_in


@dataclass(frozen=True)
class Words:
    """A subject, what comes after the greeting, and what comes before the footer. What is empty is as built in."""

    subject: str = ""
    opening: str = ""
    closing: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.subject or self.opening or self.closing)

    @property
    def token(self) -> str:
        """Return a hash: it differs if somebody has changed the words."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:16]

    def names(self) -> list[str]:
        """Return the names of the placeholders in the words."""
        return names_in("\n".join(astuple(self)))

    def filled(self, values: Mapping[str, str]) -> "Words":
        """Return the words with values in place of placeholders. `values`: of all names in them."""
        return Words(*(filled(text, values) for text in astuple(self)))

    def unlike(self, built_in: "Words") -> "Words":
        """Return the words without what says the same as the built-in ones, which then follow later versions of them."""
        same = {name: "" for name, text in vars(built_in).items() if getattr(self, name).strip() == text.strip()}
        return replace(self, **same)

    def over(self, built_in: "Words") -> "Words":
        """Return the words, and where there are none the built-in ones."""
        return Words(*(own or other for own, other in zip(astuple(self), astuple(built_in), strict=True)))

    def ended(self, text: str) -> str:
        """Return the text of an email with the closing at its end."""
        return f"{text.rstrip()}\n\n{self.closing}" if self.closing else text


NO_WORDS = Words()


def with_names(text: str, values: Mapping[str, str]) -> str:
    """Return a text with placeholders in place of their values, the longest first."""
    names = {value: name for name, value in values.items() if value}
    if not names:
        return text
    pattern = "|".join(re.escape(value) for value in sorted(names, key=len, reverse=True))
    return re.sub(pattern, lambda match: f"{{{names[match[0]]}}}", text)


def tidied(text: str) -> str:
    """Return text without spaces at ends of lines and empty lines around it: "-- " alone in a line would begin the footer."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
