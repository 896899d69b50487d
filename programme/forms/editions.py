import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programme.actions.application_decisions import check_told
from programme.actions.logos import save_logo
from programme.errors import ProgrammeError
from programme.forms.local_times import LocalDateTimeField, read_local_times, show_local_times
from programme.forms.reminder_offsets import OffsetsField
from programme.models import Edition, Logo
from programme.rules.accents import ACCENTS
from programme.rules.coming import MOST_DAYS_BEFORE
from programme.rules.quiet_hours import QuietHours
from udtacademy.db.fields import validate_time_zone
from udtacademy.errors import form_error

TIME_FIELDS = (
    *("applications_open_at", "applications_close_at"),
    *("registration_opens_at", "registration_closes_at", "choice_opens_at", "choice_closes_at"),
)


def accent_choices() -> list[tuple[str, str]]:
    """Return the accent colours, each with its least contrast."""
    text = gettext("%(name)s (contrast %(contrast)s:1)")
    labels = dict(Edition.AccentColour.choices)
    return [(key, text % {"name": labels[key], "contrast": f"{it.contrast:.1f}"}) for key, it in ACCENTS.items()]


class EditionForm(forms.ModelForm[Edition]):
    """An edition for organisers, with its times in its own zone."""

    applications_open_at = LocalDateTimeField(
        label=_("Applications open"), required=False, help_text=_("Local time. If empty, nobody can apply.")
    )
    applications_close_at = LocalDateTimeField(
        label=_("Applications close"),
        required=False,
        help_text=_("Local time. If empty, cities can apply until the last day."),
    )
    registration_opens_at = LocalDateTimeField(
        label=_("Registration opens"), required=False, help_text=_("Local time. If empty, nobody can register.")
    )
    registration_closes_at = LocalDateTimeField(
        label=_("Registration closes"), required=False, help_text=_("Local time. If empty, registration stays open.")
    )
    choice_opens_at = LocalDateTimeField(
        label=_("Choosing tracks opens"), required=False, help_text=_("Local time. If empty, nobody can choose.")
    )
    choice_closes_at = LocalDateTimeField(
        label=_("Choosing tracks closes"),
        required=False,
        help_text=_("Local time. If empty, people can choose until each session starts."),
    )

    reminder_minutes = OffsetsField(
        label=_("How long before a session reminders are sent"),
        empty=[],
        help_text=_(
            "For example: 7 days, 1 day, 1 hour. People can turn off reminders for optional sessions,"
            " but not for core sessions."
        ),
    )

    coming_question_days = forms.IntegerField(
        label=_("Ask people whether they still come (days before)"),
        required=False,
        min_value=0,
        max_value=MOST_DAYS_BEFORE,
        help_text=_("Before the first day in person. If 0 or empty, nobody is asked."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet hours begin"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_(
            "In each person’s time zone. Emails that can wait leave when quiet hours end. Codes, reminders an hour before,"
            " changes of a session that begins soon, and what organisers send themselves do not wait."
        ),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet hours end"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("At most 12 hours later. If both times are empty, or the same, emails leave at any time."),
    )
    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG or WebP, at most 48 KB. It is on top of the edition’s page, on white."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/webp"}),
    )
    removes_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Edition
        fields = (
            *("name", "slug", "is_published", "first_on", "last_on", "time_zone", "venue", "contact_email"),
            *("organiser_name", "accent", "tagline", "audience", "summary", "online_text", "in_person_text"),
            *("privacy_text", "accessibility_text", "legal_text", *TIME_FIELDS, "seat_moves_end_minutes"),
            *("attendance_rule", "attendance_share", "late_tolerance_minutes", "join_opens_minutes", "click_counts"),
            *("sends_reminders", "reminder_minutes", "sends_notices", "sends_chasers", "sends_digest"),
            *("coming_question_days", "quiet_from", "quiet_until"),
            *("takes_applications", "applications_kept_days"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if accent := self.fields.get("accent"):  # none for those who only look
            accent.choices = accent_choices()  # type: ignore[attr-defined]
            accent.help_text = _(
                "Of links, buttons and the drawing of a city. Each can be read in the light and the dark scheme: the contrast"
                " is at least 4.5:1."
            )
        if self.instance.quiet_hours.is_off:
            self.initial.update(quiet_from=None, quiet_until=None)
        if self.instance.pk:
            show_local_times(self, TIME_FIELDS, self.instance, self.instance)

    def clean_coming_question_days(self) -> int:
        """Return 0, which switches the question off, for an empty field."""
        return self.cleaned_data["coming_question_days"] or 0

    def clean_takes_applications(self) -> bool:
        takes: bool = self.cleaned_data["takes_applications"]
        if self.instance.pk and not takes:
            try:
                check_told(self.instance)
            except ProgrammeError as error:
                raise form_error(error) from error
        return takes

    def clean_quiet_hours(self, cleaned: dict[str, Any]) -> None:
        """Check the quiet hours: two times, at most twelve hours apart, or none, which is saved as the same time twice."""
        names = ("quiet_from", "quiet_until")
        if not set(names) <= cleaned.keys():
            return
        times = [cleaned[name] for name in names]
        if times == [None, None]:
            cleaned.update(dict.fromkeys(names, dt.time()))
        elif None in times:
            self.add_error(names[times.index(None)], _("Enter both times, or leave both empty."))
        elif QuietHours(*times).is_too_long:
            self.add_error("quiet_until", _("Quiet hours can last at most 12 hours."))

    def clean_logo_file(self) -> Logo | None:
        file = self.cleaned_data["logo_file"]
        return Logo.of_file(file.read()) if file else None

    def save(self, commit: bool = True) -> Edition:  # noqa: FBT001, FBT002 - Django's
        logo = self.cleaned_data["logo_file"]
        if logo:
            self.instance.logo = save_logo(logo)
        elif self.cleaned_data["removes_logo"]:
            self.instance.logo = None
        return super().save(commit)

    def clean(self) -> dict[str, Any]:
        """Turn local times into instants, in the zone of the form or else of the edition."""
        cleaned = super().clean() or self.cleaned_data
        self.clean_quiet_hours(cleaned)
        name_of_zone = cleaned.get("time_zone") or self.instance.time_zone
        try:
            validate_time_zone(name_of_zone)
        except forms.ValidationError:
            read_local_times(self, TIME_FIELDS, self.instance, None)  # the zone's own error says it
        else:
            read_local_times(self, TIME_FIELDS, self.instance, Edition(time_zone=name_of_zone))
        return cleaned
