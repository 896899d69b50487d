"""What somebody wants in a slot, and what came of it."""

from dataclasses import dataclass

from programme.models import Session
from programme.rules.sessions import Slot


@dataclass(frozen=True)
class Wish:
    """What somebody wants in one slot: a seat in `session`; None: no seat in any session of the slot.

    `seen`: the sessions shown as chosen when the wish was made, at most one; if the choice has changed since, the wish
    changes nothing. None skips the check. `is_full`: the session was shown as full. `is_meanwhile`: a seat to hold while
    they go on waiting for another session.
    """

    slot: Slot[Session]
    session: Session | None
    seen: tuple[Session, ...] | None = None
    is_full: bool = False
    is_meanwhile: bool = False


@dataclass(frozen=True)
class WishAnswer:
    """The answer to a wish, and what they no longer wait for because of it (`ended`), both in sentences."""

    text: str
    is_granted: bool = True
    ended: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.ended}".strip()
