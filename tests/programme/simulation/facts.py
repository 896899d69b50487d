"""What is true of the world of the model: read from the rows that organisers and participants change, in a few lines.

No function of ours that decides who is told what is asked: what is whose is said here once more.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from programme.models import Edition, Participant, Seat
from tests.programme.simulation.received_emails import Entry

LEADS = (dt.timedelta(days=7), dt.timedelta(days=1), dt.timedelta(hours=1))


@dataclass(frozen=True)
class SessionFacts:
    """`entry`: as a calendar is to show it."""

    entry: Entry
    title: str
    is_published: bool
    is_cancelled: bool
    is_confirmed: bool
    is_parallel: bool
    is_core: bool = False

    @property
    def comes_by_email(self) -> bool:
        """Whether emails add it to calendars. The others come by the calendar that is subscribed to."""
        return self.is_core or self.is_parallel


@dataclass(frozen=True)
class Facts:
    """All sessions by UID, who is registered, and who holds a seat in which session, by address and UID."""

    sessions: dict[str, SessionFacts]
    registered: frozenset[str]
    seats: frozenset[tuple[str, str]]

    def is_theirs(self, address: str, uid: str, now: dt.datetime) -> bool:
        """Whether somebody is expected at a session that is not over."""
        return self.is_in_programme(address, uid) and not self.is_over(uid, now)

    def is_in_programme(self, address: str, uid: str) -> bool:
        """Whether somebody is expected at a session, or was: a slip into the past may be told, too."""
        session = self.sessions.get(uid)
        if session is None or address not in self.registered:
            return False
        is_on = session.is_published and not session.is_cancelled
        return is_on and (not session.is_parallel or (address, uid) in self.seats)

    def is_over(self, uid: str, now: dt.datetime) -> bool:
        session = self.sessions.get(uid)
        return session is not None and session.entry.ends_at <= now


def facts_now(edition: Edition) -> Facts:
    people = Participant.objects.filter(edition=edition, state="registered").values_list("user__email", flat=True)
    seats = Seat.objects.filter(edition=edition, state="held").values_list(
        "participant__user__email", "session__calendar_uid"
    )
    return Facts(
        sessions={str(row["calendar_uid"]): session_facts(row) for row in edition.sessions.order_by().values()},
        registered=frozenset(people),
        seats=frozenset((address, str(uid)) for address, uid in seats),
    )


def session_facts(row: dict) -> SessionFacts:
    summary = f"★ {row['title']}" if row["is_core"] else row["title"]
    return SessionFacts(
        entry=Entry(
            uid=str(row["calendar_uid"]),
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            summary=summary,
            location=row["location"] or "Online",
            status=row["status"].upper(),
        ),
        title=row["title"],
        is_published=row["is_published"],
        is_cancelled=row["status"] == "cancelled",
        is_confirmed=row["status"] == "confirmed",
        is_parallel=row["track_id"] is not None,
        is_core=row["is_core"],
    )


def lead_windows(starts_at: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """From when until when the reminder of each lead is of use."""
    moments = [*(starts_at - lead for lead in LEADS), starts_at]
    return list(pairwise(moments))
