"""The programme table as a form: one row per session and one to add, and the fields to shift several."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programme.formats import short_date
from programme.models import Session, Track
from programme.queries.draft_review import LABELS, in_words
from programme.queries.session_drafts import NEW, ProgrammeTable
from programme.rules.session_rows import (
    NAMES,
    USUAL_LENGTH,
    WHEN,
    SessionRow,
    changed_names,
    following,
    mistakes_in,
    with_end,
)
from udtacademy.db.fields import in_one_line, validate_readable

PICKED = "picked"
SHIFT, SHIFT_MET, SHIFT_ANYWAY = SHIFTS = ("shift", "shift-met", "shift-anyway")  # values of the buttons
COLUMNS = ("title", "day", "start", "end", "format", "track", "room", "status", "is_core", "is_published")
MOST_SHIFT = 100_000


class RowForm(forms.Form):
    """A row of the table. `seen`: the values that were shown, so that only what somebody typed is changed.

    A value changed meanwhile by somebody else is refused once if both changed it, and shown.
    """

    seen = forms.CharField(max_length=4000, widget=forms.HiddenInput)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)  # of the page, for the row to add
    picked = forms.BooleanField(required=False)
    title = forms.CharField(max_length=200, required=False)
    format = forms.ChoiceField(choices=Session.Format.choices)
    day = forms.DateField(required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    start = forms.TimeField(required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    end = forms.TimeField(required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    track = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    room = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    is_core = forms.BooleanField(required=False)
    status = forms.ChoiceField(choices=Session.Status.choices)
    is_published = forms.BooleanField(required=False)

    def __init__(self, table: ProgrammeTable, key: str, row: SessionRow, data: Any, *, length: dt.timedelta) -> None:
        initial = {name: getattr(row, name) for name in NAMES} | {
            "seen": json.dumps(row.as_json()),
            "token": uuid.uuid4() if key == NEW else None,
        }
        super().__init__(data, prefix=key, initial=initial, use_required_attribute=False)
        self.table, self.key, self.present, self.length = table, key, row, length
        self.is_stale = False  # somebody has changed the row since the page was opened
        for name, choices in (("track", table.tracks), ("room", table.rooms)):
            field: Any = self.fields[name]
            field.choices = [("", "–"), *((pk, it.name) for pk, it in choices.items())]
        name_of_row = row.title or _("New session")
        for name in NAMES:
            self.fields[name].label = LABELS[name]
            self.fields[name].widget.attrs["aria-label"] = f"{LABELS[name]}: {name_of_row}"
        self.fields[PICKED].widget.attrs["aria-label"] = _("Select %(title)s") % {"title": name_of_row}
        for name in WHEN if row.is_overnight else ():
            self.fields[name].disabled = True

    @property
    def is_new(self) -> bool:
        return self.key == NEW

    @property
    def cells(self) -> list[forms.BoundField]:
        return [self[name] for name in columns_of(self.table)]

    def clean_title(self) -> str:
        title = in_one_line(self.cleaned_data["title"]).strip()
        if title:
            validate_readable(title)
        return title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self.merge_with_present()
            typed = self.typed()
            self.row = typed if self.present.end and not self.is_new else with_end(typed, self.length)
            is_dropped = not self.row.title and not self.key.startswith("s")  # a session to add, without a title
            for name, text in () if is_dropped else mistakes_in(self.row).items():
                self.add_error(name, text)
        return cleaned

    def typed(self) -> SessionRow:
        values = {name: self.cleaned_data[name] for name in NAMES}
        return SessionRow(**values, is_overnight=self.present.is_overnight)

    def is_typed_into(self) -> bool:
        """Return whether a row whose session or draft is gone was changed on the page."""
        self.is_valid()
        try:
            return SessionRow().with_json(json.loads(self.data[self.add_prefix("seen")])) != self.typed()
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            return False

    def merge_with_present(self) -> None:
        """Take the present value where nobody typed another. Refuse a value that somebody else has changed meanwhile."""
        try:
            seen = SessionRow().with_json(json.loads(self.cleaned_data["seen"]))
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise forms.ValidationError(_("Reload the page, then try again.")) from None
        if self.is_new:
            return
        self.is_stale = seen != self.present
        typed, both = self.typed(), []
        for name in changed_names(seen, self.present):
            if getattr(typed, name) == getattr(seen, name):
                self.put(name, getattr(self.present, name))
            elif getattr(typed, name) != getattr(self.present, name):
                both.append(f"{LABELS[name]}: {in_words(self.table, self.present, name)}")
        self.put("seen", json.dumps(self.present.as_json()))
        if both:
            text = _(
                "Somebody else has changed this session meanwhile: %(values)s. Save again to use your values instead."
            )
            raise forms.ValidationError(text % {"values": "; ".join(both)})

    def put(self, name: str, value: Any) -> None:
        """Set a value, also for the form shown again."""
        self.cleaned_data[name] = value
        data: Any = self.data
        data[self.add_prefix(name)] = "on" if value is True else "" if value in (None, False) else str(value)


def columns_of(table: ProgrammeTable) -> list[str]:
    """Return the names of the columns: without tracks or rooms where there are none."""
    empty = {"track": not table.tracks, "room": not table.rooms}
    return [name for name in COLUMNS if not empty.get(name)]


class ShiftForm(forms.Form):
    """How far to shift which rows."""

    which = forms.ChoiceField(label=_("Shift"))
    n = forms.IntegerField(
        label=_("by"),
        min_value=-MOST_SHIFT,
        max_value=MOST_SHIFT,
        help_text=_("A minus sign moves sessions earlier."),
        error_messages={"required": _("Enter how far to shift them.")},
    )
    unit = forms.ChoiceField(label=_("unit"), choices=[("minutes", _("minutes")), ("days", _("days"))])

    def __init__(self, days: Iterable[dt.date], tracks: Mapping[int, Track], data: Any = None) -> None:
        super().__init__(data, prefix="shift", use_required_attribute=False)
        choices: list[tuple[str, Any]] = [(PICKED, _("the selected sessions"))]
        choices += [(day.isoformat(), short_date(day, "l j F")) for day in days]
        choices += [(f"track-{pk}", it.name) for pk, it in tracks.items()]
        self.fields["which"].choices = choices  # type: ignore[attr-defined]

    @property
    def by(self) -> dt.timedelta:
        return dt.timedelta(**{self.cleaned_data["unit"]: self.cleaned_data["n"]})

    def rows(self, forms_of_rows: Iterable[RowForm]) -> dict[str, SessionRow]:
        """Return the rows to shift, by key."""
        return {form.key: form.row for form in forms_of_rows if form.row.title and self.is_meant(form)}

    def is_meant(self, form: RowForm) -> bool:
        """Return whether a row is selected, or on the day or of the track to shift."""
        which, row = self.cleaned_data["which"], form.row
        if which == PICKED:
            return bool(form.cleaned_data[PICKED])
        return which in {row.day and row.day.isoformat(), f"track-{row.track}"}


class TableForm:
    """All rows of the table and the shift, bound if `data` is given. Rows that were not shown stay as they are.

    `may_add`: with a row to add.
    """

    def __init__(self, table: ProgrammeTable, data: QueryDict | None = None, *, may_add: bool = True) -> None:
        self.table, self.data = table, data.copy() if data is not None else None
        self.error = ""
        self.met: list[str] = []  # titles of sessions that a shift would meet
        rows = [row.after for row in table.rows]
        keyed: dict[str, SessionRow] = {row.key: row.after for row in table.rows}
        if may_add:
            keyed[NEW] = following(rows)
        self.rows = [
            RowForm(table, key, row, self.data if self.was_shown(key) else None, length=row.length)
            for key, row in keyed.items()
        ]
        days = dict.fromkeys(row.day for row in rows if row.day)
        self.shift = ShiftForm(days, table.tracks, self.data if self.is_shift else None)

    def was_shown(self, key: str) -> bool:
        return self.data is not None and f"{key}-seen" in self.data

    @property
    def is_shift(self) -> bool:
        return self.data is not None and self.data.get("do", "") in SHIFTS

    @property
    def labels(self) -> list[str]:
        return [str(LABELS[name]) for name in columns_of(self.table)]

    @cached_property
    def shown(self) -> list[RowForm]:
        return [form for form in self.rows if form.is_bound]

    def is_valid(self) -> bool:
        return all([*[form.is_valid() for form in self.shown], self.shift.is_valid() if self.is_shift else True])

    @property
    def lost(self) -> list[str]:
        """Return the titles of posted rows that are gone although somebody changed them on the page."""
        present = {form.key for form in self.rows}
        keys = [name.removesuffix("-seen") for name in self.data or {} if name.endswith("-seen")]
        gone = [
            RowForm(self.table, it, SessionRow(), self.data, length=USUAL_LENGTH) for it in keys if it not in present
        ]
        return [form.typed().title for form in gone if form.is_typed_into()]

    @property
    def token(self) -> uuid.UUID | None:
        """Return the token of the page that was posted."""
        return next((form.cleaned_data["token"] for form in self.shown if form.is_new), None)

    @property
    def values(self) -> dict[str, SessionRow]:
        """Return the rows as typed, by key."""
        return {form.key: form.row for form in self.shown}
