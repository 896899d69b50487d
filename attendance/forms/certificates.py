"""The forms of certificates: their layout, issuing to all, revoking, and checking a file."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from attendance.actions.certificates import LONGEST_REASON
from attendance.rules.certificates import read_code
from programme.models import CertificateLayout
from programme.rules.certificate_words import (
    BUILT_IN,
    ENGLISH,
    LONGEST_CLOSING,
    LONGEST_WORDS,
    MOST_SIGNATORIES,
    cleaned_words,
    missing_words,
)
from udtacademy.accounts.models.user import LANGUAGES
from udtacademy.db.fields import in_one_line, validate_readable

LARGEST_FILE = 2 * 1024 * 1024  # bytes; a certificate has 30,000
LABELS = {
    "heading": _("Heading"),
    "completed": _("After the name, if completed"),
    "attended": _("After the name, if they took part"),
    "session": _("“Session”"),
    "date": _("“Date”"),
    "duration": _("“Duration”"),
    "made_up": _("“made up”"),
    "total": _("“Total”"),
    "issued": _("“Issued on”"),
    "check": _("“Check this certificate at”"),
    "closing": _("Text below the sessions"),
}


class CodeForm(forms.Form):
    """A certificate's code, as somebody types it from the paper."""

    code = forms.CharField(
        label=_("Code of the certificate"),
        max_length=200,
        help_text=_("It has 20 letters and digits, and is at the end of the address on the paper."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code.")},
    )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"].rstrip("/").rpartition("/")[2]  # also a whole address
        if (code := read_code(typed)) is None:
            text = _now("A code has 20 letters and digits, such as 7K3M9-QPXT2-4W8D6-RB5HN. Check it on your paper.")
            raise forms.ValidationError(text, code="no_code")
        return code


class FileForm(forms.Form):
    """A certificate's file that somebody has, or the digital credential."""

    file = forms.FileField(
        label=_("PDF file, or digital credential"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf,.jwt,image/svg+xml,.svg,image/png,.png"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty. Choose another one.")},
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(
                _now("This file is too large to be a certificate. Choose another one."), code="too_large"
            )
        return file

    def content(self) -> bytes:
        content: bytes = self.cleaned_data["file"].read()
        return content


class RevocationForm(forms.Form):
    """Why a certificate is revoked. Its holder reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_(
            "Needed for both, and kept. If you revoke the certificate, the participant is told by email, with this reason."
        ),
        validators=[validate_readable],
        error_messages={"required": _("Enter a reason.")},
    )


class RunForm(forms.Form):
    """Issuing certificates to everybody who may have one."""

    with_attended = forms.BooleanField(
        label=_("Also to those who took part without completing the programme"), required=False
    )


class LayoutForm(forms.Form):
    """The languages of an edition's certificates, their words in one of them, and who signs.

    `language`: whose words the form has. Empty words of English are the built-in ones; other languages need all.
    """

    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each person gets the certificate in their preferred language if it is here, else in the first."),
        error_messages={"required": _("Choose at least one language.")},
    )

    def __init__(self, given: Any, *, layout: CertificateLayout, language: str) -> None:
        self.layout, self.language = layout, language
        words = layout.words.get(language, {})
        super().__init__(given, initial={"languages": layout.languages, **words, **signed_by(layout)})
        for n in range(1, MOST_SIGNATORIES + 1):
            for name, label in (("name", _("Name of signatory %(n)s")), ("role", _("Role of signatory %(n)s"))):
                self.fields[f"{name}_{n}"] = line_field(label % {"n": n}, 120)
        for key, label in LABELS.items():
            field = text_field(label) if key == "closing" else line_field(label, LONGEST_WORDS)
            if language == BUILT_IN and ENGLISH[key]:
                field.widget.attrs["placeholder"] = ENGLISH[key]
            if key in {"completed", "attended"}:
                field.help_text = _now("{edition} is replaced by the name of the edition.")
            self.fields[key] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.language in cleaned.get("languages", ()):
            for key in missing_words(self.language, {it: cleaned.get(it, "") for it in ENGLISH}):
                if key in cleaned:
                    text = _now("Enter this text, so that the certificate does not mix languages.")
                    self.add_error(key, forms.ValidationError(text, code="required"))
        others = [it for it in cleaned.get("languages", ()) if it != self.language]
        for language in others:
            if missing_words(language, self.layout.words.get(language, {})):
                text = _now("Enter the words of %(language)s first, then choose the language.")
                name = dict(LANGUAGES)[language]
                self.add_error("languages", forms.ValidationError(text % {"language": name}, code="words_missing"))
        return cleaned

    def save(self) -> CertificateLayout:
        """Save the layout. The usual language is the one that was first before, if it is still chosen."""
        layout, cleaned = self.layout, self.cleaned_data
        layout.languages = sorted(cleaned["languages"], key=lambda it: (it not in layout.languages[:1], it))
        layout.words = cleaned_words(layout.words | {self.language: {key: cleaned[key] for key in LABELS}})
        layout.signatories = [
            {"name": name, "role": cleaned[f"role_{n}"]}
            for n in range(1, MOST_SIGNATORIES + 1)
            if (name := cleaned[f"name_{n}"])
        ]
        layout.save()
        return layout


def signed_by(layout: CertificateLayout) -> dict[str, str]:
    """Return the signatories as values of the form."""
    return {f"{key}_{n}": text for n, it in enumerate(layout.signatories, 1) for key, text in it.items()}


class LineOfText(forms.CharField):
    def to_python(self, value: Any) -> str:
        return in_one_line(super().to_python(value) or "")


def line_field(label: Any, longest: int) -> forms.CharField:
    return LineOfText(label=label, max_length=longest, required=False, validators=[validate_readable])


def text_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_CLOSING,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[validate_readable],
    )
