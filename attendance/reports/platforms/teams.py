"""Microsoft Teams: the list of 2020, the report of 2021–22, the report in sections since then.

Section 2 has the totals of section 3; only one of the two is read, the third where it is there.
"""

from django.utils.translation import gettext as _

from attendance.reports import labels
from attendance.reports.entries import Reading, entries_of, is_any_guessed
from attendance.reports.labels import Column
from attendance.reports.tables import Sheet, Table

PARTICIPANTS, ACTIVITIES = 2, 3
FULL_NAME = labels.words(
    "full name / nombre completo / nom complet / nome completo / vollständiger name / imię i nazwisko",
    "volledige naam / pełna nazwa",
)


def claims(sheet: Sheet) -> int:
    tables = sheet.of_people
    if any(is_list(it) or it.has(Column.UPN) or it.section in {PARTICIPANTS, ACTIVITIES} for it in tables):
        return 4
    return 2 if any(is_report(it) for it in tables) else 0


def is_list(table: Table) -> bool:
    return table.has(Column.ACTION, Column.TIMESTAMP)


def is_report(table: Table) -> bool:
    is_whole = table.has(Column.JOIN, Column.LEAVE, Column.DURATION)
    return is_whole and labels.fold(table.label(Column.NAME)) in FULL_NAME


def read(sheet: Sheet) -> Reading:
    lists = [it for it in sheet.of_people if is_list(it)]
    if lists:
        return Reading("list", entries_of(lists), is_guessed=is_any_guessed(lists))
    tables = [it for it in sheet.of_people if it.has(Column.JOIN)]
    activities = [it for it in tables if it.section == ACTIVITIES and it.lines]
    totals = [it for it in tables if it.section == PARTICIPANTS]
    if activities or not totals:
        layout = "sections" if activities else "report"
        chosen = activities or tables
        return Reading(layout, entries_of(chosen), is_guessed=is_any_guessed(chosen))
    return Reading(
        "sections",
        entries_of(totals, is_total=True),
        warnings=[_("The file lacks its third section: only first and last times are known, and totals.")],
        is_guessed=is_any_guessed(totals),
    )
