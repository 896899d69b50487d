"""The calendar files of emails: which sessions have one, with which method and SEQUENCE (RFC 5546)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from programme.calendars.files import calendar_file
from programme.models import Announcement, Participant, Session
from programme.queries.announcements import announcement
from programme.queries.calendar_entries import CalendarEntries
from udtacademy.outbox.contents import FileMaker
from udtacademy.outbox.mime import CalendarFile
from udtacademy.outbox.models import Message


def calendar_changes(
    participant: Participant, changes: Iterable[tuple[Session, bool]], entries: CalendarEntries
) -> list[Announcement]:
    """Return the announcements of sessions, each given with whether it is in the person's programme."""
    announcements = []
    for session, is_theirs in changes:
        session.edition = participant.edition
        entry = entries[participant.pk, session.pk]
        file: dict[str, Any] = {}
        if method := entry.method(session, is_theirs=is_theirs):
            file = {"method": method, "sequence": entry.next_sequence(session)}
        announcements.append(announcement(participant, session, entry, is_theirs=is_theirs, **file))
    return announcements


def calendar_files(announcements: Iterable[Announcement]) -> list[CalendarFile]:
    """Return the calendar files that go with announcements. Each needs its session's place, its person and their edition."""
    return [
        calendar_file(it.session, it.participant, method=it.method, sequence=it.sequence, at=it.written_at)
        for it in announcements
        if it.method and it.sequence is not None
    ]


def file_maker(messages: Sequence[Message]) -> FileMaker:
    """Return what makes the calendar files of each of these messages, of the sessions as they are now. One query."""
    relations = ("participant__user", "participant__edition__venue", "session__room__venue", "session__track")
    announcements = Announcement.objects.filter(message__in=[it.pk for it in messages]).exclude(method="")
    of_message: dict[int | None, list[Announcement]] = defaultdict(list)
    for row in announcements.select_related(*relations).order_by("pk"):
        of_message[row.message_id].append(row)
    return lambda message: calendar_files(of_message[message.pk])
