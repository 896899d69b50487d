"""A calendar program that takes invitations by email as RFC 5546 asks of it (2.1.5, 3.2.2, 3.2.5)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.programme.simulation.received_emails import Entry, Revision


def by_sequence(revision: Revision) -> tuple[object, ...]:
    """How programs that look at SEQUENCE alone tell which revision is later."""
    return (revision.sequence,)


def by_sequence_and_stamp(revision: Revision) -> tuple[object, ...]:
    """As the standard says: of equal SEQUENCE the later DTSTAMP."""
    return (revision.sequence, revision.stamp)


@dataclass
class CalendarProgram:
    """`order` tells which of two revisions is the later one; what is not later changes nothing."""

    order: Callable[[Revision], tuple[object, ...]]
    latest: dict[str, Revision] = field(default_factory=dict)  # by UID

    def take(self, revision: Revision) -> None:
        before = self.latest.get(revision.entry.uid)
        if before is None and revision.method == "CANCEL":
            return
        if before is None or self.order(revision) > self.order(before):
            self.latest[revision.entry.uid] = revision

    def has_known(self, uid: str) -> bool:
        return uid in self.latest

    @property
    def entries(self) -> dict[str, Entry]:
        """What it shows, by UID."""
        return {
            uid: revision.entry
            for uid, revision in self.latest.items()
            if revision.method == "REQUEST" and revision.entry.status != "CANCELLED"
        }
