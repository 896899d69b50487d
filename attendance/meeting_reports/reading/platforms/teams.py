"""Microsoft Teams: the list of 2020 and of live events, the report of 2021–22, and the report in sections since then.

Section 2 has one line for each person, with totals; section 3 has one for each time they came. Section 3 is read, and
section 2 for people who are missing from it. Nobody is read from both.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.meeting_reports.reading import labels, registration, sections, tables
from attendance.meeting_reports.reading.entries import RawEntry, Reading, entry_of, is_any_guessed
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import Flag
from attendance.meeting_reports.reading.tables import ReportSheet, Table

PARTICIPANTS, ACTIVITIES = 2, 3
FULL_NAME = labels.folded_words(
    "full name / nombre completo / nom complet / nome completo / vollständiger name / imię i nazwisko",
    "volledige naam / pełna nazwa",
)
SESSION_ID = labels.folded_words(
    "session id / id de sesión / id de session / sitzungs-id / id sessione / id da sessão / sessie-id / id sesji"
)
FIRST = re.compile(
    r"\b(first|prime|premi|erst|prim[ao]|pierwsz|eerste|prvn|forst|ensi|elso|prot[ioe]|ilk\b|prv|pirm|esim|perv)"
)
NOTHING = {"", "-", "--", "0"}


def claims(sheet: ReportSheet) -> int:
    """Return 4 for a list, a report in sections or a column of UPNs, 2 for a report of 2021–22."""
    people_tables = sheet.of_people
    if any(is_list(it) or it.has(Column.UPN) or it.section in {PARTICIPANTS, ACTIVITIES} for it in people_tables):
        return 4
    return 2 if any(is_report(it) for it in people_tables) else 0


def is_list(table: Table) -> bool:
    """Return whether a table lists what people did and when."""
    return table.has(Column.ACTION, Column.TIMESTAMP)


def is_report(table: Table) -> bool:
    """Return whether a table is a report of 2021–22."""
    is_whole = table.has(Column.JOIN, Column.LEAVE, Column.DURATION)
    return is_whole and labels.fold(table.label(Column.NAME)) in FULL_NAME


def has_totals(table: Table) -> bool:
    """Return whether the times of a table are the first and the last of each person."""
    return table.section == PARTICIPANTS or bool(FIRST.search(labels.fold(table.label(Column.JOIN))))


def read(sheet: ReportSheet) -> Reading:
    """Return the people of a list, or of the sections together."""
    lists = [it for it in sheet.of_people if is_list(it)]
    if lists:
        return reading_of("list", lists, [it for table in lists for it in entries_in(table)])
    timed = [it for it in sheet.of_people if it.has(Column.JOIN)]
    summaries = [it for it in timed if has_totals(it)]
    totals = [it for table in summaries for it in entries_in(table, is_total=True)]
    activities = [it for table in timed if table not in summaries for it in entries_in(table)]
    layout = "sections" if summaries or any(it.section for it in timed) else "report"
    if not totals or not activities:
        warnings = [third_section_missing(sheet)] if totals else []
        return reading_of(layout, timed, totals or activities, warnings)
    union = sections.united(totals, activities)
    return reading_of(layout, timed, union.entries, differences(union))


def reading_of(layout: str, used: Sequence[Table], entries: list[RawEntry], warnings: Sequence[str] = ()) -> Reading:
    """Return a reading in which people who came without an address have the one they registered with."""
    entries = [replace(it, email=it.second_email, second_email="") if not it.email else it for it in entries]
    registered = [(it, registration.columns_of(it)) for it in used]
    return Reading(
        layout,
        entries,
        warnings=list(warnings),
        is_guessed=is_any_guessed(used) or any(it.is_guessed for _table, it in registered),
        used_labels=frozenset(table.head.cell(n) for table, it in registered for n in (*it.names, it.email)),
    )


def entries_in(table: Table, *, is_total: bool = False) -> list[RawEntry]:
    """Return the lines that name somebody. What they registered with is the second name and address."""
    registered = registration.columns_of(table)
    session_column = next((n for n, label in enumerate(table.head.cells) if labels.fold(label) in SESSION_ID), None)
    entries = []
    for line in table.rows:
        entry = entry_of(table, line, is_total=is_total)
        name, email = registered.name(line), registered.email_of(line)
        own_email = "" if registered.own_email is None else line.cell(registered.own_email)
        is_absent = bool(name or email) and {entry.joined, entry.left, entry.duration} <= NOTHING
        shown = "" if entry.name in NOTHING else entry.name
        entry = replace(
            entry,
            name=shown or name,
            second_name=name if labels.fold(name) != labels.fold(shown) and shown else "",
            email=own_email,
            second_email=email if email.casefold() != own_email.casefold() else "",
            account=table.get(line, Column.UPN),
            connection=line.cell(session_column),
            flags=entry.flags | ({Flag.ABSENT} if is_absent else set()),
        )
        if entry.name or entry.email or entry.second_email:
            entries.append(entry)
    return entries


def third_section_missing(sheet: ReportSheet) -> str:
    """Return a sentence about a missing or unreadable third section."""
    if any(tables.section_number(it.cells[0]) == ACTIVITIES for it in sheet.outside):
        return _("Section 3 of the file could not be read. Only first join, last leave and total time are known.")
    return _("Section 3 of the file is missing. Only first join, last leave and total time are known.")


def differences(union: sections.SectionUnion) -> list[str]:
    """Return a sentence for each way in which the two sections differ."""
    sentences = []
    if union.n_only_totals:
        text = ngettext(
            "%(n)s of %(all)s people in section 2 is missing from section 3. This person was read from section 2, with first "
            "join, last leave and total time.",
            "%(n)s of %(all)s people in section 2 are missing from section 3. They were read from section 2, with first join, "
            "last leave and total time.",
            union.n_only_totals,
        )
        sentences.append(text % {"n": union.n_only_totals, "all": union.n_totals})
    if union.n_only_activities:
        text = ngettext(
            "%(n)s person in section 3 is missing from section 2.",
            "%(n)s people in section 3 are missing from section 2.",
            union.n_only_activities,
        )
        sentences.append(text % {"n": union.n_only_activities})
    if union.alike:
        text = _("Section 3 does not distinguish people with the same name. They were read from section 2: %(names)s")
        sentences.append(text % {"names": ", ".join(union.alike[:5])})
    return sentences
