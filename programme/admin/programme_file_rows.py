"""What loading a programme file changes, in the words of a page: by kind of row, each field before and after."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from programme.formats import offset_label, span
from programme.models import (
    ActionPlanStep,
    ApplicationCriterion,
    CertificateLayout,
    Edition,
    FeedbackSet,
    Logo,
    Question,
    Room,
    Session,
    Track,
    Venue,
)
from programme.models.question import in_language
from programme.programme_files.plan import ProgrammePlan
from programme.programme_files.row_plans import FieldPlan, LeftAlone, RowPlan
from udtacademy.admin.history import FieldChange
from udtacademy.time_zones import zone_name

MODELS: dict[str, type[models.Model]] = {
    "edition": Edition,
    "venue": Venue,
    "room": Room,
    "logo": Logo,
    "track": Track,
    "session": Session,
    "question": Question,
    "criterion": ApplicationCriterion,
    "step": ActionPlanStep,
    "certificate": CertificateLayout,
    "feedback": FeedbackSet,
}
LABELS = {
    "edition": Edition._meta.verbose_name,  # a file has one of each
    "venue": Venue._meta.verbose_name,
    "room": Room._meta.verbose_name_plural,
    "logo": Logo._meta.verbose_name,
    "track": Track._meta.verbose_name_plural,
    "session": Session._meta.verbose_name_plural,
    "question": Question._meta.verbose_name_plural,
    "criterion": ApplicationCriterion._meta.verbose_name_plural,
    "step": ActionPlanStep._meta.verbose_name_plural,
    "certificate": CertificateLayout._meta.verbose_name,
    "feedback": FeedbackSet._meta.verbose_name,
}
LONGEST_TEXT = 240  # characters shown of a text that changes
KNOWN_BEFORE = 40  # characters shown of what two texts have in common, before they differ


@dataclass(frozen=True)
class ShownRow:
    """A row that is added (`when`: a session's time) or changed (`changes`: its fields)."""

    title: str
    when: str = ""
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class ShownKind:
    """What happens to the rows of one kind, such as the sessions. `left`: titles of those not in the file."""

    label: str
    added: list[ShownRow]
    changed: list[ShownRow]
    n_unchanged: int
    left: list[str]


def shown_kinds(plan: ProgrammePlan) -> list[ShownKind]:
    """Return the kinds of rows that the file or the edition has, the edition first."""
    rows = list(plan.rows())
    kinds = (
        shown_kind(kind, [it for it in rows if it.kind == kind], [it for it in plan.left if it.kind == kind], plan.zone)
        for kind in MODELS
    )
    return [it for it in kinds if it.added or it.changed or it.n_unchanged or it.left]


def shown_kind(kind: str, rows: Iterable[RowPlan], left: Iterable[LeftAlone], zone: dt.tzinfo) -> ShownKind:
    rows = list(rows)
    return ShownKind(
        label=str(capfirst(LABELS[kind])),
        added=[ShownRow(it.title, when=time_of(it, zone)) for it in rows if it.is_new],
        changed=[
            ShownRow(it.title, changes=tuple(shown_change(kind, change, zone) for change in it.changed))
            for it in rows
            if it.changed and not it.is_new
        ],
        n_unchanged=sum(not it.changed for it in rows),
        left=[it.title for it in left],
    )


def time_of(row: RowPlan, zone: Any) -> str:
    """Return when a session of the file is held; empty for other rows, and if the file does not say."""
    values = row.values
    if values.get("starts_at"):
        return span(values["starts_at"], values["ends_at"], zone)
    return date_format(values["held_on"], "l j F Y") if values.get("held_on") else values.get("date_hint", "")


def shown_change(kind: str, change: FieldPlan, zone: dt.tzinfo) -> FieldChange:
    field = MODELS[kind]._meta.get_field(change.name)
    before, after = (shown_value(field, value, zone) for value in (change.before, change.after))
    return FieldChange(str(getattr(field, "verbose_name", change.name)), *around_difference(before, after))


def shown_value(field: Any, value: Any, zone: dt.tzinfo) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(shown_item(it) for it in value) or _("none")
    if isinstance(value, dict):
        return (
            words_by_language(value)
            if any(isinstance(it, dict) for it in value.values())
            else in_language(value) or "–"
        )
    for kind, text in SHOWN:
        if isinstance(value, kind):
            return text(value, zone)
    return str(dict(getattr(field, "flatchoices", ())).get(value, value))


def shown_item(item: Any) -> str:
    """Return an item of a list: a number of minutes before a session, a choice of a question, a signatory, or an answer."""
    if isinstance(item, int):
        return offset_label(item)
    if isinstance(item, dict):
        return in_language(item["labels"]) if "labels" in item else " – ".join(filter(None, item.values()))
    return str(item)


def words_by_language(words: dict[str, dict[str, str]]) -> str:
    """Return the words of certificates, language by language."""
    return "; ".join(f"{language}: {', '.join(of_one.values())}" for language, of_one in words.items()) or "–"


def shown_moment(moment: dt.datetime, zone: dt.tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{date_format(local, 'D j M Y, H:i')} {zone_name(local)}"


# A datetime is a date as well.
SHOWN: tuple[tuple[type, Callable[[Any, dt.tzinfo], str]], ...] = (
    (bool, lambda value, _zone: _("yes") if value else _("no")),
    (dt.datetime, shown_moment),
    (dt.date, lambda value, _zone: date_format(value, "D j M Y")),
)


def around_difference(before: str, after: str) -> tuple[str, str]:
    """Shorten two texts to the part where they begin to differ, if one is long."""
    if max(len(before), len(after)) <= LONGEST_TEXT:
        return before, after
    n_same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    n_same = n_same or min(len(before), len(after))
    start = max(0, n_same - KNOWN_BEFORE)
    return tuple(shortened(text, start) for text in (before, after))  # type: ignore[return-value]


def shortened(text: str, start: int) -> str:
    end = start + LONGEST_TEXT
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
