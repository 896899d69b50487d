"""The form that uploads a programme file: first to read what it would change, then to load it."""

import base64
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.programme_files.mistakes import DocumentError, Mistake
from programme.programme_files.reading import loads
from programme.programme_files.schema import Document

MOST_BYTES = 256 * 1024


class ProgrammeFileForm(forms.Form):
    """A programme file, or the `source` of one that was uploaded before. Valid if it has no mistake.

    `content`: its bytes; `document`: what it says; `mistakes`: all that is wrong with it.
    """

    given = forms.FileField(
        label=_("Programme file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".toml"}),
        help_text=_(
            "A TOML file, such as one downloaded here. Nothing changes until you have read what it would change."
        ),
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    content = b""
    document: Document | None = None
    mistakes: Sequence[Mistake] = ()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.content = self.bytes_of(cleaned)
        if len(self.content) > MOST_BYTES:
            text = _("The file is larger than %(n)s KB. A programme is much smaller: check that it is the right file.")
            raise forms.ValidationError(text, params={"n": MOST_BYTES // 1024}, code="large")
        if not self.content.strip():
            raise forms.ValidationError(_("The file is empty."), code="empty")
        try:
            self.document = loads(self.content)
        except DocumentError as error:
            self.mistakes = error.mistakes
            raise forms.ValidationError(_("The file has mistakes."), code="mistakes") from error
        return cleaned

    def bytes_of(self, cleaned: dict[str, Any]) -> bytes:
        """Return the bytes of the file, or of the one uploaded before."""
        if file := cleaned.get("given"):
            return bytes(file.read(MOST_BYTES + 1))
        if not cleaned.get("source"):
            raise forms.ValidationError(_("Choose a file."), code="missing")
        try:
            return base64.b64decode(cleaned["source"], validate=True)
        except ValueError:
            raise forms.ValidationError(_("Choose the file again: it did not arrive whole."), code="broken") from None

    @property
    def encoded(self) -> str:
        """Return the file for the hidden field that sends it again, byte for byte."""
        return base64.b64encode(self.content).decode()
