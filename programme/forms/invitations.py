"""Form for inviting people by addresses pasted from a spreadsheet or an email."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.invitations import Invitee
from programme.imports.addresses import ADDRESS, as_address, as_name
from udtacademy.db.addresses import validate_address
from udtacademy.db.fields import validate_name

MOST_AT_ONCE = 50
LONGEST_NAME = 200


@dataclass(frozen=True)
class PastedEntry:
    """An entry of a pasted list: somebody to invite, or the problem with it."""

    text: str
    invitee: Invitee | None = None
    problem: str = ""


def read_people(pasted: str) -> Iterator[PastedEntry]:
    """Read the entries of a pasted list, in order. Text beside an address is a name; a heading is skipped."""
    seen: set[str] = set()
    for number, text in enumerate(filter(str.strip, pasted.replace("\0", "").splitlines())):
        matches = list(ADDRESS.finditer(text))
        if not matches and number == 0 and re.search(r"mail|name", text, re.IGNORECASE):
            continue
        if not matches:
            yield PastedEntry(text.strip(), problem=_("no email address"))
        since = 0
        for match in matches:
            until = len(text) if len(matches) == 1 else match.end()
            name = f"{text[since : match.start()]} {text[match.end() : until]}"
            since = match.end()
            yield read_person(match.group(), as_name(name)[:LONGEST_NAME], seen)


def read_person(address: str, name: str, seen: set[str]) -> PastedEntry:
    email = as_address(address)
    try:
        validate_address(email)
    except ValidationError as error:
        return PastedEntry(address, problem=_("not an email address") if error.code == "invalid" else error.messages[0])
    if email in seen:
        return PastedEntry(address, problem=_("in the list twice"))
    seen.add(email)
    try:
        validate_name(name)
    except ValidationError:
        name = ""  # no name is better than an unreadable one or a web address
    return PastedEntry(address, Invitee(email, name))


class InviteForm(forms.Form):
    people = forms.CharField(
        label=gettext_lazy("Email addresses of your colleagues"),
        help_text=gettext_lazy("One per line, or pasted from a spreadsheet or an email. You can include names."),
        max_length=20_000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter at least one email address.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries: list[PastedEntry] = []

    def clean_people(self) -> str:
        pasted: str = self.cleaned_data["people"]
        self.entries = list(read_people(pasted))
        if len(self.entries) > MOST_AT_ONCE:
            raise ValidationError(_("You can invite at most %(n)s people at once.") % {"n": MOST_AT_ONCE})
        if not self.entries:
            raise ValidationError(_("Enter at least one email address."))
        if not any(entry.invitee for entry in self.entries):
            problems = "; ".join(f"{entry.text[:60]}: {entry.problem.rstrip('.')}" for entry in self.entries)
            raise ValidationError(_("Nobody can be invited: %(problems)s.") % {"problems": problems})
        return pasted
