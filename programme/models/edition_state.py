"""What tells one state of a programme from another, in one small query: for answers that are kept, and for 304."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.db import connection

# Every version of a row has a transaction and a place of its own (xmin, ctid), whoever writes it and whichever of two
# transactions commits first. Rooms and venues need no look: what they change moves the rows of sessions (triggers.py).
# The function is in migration 0014.
STATE = "SELECT id, is_published, versions, changed_at FROM programme_edition_state(%s)"


@dataclass(frozen=True)
class EditionState:
    """`versions` differs after every change of the edition, its venue, tracks or sessions; `changed_at` is the time of the
    last change or deletion of the edition or a session.
    """

    pk: int
    is_published: bool
    versions: str
    changed_at: dt.datetime

    @cached_property
    def digest(self) -> str:
        """The versions in short: what is kept carries it in its name."""
        return sha256(self.versions.encode()).hexdigest()


def state_of(slug: str) -> EditionState | None:
    """None where there is no such edition."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [slug])
        row = cursor.fetchone()
    return None if row[0] is None else EditionState(*row)
