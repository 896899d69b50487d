"""Forms to upload, reread and apply meeting reports."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendance.actions.reports import Choices
from attendance.meeting_reports.reading import DateOrder, Doubt
from attendance.models import Report
from attendance.queries.sessions import attended_sessions
from programme.models import Edition, Session
from udtacademy.tables.decoding import OLDER
from udtacademy.tables.limits import MOST_BYTES
from udtacademy.time_zones import zone_names

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MOST_FILES = 20
COMMON_ZONES = (
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Rome",
    "Europe/Brussels",
    "Europe/Amsterdam",
    "Europe/Warsaw",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Athens",
    "Europe/Helsinki",
    "Europe/Bucharest",
    "UTC",
)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files in one field, together no larger than the limit for one."""

    def clean(self, data: Any, initial: Any = None) -> list["UploadedFile[Any]"]:
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(ManyFilesField, self).clean(it, initial) for it in given]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Upload at most %(n)s files at once."), params={"n": MOST_FILES}, code="many")
        if sum(it.size or 0 for it in files) > MOST_BYTES:
            limit = MOST_BYTES // 1024**2
            raise forms.ValidationError(
                _("Together the files are larger than %(n)s MB. Upload fewer files at once. Nothing was saved."),
                params={"n": limit},
                code="large",
            )
        return files


class SessionChoice(forms.ModelChoiceField["Session"]):
    """A choice of sessions, labelled with their day and start in the edition's zone."""

    def label_from_instance(self, obj: Session) -> str:
        day = date_format(obj.starts_at.astimezone(obj.edition.zone), "j M Y, H:i") if obj.starts_at else "–"
        return f"{'★ ' if obj.is_core else ''}{obj.title}, {day}"


def zone_choices(*likely: str) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Return all time zones in two groups: suggested (the edition's, the organiser's, common ones in Europe), all others."""
    known = zone_names()
    suggested = [it for it in dict.fromkeys((*likely, *COMMON_ZONES)) if it in known]
    groups = ((_("Suggested"), suggested), (_("All others"), sorted(known - set(suggested))))
    return [(title, [(it, it) for it in names]) for title, names in groups]


class ReadingForm(forms.Form):
    """What a file does not say."""

    session = SessionChoice(
        label=_("Session"), queryset=Session.objects.none(), required=False, empty_label=_("Use the times in the file")
    )
    zone = forms.ChoiceField(
        label=_("Time zone of the host's account"),
        help_text=_("Used if the file does not name a time zone. Most files do not."),
        required=False,
    )
    is_zone_chosen = forms.BooleanField(
        label=_("Use this time zone instead of the one in the file"),
        help_text=_("Select this if the time zone in the file is wrong."),
        required=False,
    )
    date_order = forms.ChoiceField(
        label=_("Order of dates"),
        choices=[("", _("Work it out from the file and the session")), *Report.DateOrderChoice.choices],
        required=False,
    )
    is_anyway = forms.BooleanField(
        label=_("Use this report anyway"),
        help_text=_("Select this if the report is from another day than the session."),
        required=False,
    )

    def __init__(self, *args: Any, edition: Edition, own_zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions = (
            attended_sessions(edition).timed().exclude(status=Session.Status.CANCELLED).order_by("starts_at", "pk")
        )
        self.fields["session"].queryset = sessions.select_related("edition", "actual_time")  # type: ignore[attr-defined]
        self.fields["zone"].choices = zone_choices(edition.time_zone, own_zone)  # type: ignore[attr-defined]
        self.fields["zone"].initial = edition.time_zone

    @property
    def choices(self) -> Choices:
        cleaned = self.cleaned_data
        return Choices(
            session=cleaned["session"],
            zone=cleaned["zone"],
            is_zone_chosen=cleaned["is_zone_chosen"],
            date_order=DateOrder(cleaned["date_order"]) if cleaned["date_order"] else None,
            encoding=cleaned.get("encoding", ""),
            is_anyway=cleaned["is_anyway"],
        )


class UploadForm(ReadingForm):
    """Files, and what they do not say."""

    given = ManyFilesField(
        label=_("Files"),
        widget=ManyFilesInput,
        help_text=_(
            "Drop attendance reports here: Zoom, Teams, Meet, Webex, GoTo, BigBlueButton, or your own list as CSV or XLSX."
        ),
    )
    field_order = ("given", "session")


class RereadForm(ReadingForm):
    """Options to read a file again. `spellings`: each encoding with the names as it spells them."""

    encoding = forms.ChoiceField(
        label=_("Which names are spelt correctly?"),
        choices=[(it, it) for it in OLDER],
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, report: Report, spellings: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, edition=report.edition, **kwargs)
        self.initial = {
            "session": report.session_id,
            "zone": report.zone,
            "is_zone_chosen": report.is_zone_chosen,
            "date_order": report.date_order if report.is_order_chosen else "",
            "encoding": report.encoding,
        }
        if spellings:
            self.fields["encoding"].choices = list(spellings)  # type: ignore[attr-defined]
        else:
            del self.fields["encoding"]


CONFIRMED = {
    Doubt.ENCODING: _("The names are spelt correctly."),
    Doubt.DATE_ORDER: _("Day and month are not swapped."),
    Doubt.LABELS: _("The columns were read correctly: names, join times and leave times."),
}


class ApplyForm(forms.Form):
    """Confirm doubts, and settle the session. `n_emailed`: how many people settling would send an email to.

    `n_anyway`: how many others could be emailed.
    """

    is_confirmed = forms.BooleanField(required=False)
    settles = forms.BooleanField(
        help_text=_(
            "Do not select this if you expect another report. These emails are sent a day after the session anyway."
        ),
        required=False,
    )
    writes_anyway = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, report: Report, can_settle: bool, n_emailed: int = 0, n_anyway: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if report.doubts:
            self.fields["is_confirmed"].label = " ".join(str(CONFIRMED[Doubt(it)]) for it in report.doubts)
        else:
            del self.fields["is_confirmed"]
        settles, anyway = self.fields["settles"], self.fields["writes_anyway"]
        if n_emailed:
            text = ngettext(
                "Settle the session and email %(n)s person who missed it now",
                "Settle the session and email %(n)s people who missed it now",
                n_emailed,
            )
            settles.label = text % {"n": n_emailed}
        else:
            settles.label, settles.help_text = _("Settle the session (no automatic emails)"), ""
        text = ngettext(
            "Also email %(n)s person who does not get an automatic email",
            "Also email %(n)s people who do not get an automatic email",
            n_anyway,
        )
        anyway.label = text % {"n": n_anyway}
        if not can_settle:
            del self.fields["settles"]
        if not can_settle or not n_anyway:
            del self.fields["writes_anyway"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("writes_anyway") and not cleaned.get("settles"):
            self.add_error("writes_anyway", _("Also select “Settle the session”. Nothing was changed."))
        return cleaned
