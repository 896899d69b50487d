from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.formats import local_time
from programme.models import Session
from udtacademy.db.fields import validate_readable


class SessionChoiceField(forms.ModelChoiceField[Session]):
    def label_from_instance(self, obj: Session) -> str:
        """ "Thu 6 Nov 2025, 11:30 CET, Governance: Co-designing … (12 of 30)"; `obj` is annotated with its seats."""
        n, capacity = obj.n_held, obj.n_seats
        seats = [str(n) if capacity is None else _("%(n)s of %(all)s") % {"n": n, "all": capacity}]
        if obj.n_waiting:
            seats.append(ngettext("%(n)s waiting", "%(n)s waiting", obj.n_waiting) % {"n": obj.n_waiting})
        return f"{local_time(obj)}, {obj.track}: {obj.title} ({', '.join(seats)})"


class OverbookForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3, "cols": 60}),
        help_text=_("Required to exceed the capacity. It is stored with the seat; the participant does not see it."),
        validators=[validate_readable],
    )


class SeatForm(OverbookForm):
    """A choice among the given sessions: parallel, published and not over."""

    session = SessionChoiceField(label=_("Session"), queryset=Session.objects.none())
    field_order = ("session", "reason")

    def __init__(self, *args: Any, offered: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats_to_give = Session.objects.parallel().published().filter(pk__in=offered, ends_at__gt=timezone.now())
        sessions = seats_to_give.with_seats().with_place()
        self.fields["session"].queryset = sessions.in_programme_order()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.fields["session"].queryset.exists():  # type: ignore[attr-defined]
            self.add_error(
                None, _("There is no session to choose. Select people of one edition, or seats at one time.")
            )
        return cleaned
