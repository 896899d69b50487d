"""Forms of the board: decisions, retractions, the actual times of a session."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import ActualTime, Certificate, Decision
from attendance.models.actual_time import held_at
from programme.forms.local_times import LocalDateTimeField, read_local_times, show_local_times
from programme.models import Session
from udtacademy.db.fields import validate_readable
from udtacademy.http.parameters import whole_number


class DecisionForm(forms.Form):
    """An organiser's decision and its reason."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=Decision.Outcome.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Somebody may check this decision a year from now."),
        validators=[validate_readable],
        error_messages={"required": _("Enter a reason.")},
    )
    revokes = forms.CharField(
        label=_("Also revoke these certificates. Their holders are sent the reason above, and keep seeing it."),
        required=False,
        widget=forms.HiddenInput,
    )

    def clean_revokes(self) -> frozenset[int]:
        """Return the primary keys of the certificates that may be revoked."""
        numbers = (whole_number(it) for it in self.cleaned_data["revokes"].split(","))
        return frozenset(it for it in numbers if it is not None)

    def offer_revoking(self, certificates: Iterable[Certificate]) -> None:
        """Offer to revoke the certificates that stand in the way of the decision, with those agreed to before. The tick is new."""
        keys = self.cleaned_data["revokes"] | {it.pk for it in certificates}
        value = ",".join(str(it) for it in sorted(keys))
        self.fields["revokes"].widget = forms.CheckboxInput({"value": value}, check_test=lambda _value: False)


class RetractionForm(forms.Form):
    """Why a piece of evidence is retracted."""

    reason = forms.CharField(label=_("Reason for the retraction"), max_length=300, validators=[validate_readable])


TIME_FIELDS = ("starts_at", "ends_at")


class ActualTimeForm(forms.Form):
    """The actual start and end of a session, in the edition's zone."""

    starts_at = LocalDateTimeField(label=_("Actual start"), help_text=_("In the edition’s local time."))
    ends_at = LocalDateTimeField(label=_("Actual end"), help_text=_("In the edition’s local time."))
    reason = forms.CharField(label=_("Reason"), max_length=300, validators=[validate_readable])

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        super().__init__(*args, **kwargs)
        self.times = held_at(session)
        show_local_times(self, TIME_FIELDS, self.times, session.edition)
        self.initial["reason"] = self.times.reason if isinstance(self.times, ActualTime) else ""

    def clean(self) -> dict[str, Any]:
        """Check that the times are near the plan: a mistyped day would make everybody absent."""
        cleaned = super().clean() or self.cleaned_data
        read_local_times(self, TIME_FIELDS, self.times, self.session.edition)
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if self.session.starts_at and self.session.starts_at > timezone.now():
            self.add_error(None, _("The session has not started yet. Change its planned time instead."))
        elif starts and ends and ends <= starts:
            self.add_error("ends_at", _("The actual end must be after the actual start."))
        elif starts and ends and self.session.starts_at and abs(starts - self.session.starts_at) > FARTHEST:
            self.add_error(
                "starts_at", _("This is more than 12 hours from the planned start. Change the planned time instead.")
            )
        elif starts and ends and ends - starts > FARTHEST:
            self.add_error("ends_at", _("A session can last at most 12 hours."))
        return cleaned


FARTHEST = dt.timedelta(hours=12)
