"""The entries of sessions in participants' calendars, as emails have made them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from programme.models import Announcement, Participant, Session
from udtacademy.db.prepared import AnyOf, Parameter, prepared

Method = Announcement.Method
State = Announcement.State
ARRIVES = {State.QUEUED, State.SENT}


@dataclass(frozen=True)
class CalendarEntry:
    """The entry of a session in one participant's calendar, as made by emails."""

    sequence: int = -1  # the largest sent; -1: none
    exists: bool = False
    starts_at: dt.datetime | None = None  # the start they know, if it is in their programme

    def next_sequence(self, session: Session) -> int:
        return max(session.calendar_sequence, self.sequence + 1)

    def method(self, session: Session, *, is_theirs: bool) -> Method | None:
        """Return the iTIP method: REQUEST to add or change the entry, CANCEL to remove an existing one, None for no file.

        Files add core sessions and those that somebody chose. The others come by the calendar that people subscribe to
        (decision 56); entries from earlier files are kept up to date.
        """
        if is_theirs and session.local_day and (self.exists or session.is_core or session.track_id):
            return Method.REQUEST
        return Method.CANCEL if self.exists else None


CalendarEntries = Mapping[tuple[int, int], CalendarEntry]  # by primary keys of participant and session


def entries_of(participants: Collection[Participant], sessions: Collection[Session]) -> CalendarEntries:
    """Return the calendar entries of sessions for participants; missing ones are empty. One query, for one participant a prepared one.

    Sequences sent to deleted people count for everybody, since one of them may have registered again.
    """
    entries: dict[tuple[int, int], CalendarEntry] = defaultdict(CalendarEntry)
    people, pks = [it.pk for it in participants], [it.pk for it in sessions]
    if len(people) == 1:
        rows: Any = _calendar(participant=people[0], sessions=pks)
    else:
        rows = calendar_rows(Q(announcements__participant__in=people), Q(pk__in=pks))
    begun: set[int] = set()  # sessions
    for session, spent, person, sequence, method, state, is_theirs, starts_at in rows:
        if spent is not None and session not in begun:
            begun.add(session)
            entries |= {(it, session): CalendarEntry(spent) for it in people}
        if person is None:  # no email has told them of it
            continue
        entry = entries[person, session]
        number = entry.sequence if sequence is None else max(entry.sequence, sequence)
        if state == State.OUTDATED:
            entries[person, session] = CalendarEntry(number, entry.exists, entry.starts_at)
        elif state == State.UNSURE:
            entries[person, session] = CalendarEntry(number, entry.exists or method == Method.REQUEST, entry.starts_at)
        else:
            exists = method == Method.REQUEST if method and state in ARRIVES else entry.exists
            entries[person, session] = CalendarEntry(number, exists, starts_at if is_theirs else None)
    return entries


def calendar_rows(of_people: Q, of_sessions: Q) -> "QuerySet[Session, Any]":
    """Return each session with its spent sequence and, oldest first, what emails told the people of it (`told`)."""
    told = FilteredRelation("announcements", condition=of_people & Q(announcements__is_repeat=False))
    fields = ("participant", "sequence", "method", "state", "is_theirs", "starts_at")
    rows = Session.objects.filter(of_sessions).annotate(told=told).order_by("told__pk")
    return rows.values_list("pk", "spent_sequence__sequence", *(f"told__{it}" for it in fields))


@prepared
def _calendar() -> "QuerySet[Session, Any]":
    return calendar_rows(Q(announcements__participant=Parameter("participant")), Q(pk=AnyOf("sessions")))
