"""Turn the bytes of a file into a `ParsedReport`, or raise a `ReportError` with a message for the organiser."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.meeting_reports.reading import (
    counts,
    guessing,
    hosts,
    labels,
    limits,
    refusals,
    tables,
)
from attendance.meeting_reports.reading.clocks import clock_of
from attendance.meeting_reports.reading.entries import RawEntry, Reading
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.platforms import all_platforms, prepared
from attendance.meeting_reports.reading.report import Doubt, Hints, ParsedReport, ReportError
from attendance.meeting_reports.reading.report_rows import RowBuilder
from attendance.meeting_reports.reading.tables import ReportSheet
from udtacademy.tables.decoding import Decoded, decode
from udtacademy.tables.errors import TableError

MOST_NAMED = 10
MEANINGS = {
    Column.NAME: gettext_lazy("name"),
    Column.FIRST_NAME: gettext_lazy("first name"),
    Column.LAST_NAME: gettext_lazy("last name"),
    Column.EMAIL: gettext_lazy("email address"),
    Column.JOIN: gettext_lazy("join time"),
    Column.LEAVE: gettext_lazy("leave time"),
    Column.DURATION: gettext_lazy("duration"),
    Column.ACTION: gettext_lazy("action"),
    Column.TIMESTAMP: gettext_lazy("time of the action"),
    Column.ROLE: gettext_lazy("role"),
    Column.ATTENDED: gettext_lazy("attended or not"),
}


def decoded_of(content: bytes, name: str, hints: Hints) -> Decoded:
    """Return the rows of a file. Raises ReportError when it is not a table."""
    try:
        return decode(content, name=name, n_heads=labels.n_heads, encoding=hints.encoding)
    except TableError as error:
        raise ReportError(str(error), code=error.code) from error


def read(content: bytes, *, hints: Hints, name: str = "") -> ParsedReport:
    """Read the attendance file of any platform we know.

    `name` is the file's, to tell a workbook from a file that was renamed. Raises ReportError for any other file.
    """
    decoded = decoded_of(content, name, hints)
    sheet = prepared(tables.sheet_of(decoded.rows))
    refusals.refuse(sheet)
    sheet = guessing.with_guesses(sheet)
    platform, reading = reading_of(sheet)
    if not reading.entries:
        raise ReportError(no_people_in(sheet), code="no_people")
    entries, sole_role = hosts.with_sole_role(reading.entries)
    reading = replace(reading, entries=entries)
    check_number_of_people(entries)
    clock = clock_of(sheet, reading, hints)
    builder = RowBuilder(clock, reading)
    rows, warnings = builder.all()
    warnings += [*encoding_warnings(decoded), *column_warnings(sheet, reading, sole_role)]
    has_guesses = builder.unknown_actions or reading.is_guessed or guessed_columns(sheet) or sole_role
    return ParsedReport(
        platform=platform,
        layout=reading.layout,
        zone=str(hints.zone),
        named_zone=clock.named_zone(reading),
        encoding=decoded.encoding,
        date_order=clock.order,
        rows=rows,
        meta=sheet.meta,
        warnings=[*reading.warnings, *clock.warnings, *warnings, *counts.differences(sheet, rows)],
        doubts=clock.doubts | doubts_of(decoded, has_guesses=bool(has_guesses)),
    )


def check_number_of_people(entries: Iterable[RawEntry]) -> None:
    """Raise ReportError when the file lists more people than a report may."""
    if len({(it.name, it.email.casefold()) for it in entries}) > limits.MOST_PEOPLE:
        raise limits.too_many_people()


def doubts_of(decoded: Decoded, *, has_guesses: bool) -> set[Doubt]:
    """Return what an organiser has to confirm about the file's letters and columns."""
    doubts = {Doubt.ENCODING: not decoded.is_sure, Doubt.LABELS: has_guesses}
    return {doubt for doubt, holds in doubts.items() if holds}


def encoding_warnings(decoded: Decoded) -> list[str]:
    """Return a sentence about the file's encoding where it was guessed."""
    if decoded.is_sure:
        return []
    return [
        _("The file does not say how its letters are encoded. It was read as %(encoding)s, which fits best.")
        % {"encoding": decoded.encoding}
    ]


def column_warnings(sheet: ReportSheet, reading: Reading, sole_role: str) -> list[str]:
    """Return sentences about the columns that were guessed or left out, and about the role taken for the host's."""
    warnings = []
    if guesses := guessed_columns(sheet):
        warnings.append(
            _("The meaning of some columns was guessed from their content: %(columns)s.")
            % {"columns": ", ".join(f"“{label}” = {meaning_of(column)}" for label, column in guesses[:MOST_NAMED])}
        )
    if sole_role:
        warnings.append(
            _("Only one person has the role “%(role)s”, so this person was taken to be the host.") % {"role": sole_role}
        )
    if unused := [it for it in guessing.unused_labels(sheet) if it not in reading.used_labels]:
        warnings.append(
            _("Columns with unknown labels were left out: %(columns)s.")
            % {"columns": ", ".join(f"“{it}”" for it in unused[:MOST_NAMED])}
        )
    return warnings


def guessed_columns(sheet: ReportSheet) -> list[tuple[str, Column]]:
    """Return each label whose meaning was guessed, once, with that meaning."""
    columns: dict[tuple[str, Column], None] = {}
    for table in sheet.of_people:
        for column, index in table.guessed.items():
            label = table.head.cell(index) or _("column %(n)s") % {"n": index + 1}
            columns[label, column] = None
    return list(columns)


def meaning_of(column: Column) -> str:
    """Return the word for a column."""
    return str(MEANINGS.get(column, column.replace("_", " ")))


def no_people_in(sheet: ReportSheet) -> str:
    """Return why a file has no people: its tables are empty, or their lines have neither names nor addresses."""
    n_lines = sum(len(it.rows) for it in sheet.of_people)
    if not n_lines:
        return _(
            "The file lists nobody: it contains only column headings. Nobody becomes absent. Download the report again."
        )
    text = ngettext(
        "The file has a table with %(n)s line, but no name and no email address. Its columns are: %(labels)s.",
        "The file has tables with %(n)s lines, but no names and no email addresses. Their columns are: %(labels)s.",
        n_lines,
    )
    column_labels = [label for table in sheet.of_people for label in table.head.cells if label]
    return text % {"n": n_lines, "labels": ", ".join(f"“{it}”" for it in dict.fromkeys(column_labels))}


def reading_of(sheet: ReportSheet) -> tuple[str, Reading]:
    """Return the platform's name and its reading. Raises ReportError when no platform claims the file."""
    candidates = [(it.claims(sheet), it) for it in all_platforms()]
    strength, module = max(candidates, key=lambda it: it[0])
    if not strength:
        if any(it.columns for it in sheet.tables):
            raise ReportError(
                _(
                    "This is not an attendance report: it needs columns with names, and with times or minutes. Download the "
                    "attendance report as CSV and upload it again."
                ),
                code="columns_missing",
            )
        raise ReportError(
            _(
                "This is not an attendance report from Zoom, Teams, Meet, Webex, GoTo or BigBlueButton. Download the report "
                "as CSV, or make a list with the columns “Name”, “Email”, “Join” and “Leave”, and upload it again."
            ),
            code="not_a_report",
        )
    return module.__name__.rpartition(".")[2], module.read(sheet)
