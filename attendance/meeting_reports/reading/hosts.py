"""Who ran a meeting: by the section they are listed in, or by a role that nobody else has."""

import re
from collections.abc import Sequence
from dataclasses import replace

from attendance.meeting_reports.reading import cell_words, labels
from attendance.meeting_reports.reading.entries import RawEntry
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import Flag
from attendance.meeting_reports.reading.tables import Table

FEWEST_FOR_A_ROLE = 3  # people, before a role that only one person has means anything
OF_HOSTS = re.compile(
    r"\b(host|hosts|panelist|panellist|anfitri|amfitri|hote\b|gastgeb|ospitant|gospodarz|hostitel|vard\b|gastheer|ponent"
    r"|palestrant|relator|podium|diskussionsteiln|prelegent|intervenant|konferans|organi[sz]|panelis)"
)
OF_ATTENDEES = re.compile(
    r"\b(attendee|attended|asistent|assistent|participant|teilnehm|partecipant|uczestni|deelnem|ucastni|deltag|uchastni)"
)


def with_hosts(tables: Sequence[Table]) -> list[Table]:
    """Mark the sections of those who ran the meeting: by their titles, else those before the attendees' section of a
    webinar.

    The attendees' section is the last with what people registered with, or else the last that says who attended.
    """
    titled = [it for it in tables if it.lists_people and it.title and it.section is None]
    registered = [it for it in titled if it.columns.keys() & {Column.REGISTERED, Column.LAST_NAME, Column.FIRST_NAME}]
    attended = registered or [it for it in titled if it.has(Column.ATTENDED)]
    last = attended[-1].head.number if attended else 0
    numbers = {it.head.number for it in titled}
    return [replace(it, is_of_hosts=is_of_hosts(it, last)) if it.head.number in numbers else it for it in tables]


def is_of_hosts(table: Table, attendees: int) -> bool:
    """Return whether a section lists hosts. `attendees`: the line of the attendees' section."""
    title = labels.fold(table.title)
    if OF_HOSTS.search(title) or OF_ATTENDEES.search(title):
        return not OF_ATTENDEES.search(title)
    return table.head.number < attendees


def with_sole_role(entries: Sequence[RawEntry]) -> tuple[list[RawEntry], str]:
    """Mark the first person as host where roles are in an unknown language and nobody else has theirs.

    Return the entries, and that role; "" if none was used. An organiser has to confirm it.
    """
    people_by_role: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        people_by_role.setdefault(entry.role, set()).add((entry.name, entry.email.casefold()))
    roles = [it for it in people_by_role if it]
    n_people = len(set().union(*people_by_role.values()))
    is_unknown = len(roles) > 1 and not any(map(cell_words.is_known_role, roles))
    first = entries[0].role if entries else ""
    is_sole = first and len(people_by_role[first]) == 1 and n_people >= FEWEST_FOR_A_ROLE
    if not (is_unknown and is_sole and all(len(people_by_role[it]) > 1 for it in roles if it != first)):
        return list(entries), ""
    return [replace(it, flags=it.flags | {Flag.HOST}) if it.role == first else it for it in entries], first
