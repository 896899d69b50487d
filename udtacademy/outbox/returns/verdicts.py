"""Decide what a failure means: that the address does not work, or that it did not work this time.

In doubt it is the second: emails to somebody are stopped only if a server says that there is no such mailbox or domain.
"""

import enum
import re
from dataclasses import dataclass

from udtacademy.outbox.returns.words import FULL, NO_SUCH_ADDRESS, POLICY, TEMPORARY, UNAVAILABLE

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
REPLY_CODE = re.compile(r"(?<![\d.#])([45]\d\d)(?=[ \-:#])")
UNSPECIFIC = re.compile(r"5\.\d\.0|5\.0\.\d+|")  # says no more than that it failed

# Of an address that does not work (RFC 3463, 3.2; RFC 7505; Exchange's own 5.1.10, 5.1.351, 5.4.310): mailbox, domain, syntax, moved, no
# server for the domain, mailbox disabled.
DEAD = re.compile(r"5\.1\.(?:1|2|3|6|10|351)|5\.2\.1|5\.4\.310|5\.4\.4")
# Exchange Online for recipients that its directory does not have:
NOT_IN_DIRECTORY = re.compile(r"recipient address rejected: access denied", re.IGNORECASE)
GONE_BY_CODE = re.compile(r"55[013]")  # with "mailbox unavailable" and nothing else


class Severity(enum.Enum):
    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True)
class Failure:
    """A failed delivery, as a server reports it. `status`: as its own field says, empty if none does."""

    addresses: tuple[str, ...] = ()
    status: str = ""
    answer: str = ""

    @property
    def shown_status(self) -> str:
        """Return the status, or a more specific one that the answer has."""
        said = STATUS.search(self.answer)
        if said and (not self.status or UNSPECIFIC.fullmatch(self.status)):
            return said[1]
        return self.status


def kind_of_failure(failure: Failure) -> Severity:
    """Return HARD only if the server says that there is no such mailbox or domain."""
    status, answer = failure.shown_status, failure.answer
    if status.startswith("4") or FULL.search(answer):
        return Severity.SOFT
    is_refused = is_refusal(answer)
    if DEAD.fullmatch(status):  # some servers use these codes for refusals too
        is_dead = bool(NO_SUCH_ADDRESS.search(answer)) or not is_refused
    elif status == "5.4.1" and NOT_IN_DIRECTORY.search(answer):
        is_dead = True
    elif NO_SUCH_ADDRESS.search(answer):
        is_dead = not POLICY.search(answer)
    else:
        code = REPLY_CODE.search(answer)
        says_gone = bool(code and GONE_BY_CODE.fullmatch(code[1]) and UNAVAILABLE.search(answer))
        is_dead = says_gone and not is_refused and bool(UNSPECIFIC.fullmatch(status))
    return Severity.HARD if is_dead else Severity.SOFT


def is_refusal(answer: str) -> bool:
    """Return whether an email was refused for what it is, for who sent it or for now, rather than for its address."""
    return any(pattern.search(answer) for pattern in (POLICY, TEMPORARY, FULL))
