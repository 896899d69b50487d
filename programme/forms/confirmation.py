"""Asking an organiser once more, when what they are about to do reaches people."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from udtacademy.outbox.models import Message

FIELD = "agreed_to"
MOST_LINES = 20


@dataclass(frozen=True)
class Foretold:
    """What would follow, line by line, and whether somebody who has read it agrees.

    `news` is what will be told of the programme later, and can be taken back until then: shown, and not agreed to.
    """

    lines: tuple[str, ...]
    news: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """For the form's hidden field: another one as soon as something else would follow."""
        return hashlib.sha256(repr(self.lines).encode()).hexdigest()[:16] if self.lines else ""

    def is_agreed_to(self, posted: Mapping[str, Any]) -> bool:
        return not self.lines or posted.get(FIELD) == self.token

    @property
    def shown(self) -> list[str]:
        """The first lines, and how many more there are."""
        rest = len(self.lines) - MOST_LINES
        more = [ngettext("and %s more", "and %s more", rest) % rest] if rest > 0 else []
        return [*self.lines[:MOST_LINES], *more]


def lines_of(written: Iterable[Message]) -> tuple[str, ...]:
    """A line for each e-mail: who, and what about."""
    return tuple(f"{message.user or message.to}: {message.subject}" for message in written)
