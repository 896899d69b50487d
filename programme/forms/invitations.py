"""Addresses as people paste them: from a spreadsheet, from an e-mail's list of recipients, one a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.invitations import Invitee
from udtacademy.db.addresses import normalised_address, validate_address
from udtacademy.db.fields import validate_name

ADDRESS = re.compile(r"[^\s<>,;\"()\[\]]*@[^\s<>,;\"()\[\]]*")
AROUND_NAMES = " '.:–-"
BETWEEN = re.compile(r"[\s,;<>\"()\[\]]+")
MOST_AT_ONCE = 50
LONGEST_NAME = 200


@dataclass(frozen=True)
class Line:
    """What was found in one place of a list: somebody to invite, or what is wrong there."""

    text: str
    invitee: Invitee | None = None
    problem: str = ""


def read_people(pasted: str) -> Iterator[Line]:
    """Everybody in a pasted list, in its order. A name is what stands beside an address; headings are passed over."""
    seen: set[str] = set()
    for number, text in enumerate(filter(str.strip, pasted.replace("\0", "").splitlines())):
        found = list(ADDRESS.finditer(text))
        if not found and number == 0 and re.search(r"mail|name", text, re.IGNORECASE):
            continue
        if not found:
            yield Line(text.strip(), problem=_("has no e-mail address"))
        since = 0
        for match in found:
            until = len(text) if len(found) == 1 else match.end()
            name = f"{text[since : match.start()]} {text[match.end() : until]}"
            since = match.end()
            yield read_person(match.group(), BETWEEN.sub(" ", name).strip(AROUND_NAMES)[:LONGEST_NAME], seen)


def read_person(address: str, name: str, seen: set[str]) -> Line:
    email = normalised_address(address.strip(".'").removeprefix("mailto:"))
    try:
        validate_address(email)
    except ValidationError as error:
        return Line(address, problem=_("is not an e-mail address") if error.code == "invalid" else error.messages[0])
    if email in seen:
        return Line(address, problem=_("is in the list twice"))
    seen.add(email)
    try:
        validate_name(name)
    except ValidationError:
        name = ""  # better none than one that nobody can read, or that is a web address
    return Line(address, Invitee(email, name))


class InviteForm(forms.Form):
    people = forms.CharField(
        label=gettext_lazy("E-mail addresses of your colleagues"),
        help_text=gettext_lazy(
            "One or several: one a line, or pasted from a spreadsheet or an e-mail. Names beside them are understood."
        ),
        max_length=20_000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Write at least one address.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: list[Line] = []

    def clean_people(self) -> str:
        pasted: str = self.cleaned_data["people"]
        self.lines = list(read_people(pasted))
        if len(self.lines) > MOST_AT_ONCE:
            raise ValidationError(_("At most %s people at once.") % MOST_AT_ONCE)
        if not any(line.invitee for line in self.lines):
            problems = "; ".join(f"{line.text[:60]}: {line.problem.rstrip('.')}" for line in self.lines)
            raise ValidationError(_("Nobody can be invited: %s.") % (problems or _("there is no address")))
        return pasted
