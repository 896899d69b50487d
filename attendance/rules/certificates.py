"""What somebody may get a certificate of, and what it rests on: plain values. Reasons: docs/decisions/0070."""

import enum
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from attendance.rules.attendance import WAS_THERE, AttendanceStatus
from attendance.rules.code_letters import ALPHABET, typed_letters
from attendance.rules.standing import Case, Reasoned, Standing

K = TypeVar("K")

CODE_LETTERS = 20  # of 5 bits: 100 bits, which nobody guesses
GROUP = 5


class CountedAs(enum.StrEnum):
    """As what a certificate counts a session."""

    ATTENDED = "attended"
    MADE_UP = "made_up"
    EXCUSED = "excused"


class CertificateKind(enum.StrEnum):
    COMPLETED = "completed"
    ATTENDED = "attended"


COUNTED = {
    **dict.fromkeys(WAS_THERE, CountedAs.ATTENDED),
    AttendanceStatus.MADE_UP: CountedAs.MADE_UP,
    AttendanceStatus.EXCUSED: CountedAs.EXCUSED,
}


def counted_as(status: str) -> CountedAs | None:
    """Return as what an attendance counts in a certificate; None if it does not."""
    return COUNTED.get(AttendanceStatus(status))


@dataclass(frozen=True)
class Ground(Generic[K]):
    """A session that a certificate rests on. `person`: whose attendance it is, the holder's or of who held their place before."""

    session: K
    person: int
    counted_as: CountedAs


def kind_of(reasoned: Reasoned[K], own: Mapping[K, CountedAs], *, is_registered: bool = True) -> CertificateKind | None:
    """Return which certificate somebody may get; None for none. `own`: as what their sessions count.

    Completed: they are registered, their standing is met, which it never is without core sessions, and they attended or made
    up something themselves. Else, whatever they attended: they took part.
    """
    counted = set(own.values())
    is_met = is_registered and bool(reasoned.cases) and reasoned.standing is Standing.MET
    if is_met and counted & {CountedAs.ATTENDED, CountedAs.MADE_UP}:
        return CertificateKind.COMPLETED
    return CertificateKind.ATTENDED if CountedAs.ATTENDED in counted else None


def grounds_of(
    kind: CertificateKind, person: int, own: Mapping[K, CountedAs], core: Reasoned[K], of_place: Mapping[K, Ground[K]]
) -> Sequence[Ground[K]]:
    """Return what a certificate rests on: all that somebody attended; and, if completed, what settles each core session.

    `of_place`: what counts for their place at core sessions, which may be somebody's who held it before. Raises KeyError where
    nothing settles a session that counts as settled: a certificate would rest on nothing.
    """
    attended = [Ground(it, person, as_what) for it, as_what in own.items() if as_what is CountedAs.ATTENDED]
    if kind is CertificateKind.ATTENDED:
        return attended
    listed = {it.session for it in attended}
    settling = [of_place[it] for it in core.of(Case.SETTLED) if it not in listed]
    return [*attended, *settling]


def new_code() -> str:
    """Return a code that cannot be guessed: 20 capital letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _n in range(CODE_LETTERS))


def in_groups(code: str) -> str:
    """Return a code as people read it: "7K3M9-QPXT2-…"."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_code(text: str) -> str | None:
    """Return a code that was typed; None if it cannot be one. Case, spaces, dashes and O for 0 do not matter."""
    typed = typed_letters(text)
    return typed if len(typed) == CODE_LETTERS and set(typed) <= set(ALPHABET) else None


def duration_text(minutes: int) -> str:
    """Return a duration by symbols that all languages share: "1 h 30 min"; empty for none."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
