"""Forms about people who missed a core session."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from attendance.queries.missing import MissingCity, MissingPerson
from udtacademy.db.fields import validate_readable
from udtacademy.http.parameters import whole_number


class ExcuseForm(forms.Form):
    """Why people are excused."""

    reason = forms.CharField(
        label=_("Why are they excused?"),
        max_length=500,
        help_text=_("Somebody may check this decision a year from now."),
        validators=[validate_readable],
        error_messages={"required": _("Enter a reason.")},
    )


class MakeUpForm(forms.Form):
    """What people did instead of the session they missed."""

    reason = forms.CharField(
        label=_("What did they do instead?"),
        max_length=500,
        help_text=_("For example: watched the recording and answered the question on 3 October."),
        validators=[validate_readable],
        error_messages={"required": _("Enter what they did instead.")},
    )


@dataclass(frozen=True)
class Chosen:
    """The people selected in a form: one by one, or all who are missing, of a city or everywhere.

    `seen`: the state of each that the form showed, if it did.
    """

    seen: dict[int, str]
    cities: frozenset[int]
    is_all: bool

    @classmethod
    def of(cls, posted: QueryDict) -> "Chosen":
        """Return what was selected. A person is "12", or "12/7-absent" with the state in which they were shown."""
        people = (it.partition("/") for it in posted.getlist("person"))
        seen = {number: state for pk, _slash, state in people if (number := whole_number(pk))}
        cities = frozenset(filter(None, map(whole_number, posted.getlist("city"))))
        return cls(seen, cities, "all" in posted)

    def __bool__(self) -> bool:
        return bool(self.seen or self.cities or self.is_all)

    def includes(self, city: MissingCity, person: MissingPerson) -> bool:
        pk = person.participant.pk
        is_by_box = self.is_all or city.delegation.pk in self.cities
        return pk in self.seen or (is_by_box and not person.is_late)
