"""Forms about materials of a session, for organisers and for speakers with their link (decision 75)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.actions.stored_files import ACCEPTED
from programme.forms.local_times import in_range
from programme.models import Edition, Material, Session
from programme.rules.materials import Release

FIELDS = ["title", "what", "url", "licence", "audience", "release", "released_on"]


class MaterialForm(forms.ModelForm[Material]):
    """What a material is called, and who sees it from when."""

    class Meta:
        model = Material
        fields = FIELDS
        labels = {"released_on": _("From this day"), "url": _("Link")}  # noqa: RUF012 - as Django's forms have them
        help_texts = {"released_on": _("Only if it is seen from a day.")}  # noqa: RUF012 - as above
        widgets = {  # noqa: RUF012 - as above
            "released_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "audience": forms.RadioSelect,
            "release": forms.RadioSelect,
        }

    def clean_released_on(self) -> Any:
        day = self.cleaned_data["released_on"]
        return in_range(day) if day else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("release") != Release.DATE.value:
            cleaned["released_on"] = None  # typed, and then another answer chosen
            self.errors.pop("released_on", None)
        elif not cleaned.get("released_on") and "released_on" not in self.errors:
            self.add_error("released_on", _("Enter the day from which it can be seen."))
        return cleaned


class NewMaterialForm(MaterialForm):
    """A file or a link, with what is said of it."""

    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("PDF, DOCX, PPTX, ODT, ODP, ODS, JPEG or PNG, at most 25 MB."),
        widget=forms.FileInput({"accept": ACCEPTED}),
        error_messages={"empty": _("This file is empty. Choose another one.")},
    )
    field_order = ("session", "title", "what", "upload", "url")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        has_file, has_link = bool(cleaned.get("upload")), bool(cleaned.get("url"))
        if has_file == has_link and not {"upload", "url"} & self.errors.keys():
            both = _("Choose a file or enter a link, not both.")
            self.add_error("upload", both if has_file else _("Choose a file, or enter a link."))
        return cleaned


class StaffMaterialForm(NewMaterialForm):
    """The same, for a session that an organiser chooses."""

    session = forms.ModelChoiceField(Session.objects.none(), label=_("Session"), empty_label=_("Choose a session"))

    class Meta(MaterialForm.Meta):
        fields = ["session", *FIELDS]  # noqa: RUF012 - as above

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions = edition.sessions.exclude(format=Session.Format.BREAK).in_programme_order()
        self.fields["session"].queryset = sessions  # type: ignore[attr-defined]


class MaterialChangeForm(MaterialForm):
    """What is changed of a material: its link, if it is one. A file stays as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.size:
            del self.fields["url"]
        else:
            self.fields["url"].required = True
