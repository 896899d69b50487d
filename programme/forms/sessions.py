from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.forms.local_times import LocalDateTimeField, read_local_times, show_local_times
from programme.forms.reminder_offsets import OffsetsField
from programme.models import Session
from udtacademy.db.fields import in_one_line, validate_readable

TIME_FIELDS = ("starts_at", "ends_at")


class SessionForm(forms.ModelForm[Session]):
    """A session for organisers, its times in the edition's own zone."""

    starts_at = LocalDateTimeField(label=_("Starts"), required=False, help_text=_("In the edition’s local time."))
    ends_at = LocalDateTimeField(label=_("Ends"), required=False, help_text=_("In the edition’s local time."))

    reminder_minutes = OffsetsField(
        label=_("How long before the session reminders are sent"),
        empty=None,
        help_text=_(
            "For example: 7 days, 1 day, 1 hour. Leave empty to use the edition’s times."
            " Enter “none” to send no reminders."
        ),
    )
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    class Meta:
        model = Session
        fields = (
            *("edition", "title", "slug", "description", "format", "is_core", "track"),
            *("starts_at", "ends_at", "held_on", "date_hint", "room", "capacity", "location"),
            *("meeting_url", "recording_url", "make_up_question", "reminder_minutes"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            show_local_times(self, TIME_FIELDS, self.instance, self.instance.edition)
            self.initial["seen_at"] = self.instance.changed_at.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_unchanged()
        edition = cleaned.get("edition") or (self.instance.edition if self.instance.edition_id else None)
        read_local_times(self, TIME_FIELDS, self.instance, edition)
        if edition and (track := cleaned.get("track")) and track.edition_id != edition.pk:
            self.add_error("track", _("This track belongs to another edition."))
        if edition and (room := cleaned.get("room")) and room.venue_id != edition.venue_id:
            self.add_error("room", _("This room is not in the edition's venue."))
        return cleaned

    def check_unchanged(self) -> None:
        """Refuse once to overwrite what somebody else has saved since the page was opened, and show the new values.

        A form without `seen_at` counts as old.
        """
        current = self.instance.changed_at.isoformat()
        if not self.instance.pk or self.cleaned_data.get("seen_at") == current:
            return
        self.data = {**self.data.dict(), "seen_at": current}  # type: ignore[attr-defined]
        values = "; ".join(
            f"{self.fields[name].label}: {str(self.get_initial_for_field(self.fields[name], name) or '–')[:80]}"
            for name in self.changed_data
            if name in self.fields and not self.fields[name].widget.is_hidden
        )
        text = (
            _(
                "Somebody else changed this session while you were editing. The new values are: %(values)s."
                " Check them, then save again to use yours."
            )
            if values
            else _("Somebody else changed this session while you were editing. Your values are the same. Save again.")
        )
        self.add_error(None, text % {"values": values})


class StatusReasonForm(forms.Form):
    """The organiser's reason."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        validators=[validate_readable],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Optional. Shown in the email to the people concerned and on the session’s page."),
    )

    def clean_reason(self) -> str:
        return in_one_line(self.cleaned_data["reason"])


class CancelForm(StatusReasonForm):
    """Cancelling a session, with a reason."""


class PostponeForm(StatusReasonForm):
    """Postponing a session to a day or a date hint."""

    field_order = ("new_day", "date_hint", "reason")

    new_day = forms.DateField(
        label=_("New day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The time of day stays the same."),
    )
    date_hint = forms.CharField(
        label=_("Or, in words"),
        required=False,
        max_length=60,
        validators=[validate_readable],
        help_text=_("If the day is not known yet, for example: “December”."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("new_day")) == bool(cleaned.get("date_hint")):
            raise forms.ValidationError(_("Enter either a new day or a date in words, such as “December”."))
        return cleaned
