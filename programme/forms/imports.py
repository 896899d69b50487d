"""Forms to import a list: what is given, and what was read of it while the organiser checks it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.errors import ProgrammeError
from programme.imports.reading import ListKind, ListRow, ReadList, packed, read_list, unpacked
from programme.models import Edition
from udtacademy.accounts.models import User
from udtacademy.errors import form_error

LONGEST_PASTED = 2_000_000  # characters
LONGEST_SIGNED = 2_000_000  # bytes; Django takes 2.5 MB in a form
CHECKED_WITHIN = dt.timedelta(hours=12)
EACH, NONE = "each", "none"


class ListForm(forms.Form):
    """A file, or text pasted from a spreadsheet. `why_no_emails`: why nobody can be emailed; empty if they can."""

    given = forms.FileField(
        label=gettext_lazy("File"), required=False, help_text=gettext_lazy("CSV, TSV or XLSX, in any encoding.")
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or paste the list here"),
        required=False,
        strip=False,
        max_length=LONGEST_PASTED,
        widget=forms.Textarea({"rows": 8, "cols": 80, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Copied from a spreadsheet, with the names of the columns in the first row."),
    )
    tells = forms.ChoiceField(label=gettext_lazy("Emails"), widget=forms.RadioSelect, initial=EACH)

    def __init__(
        self, *args: Any, kind: ListKind, choices: Sequence[tuple[str, Any]], why_no_emails: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.why_no_emails = kind, why_no_emails
        self.fields["tells"].choices = list(choices)  # type: ignore[attr-defined]
        if why_no_emails:
            del self.fields["tells"]

    @property
    def sends_emails(self) -> bool:
        return self.cleaned_data.get("tells") == EACH

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given, pasted = cleaned.get("given"), cleaned.get("pasted", "")
        if self.errors:
            return cleaned
        if given and pasted.strip():
            self.add_error(None, _("Choose a file or paste a list, not both."))
        elif given:
            self.read("given", given.read(), given.name or "")
        elif pasted.strip():
            self.read("pasted", pasted.encode(errors="replace"), "")
        else:
            self.add_error(None, _("Choose a file, or paste a list."))
        return cleaned

    def read(self, field: str, content: bytes, name: str) -> None:
        try:
            self.cleaned_data["list"] = read_list(content, name=name, kind=self.kind)
        except ProgrammeError as error:
            self.add_error(field, form_error(error))

    @property
    def read_list(self) -> ReadList:
        read: ReadList = self.cleaned_data["list"]
        return read


def signed(rows: Sequence[ListRow], kind: ListKind, edition: Edition, user: User) -> str:
    """Return rows for a hidden field, signed for this person and edition. Raises ProgrammeError if they are too long.

    The page keeps them until they are imported, so that the server stores nobody's data meanwhile.
    """
    text = signing.dumps(packed(rows, kind), salt=salt(kind, edition, user), compress=True)
    if len(text) > LONGEST_SIGNED:
        raise ProgrammeError(
            _("The list contains too much text. Split it, or delete the columns that are not needed."),
            code="list_too_long",
        )
    return text


def unsigned(text: str, kind: ListKind, edition: Edition, user: User) -> list[ListRow]:
    """Return the rows in a hidden field. Raises ProgrammeError if they were made for another page, or long ago."""
    try:
        rows = signing.loads(text, salt=salt(kind, edition, user), max_age=CHECKED_WITHIN)
    except signing.BadSignature as error:
        raise ProgrammeError(_("You checked this list too long ago. Upload it again."), code="check_expired") from error
    return unpacked(rows, kind)


def salt(kind: ListKind, edition: Edition, user: User) -> str:
    """Return what the rows are signed for: also their columns, which change with the questions of the edition."""
    answers = ",".join(name for name, _label in kind.answers)
    return f"import:{kind.name}:{edition.pk}:{user.pk}:{answers}"
