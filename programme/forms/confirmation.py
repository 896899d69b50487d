"""The confirmation of a change: an organiser reads what follows from it, and agrees, before it is made."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from programme.queries.seat_effects import Effect, sentences

FIELD = "agreed_to"
MOST_SENTENCES = 20


@dataclass(frozen=True)
class Confirmation:
    """What follows from a change, in sentences, and whether somebody who has read it agrees.

    `effects` is the plan that the sentences are made of, if there is one. `news` is what people will be told of the
    programme later, and can be taken back until then: shown, and not agreed to.
    """

    sentences: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    news: tuple[str, ...] = ()

    @classmethod
    def of(cls, effects: Sequence[Effect], *, news: Sequence[str] = ()) -> "Confirmation":
        return cls(sentences(effects), tuple(effects), tuple(news))

    @property
    def n_emails(self) -> int:
        """How many e-mails are sent at once."""
        return sum(it.has_email for it in self.effects)

    @property
    def token(self) -> str:
        """Return the fingerprint for the form's hidden field: another one as soon as something else would follow."""
        plan = self.effects or self.sentences
        return hashlib.sha256(repr(plan).encode()).hexdigest()[:16] if plan else ""

    def is_agreed_to(self, posted: Mapping[str, Any]) -> bool:
        return posted.get(FIELD, "") == self.token if self.token else True

    @property
    def shown(self) -> list[str]:
        """The first sentences, and how many more there are."""
        rest = len(self.sentences) - MOST_SENTENCES
        more = [ngettext("and %s more", "and %s more", rest) % rest] if rest > 0 else []
        return [*self.sentences[:MOST_SENTENCES], *more]
