"""Form fields for local dates and times of an edition, including times that come twice."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.models import Edition
from programme.rules.local_times import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT, instants_of
from udtacademy.time_zones import zone_name

FIRST, SECOND = "0", "1"  # as `fold` counts them
OUT_OF_RANGE = _("Enter a date between 2000 and 2099.")


def in_range(day: dt.date) -> dt.date:
    """Return a day that programme files can hold. Raises ValidationError for another."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(OUT_OF_RANGE, code="day_out_of_range")
    return day


def is_in_range(local: dt.datetime, zone: ZoneInfo) -> bool:
    """Return whether programme files can hold a local time."""
    is_day = FIRST_DAY <= local.date() <= LAST_DAY
    return is_day and all(FIRST_MOMENT <= it < LAST_MOMENT for it in instants_of(local, zone))


class LocalDateTimeWidget(forms.MultiWidget):
    """Inputs for a date and a time, and a choice between two such times if there are two."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            [
                forms.DateInput(
                    format="%Y-%m-%d", attrs={"type": "date", "aria-label": _("%(label)s: date") % {"label": label}}
                ),
                forms.TimeInput(
                    format="%H:%M", attrs={"type": "time", "aria-label": _("%(label)s: time") % {"label": label}}
                ),
                forms.RadioSelect(attrs={"class": "academy-time-choice"}),
            ]
        )

    def decompress(self, value: dt.datetime | None) -> list[Any]:
        return [value.date(), value.time(), str(value.fold)] if value else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if not self.widgets[-1].choices:  # type: ignore[attr-defined]
            context["widget"]["subwidgets"].pop()
        return context


class WhichField(forms.ChoiceField):
    """A choice between two times, shown only if there are two; no answer means no change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data) and super().has_changed(initial, data)


class LocalDateTimeField(forms.MultiValueField):
    """A naive local date and time. Forms turn it into an instant with `read_local_times`."""

    widget: LocalDateTimeWidget

    def __init__(self, *, label: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(
            (
                forms.DateField(required=required),
                forms.TimeField(required=required),
                WhichField(choices=[(FIRST, FIRST), (SECOND, SECOND)], required=False),
            ),
            label=label,
            required=required,
            require_all_fields=False,
            widget=LocalDateTimeWidget(label),
            error_messages={"incomplete": _("Enter a date and a time.")},
            **kwargs,
        )

    def compress(self, data_list: list[Any] | None) -> dt.datetime | None:
        parts: list[Any] = data_list or [None, None, None]
        date, time, which = parts
        if date in self.empty_values and time in self.empty_values:
            return None
        if date in self.empty_values:
            raise forms.ValidationError(_("Enter a date."), code="invalid_date")
        if time in self.empty_values:
            raise forms.ValidationError(_("Enter a time."), code="invalid_time")
        return dt.datetime.combine(date, time).replace(fold=int(which or FIRST))

    def offer(self, local: dt.datetime, zone: ZoneInfo) -> None:
        """Offer a choice if the local time comes twice in the zone."""
        instants = instants_of(local, zone)
        if len(instants) > 1:
            first, second = ({"time": f"{local:%H:%M}", "zone": zone_name(it.astimezone(zone))} for it in instants)
            self.widget.widgets[-1].choices = [  # type: ignore[attr-defined]
                (FIRST, _("%(time)s %(zone)s, before the clocks go back") % first),
                (SECOND, _("%(time)s %(zone)s, after the clocks go back") % second),
            ]


def as_local(instant: dt.datetime | None, edition: Edition) -> dt.datetime | None:
    """Return the naive local time in the edition's zone; `fold` marks the second of two."""
    return instant and instant.astimezone(edition.zone).replace(tzinfo=None)


def show_local_times(form: forms.BaseForm, names: Iterable[str], times: Any, edition: Edition) -> None:
    """Set the form's initial values from the instants of `times` with these names."""
    for name in names:
        local = as_local(getattr(times, name), edition)
        form.initial[name] = local
        if local and not form.is_bound:
            field_of(form, name).offer(local, edition.zone)


def read_local_times(form: forms.BaseForm, names: Iterable[str], times: Any, edition: Edition | None) -> None:
    """Replace the form's local times with instants (UTC), or None with an error.

    A time that comes twice stays the instant in `times` if unchanged; otherwise the form asks which one is meant.
    """
    for name in names:
        if form.cleaned_data.get(name):
            form.cleaned_data[name] = edition and read_local_time(form, name, getattr(times, name), edition)


def read_local_time(
    form: forms.BaseForm, name: str, before: dt.datetime | None, edition: Edition
) -> dt.datetime | None:
    local: dt.datetime = form.cleaned_data[name]
    if not is_in_range(local, edition.zone):
        form.add_error(name, OUT_OF_RANGE)
        return None
    instants = instants_of(local, edition.zone)
    if not instants:
        no_such_time = _(
            "This time does not exist in %(place)s on that day, because the clocks go forward. Enter another time."
        )
        form.add_error(name, no_such_time % {"place": edition.place_of_zone})
        return None
    field_of(form, name).offer(local, edition.zone)
    is_chosen = bool(form[name].data[-1])
    if len(instants) > 1 and not is_chosen and before not in instants:
        twice = _(
            "%(time)s comes twice in %(place)s on that day, because the clocks go back. Choose which one you mean."
        )
        form.add_error(name, twice % {"place": edition.place_of_zone, "time": f"{local:%H:%M}"})
        return None
    return before if before in instants and not is_chosen else instants[-1 if local.fold else 0]


def field_of(form: forms.BaseForm, name: str) -> LocalDateTimeField:
    field = form.fields[name]
    if not isinstance(field, LocalDateTimeField):
        raise TypeError(f"{name} is not a LocalDateTimeField")
    return field
