"""A file, or text pasted from a spreadsheet, becomes the rows of a list."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from programme.errors import ProgrammeError
from programme.imports.labels import Column, column_of, columns_of, fold, is_word_of
from programme.rules.questions import PREFIX
from udtacademy.tables.decoding import Decoded, TableRow, decode
from udtacademy.tables.errors import TableError

FIRST_ROWS = 30  # the labels are in one of them; above may be a title
FEWEST_KNOWN = 2  # known labels that make a row the head
DASHES = "-–—"
ERRORS = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!)")
FORMULA = re.compile(r"[=+@＝＋－＠-]")  # what spreadsheets run, at the start of a cell
MAY_START_SO = frozenset({Column.DOMAINS, Column.EMAIL, Column.COORDINATOR_EMAIL})  # with + or @: only = is a formula
LABELS = {
    Column.CITY: gettext_lazy("City"),
    Column.COUNTRY: gettext_lazy("Country"),
    Column.NAME: gettext_lazy("Name"),
    Column.EMAIL: gettext_lazy("Email"),
    Column.JOB_TITLE: gettext_lazy("Job title"),
    Column.QUOTA: gettext_lazy("Quota"),
    Column.COORDINATOR: gettext_lazy("Coordinator"),
    Column.COORDINATOR_EMAIL: gettext_lazy("Coordinator email"),
    Column.DOMAINS: gettext_lazy("Email domains"),
}


@dataclass(frozen=True)
class ListKind:
    """A kind of list. `instead`: see `columns_of`. `required`: columns it cannot do without.

    `answers`: columns with answers to questions of the edition, by PREFIX and the question's key, each with its label.
    """

    name: str
    columns: tuple[str, ...]
    required: tuple[Column, ...]
    most_rows: int
    instead: tuple[tuple[Column, Column], ...]
    answers: tuple[tuple[str, str], ...] = ()

    def with_answers(self, answers: Iterable[tuple[str, str]]) -> "ListKind":
        """Return the kind with columns for questions, given by name and label."""
        answers = tuple((name, self.heading_of(label)) for name, label in answers)
        return replace(self, columns=(*self.columns, *(name for name, _label in answers)), answers=answers)

    @property
    def own_columns(self) -> set[Column]:
        """Return the columns that it understands without questions."""
        parts = {Column.FIRST_NAME, Column.LAST_NAME} if Column.NAME in self.columns else set()
        return {it for it in Column if it in self.columns} | parts | {column for column, _meant in self.instead}

    def heading_of(self, question: str) -> str:
        """Return the label of a question's column: a word for a column of the list itself needs another."""
        return (
            _("Question: %(question)s") % {"question": question} if is_word_of(question, self.own_columns) else question
        )

    def label_of(self, column: str) -> Any:
        return dict(self.answers).get(column) or LABELS[Column(column)]

    def answer_columns(self, labels: Sequence[str]) -> dict[str, int]:
        """Return the index of each column with answers: its label is the question, or the question's key.

        A word for a column of the list itself means that column, also if a question is worded or keyed so.
        """
        known: dict[str, str] = {}
        for name, label in self.answers:
            known.setdefault(fold(label), name)
            key = name.removeprefix(PREFIX)
            if not is_word_of(key, self.own_columns):
                known.setdefault(fold(key), name)
        columns: dict[str, int] = {}
        for index, label in enumerate(labels):
            if label and (column := known.get(fold(label))):
                columns.setdefault(column, index)
        return columns


PEOPLE = ListKind(
    "people",
    (Column.CITY, Column.COUNTRY, Column.NAME, Column.EMAIL, Column.JOB_TITLE),
    (Column.CITY, Column.EMAIL),
    5000,
    ((Column.COORDINATOR_EMAIL, Column.EMAIL), (Column.COORDINATOR, Column.NAME)),
)
CITIES = ListKind(
    "cities",
    (
        *(Column.CITY, Column.COUNTRY, Column.QUOTA),
        *(Column.COORDINATOR, Column.COORDINATOR_EMAIL, Column.DOMAINS),
    ),
    (Column.CITY,),
    1000,
    ((Column.NAME, Column.CITY), (Column.NAME, Column.COORDINATOR), (Column.EMAIL, Column.COORDINATOR_EMAIL)),
)


@dataclass(frozen=True)
class ListRow:
    """A row of a list. `number`: its line in the file, from 1."""

    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def problem(self) -> str:
        """Return what is wrong with its cells as such, as a sentence; empty if nothing is."""
        for column, text in self.cells.items():
            is_answer = column.startswith(PREFIX)
            label = column.removeprefix(PREFIX) if is_answer else LABELS[Column(column)]
            values = {"column": label, "text": text[:60]}
            if ERRORS.match(text):
                return _("%(column)s: the cell shows the error %(text)s. Correct it in the spreadsheet.") % values
            if text.startswith("=") or (not (is_answer or column in MAY_START_SO) and FORMULA.match(text)):
                return _("%(column)s: “%(text)s” is a formula. Enter plain text.") % values
        return ""


@dataclass(frozen=True)
class ReadList:
    """What was read. `unused`: labels of columns that are not known; `encoding`: of the file, if it had to be guessed."""

    rows: Sequence[ListRow]
    unused: Sequence[str] = ()
    encoding: str = ""


def read_list(content: bytes, *, name: str, kind: ListKind) -> ReadList:
    """Read a file or the bytes of a pasted text. Raises ProgrammeError for one that is not such a list, or too long."""
    try:
        decoded = decode(content, name=name, n_heads=n_heads)
    except TableError as error:
        raise ProgrammeError(str(error), code=error.code) from error
    return rows_in(decoded, kind)


def rows_in(decoded: Decoded, kind: ListKind) -> ReadList:
    filled = [row for row in decoded.rows if not row.is_empty]
    head = max(filled[:FIRST_ROWS], key=lambda row: n_heads(row.cells), default=None)
    if head is None:
        raise ProgrammeError(_("The list is empty."), code="list_empty")
    answers = kind.answer_columns(head.cells)
    others = ["" if index in answers.values() else label for index, label in enumerate(head.cells)]
    columns: dict[str, int] = {str(it): index for it, index in columns_of(others, kind.instead).items()} | answers
    check_columns(columns, kind)
    below = filled[filled.index(head) + 1 :]
    if not below:
        raise ProgrammeError(_("The list has no rows below the names of the columns."), code="list_empty")
    if len(below) > kind.most_rows:
        text = ngettext(
            "The list has %(n)s row. At most %(most)s can be imported at once: split it.",
            "The list has %(n)s rows. At most %(most)s can be imported at once: split it.",
            len(below),
        )
        raise ProgrammeError(text % {"n": f"{len(below):,}", "most": f"{kind.most_rows:,}"}, code="too_many_rows")
    parts = {Column.FIRST_NAME, Column.LAST_NAME} if Column.NAME in kind.columns else set()
    used = {index for column, index in columns.items() if column in parts or column in kind.columns}
    return ReadList(
        [ListRow(row.number, cells_of(row, columns, kind)) for row in below],
        [label for index, label in enumerate(head.cells) if label and index not in used],
        "" if decoded.is_sure else decoded.encoding,
    )


def check_columns(columns: Mapping[str, int], kind: ListKind) -> None:
    """Raise ProgrammeError if a column is missing, or the row of labels."""
    missing = [column for column in kind.required if column not in columns]
    if not missing:
        return
    every = ", ".join(str(kind.label_of(it)) for it in kind.columns)
    if not columns:
        raise ProgrammeError(
            _("The first row must name the columns: %(columns)s.") % {"columns": every}, code="columns_missing"
        )
    names = ", ".join(str(kind.label_of(it)) for it in missing)
    text = _("These columns are missing: %(missing)s. The first row must name the columns: %(columns)s.")
    raise ProgrammeError(text % {"missing": names, "columns": every}, code="columns_missing")


def cells_of(row: TableRow, columns: Mapping[str, int], kind: ListKind) -> dict[str, str]:
    """Return the filled cells of a row, answers with their line ends; a dash is how people leave one empty."""
    texts = {
        column: row.cell(index).strip() if column.startswith(PREFIX) else " ".join(row.cell(index).split())
        for column, index in columns.items()
    }
    texts = {column: text for column, text in texts.items() if text.strip(DASHES)}
    if name := whole_name(texts):
        texts[Column.NAME] = name
    return {column: texts[column] for column in kind.columns if column in texts}


def whole_name(texts: Mapping[str, str]) -> str:
    """Return a person's name, whose parts may be in two columns; one of them is often just called "name"."""
    first, whole, last = (texts.get(it, "") for it in (Column.FIRST_NAME, Column.NAME, Column.LAST_NAME))
    if first and last:
        return whole or f"{first} {last}"
    return " ".join(filter(None, (first, whole, last)))


def n_heads(cells: Sequence[str]) -> int:
    """Return how many cells are known labels; 0 if they are too few to make the row a head."""
    n_known = sum(column_of(cell) is not None for cell in cells)
    return n_known if n_known >= FEWEST_KNOWN else 0


def packed(rows: Sequence[ListRow], kind: ListKind) -> list[list[Any]]:
    """Return rows in a form that JSON can hold."""
    return [[row.number, *(row.text(column) for column in kind.columns)] for row in rows]


def unpacked(rows: Sequence[Sequence[Any]], kind: ListKind) -> list[ListRow]:
    """Return the rows of `packed`."""
    return [
        ListRow(number, {column: text for column, text in zip(kind.columns, texts, strict=True) if text})
        for number, *texts in rows
    ]


def as_text(rows: Sequence[ListRow], kind: ListKind) -> str:
    """Return rows as text that can be pasted again: with the names of the columns, separated by tabs."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(str(kind.label_of(column)) for column in kind.columns)
    writer.writerows([row.text(column) for column in kind.columns] for row in rows)
    return text.getvalue()
