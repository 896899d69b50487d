"""The confirmation of a change: an organiser reads what follows from it, and agrees, before it is made."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

FIELD = "agreed_to"
MOST_SENTENCES = 20


@dataclass(frozen=True)
class Confirmation:
    """What follows from a change, in sentences, and whether somebody who has read it agrees.

    `effects` is the plan that the sentences are made of, if there is one; `n_emails` of them are sent at once. `news` is what
    people will be told later, and can be taken back until then: shown, and not agreed to.
    """

    sentences: tuple[str, ...] = ()
    effects: tuple[Any, ...] = ()
    n_emails: int = 0
    news: tuple[str, ...] = ()

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
