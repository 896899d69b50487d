"""The confirmation of a change: an organiser reads its consequences and agrees to them before it is made."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

FIELD = "agreed_to"
MOST_SENTENCES = 20


@dataclass(frozen=True)
class Confirmation:
    """The consequences of a change as sentences, and a token that shows that somebody has read them.

    `effects`: the plan that the sentences describe, if there is one; `n_emails`: how many emails it sends at once. `news`:
    what people will be told later. It is shown but not part of the agreement, because it can be discarded until then.
    """

    sentences: tuple[str, ...] = ()
    effects: tuple[Any, ...] = ()
    n_emails: int = 0
    news: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """Return a hash of the plan for the form's hidden field; it differs if the consequences differ."""
        plan = self.effects or self.sentences
        return hashlib.sha256(repr(plan).encode()).hexdigest()[:16] if plan else ""

    def is_agreed_to(self, posted: Mapping[str, Any]) -> bool:
        return posted.get(FIELD, "") == self.token if self.token else True

    @property
    def shown(self) -> list[str]:
        """Return the first sentences, and the number of the others."""
        rest = len(self.sentences) - MOST_SENTENCES
        more = [ngettext("and %(n)s more", "and %(n)s more", rest) % {"n": rest}] if rest > 0 else []
        return [*self.sentences[:MOST_SENTENCES], *more]
