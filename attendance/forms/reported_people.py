"""Forms about the people of a meeting report."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from attendance.actions.meeting_identities import Choice, Verdict
from attendance.models import PlatformPerson, ReportedPerson
from attendance.queries.report_roster import check_choosable
from programme.errors import ProgrammeError
from programme.models import Participant
from udtacademy.db.fields import validate_readable
from udtacademy.errors import form_error

FindParticipant = Callable[[str], Participant]  # raises ProgrammeError


class PersonForm(forms.Form):
    """Who a person in a report or in a meeting is: a suggested participant, another one, nobody, or undecided."""

    LATER, NOBODY, OTHER = "later", "nobody", "other"

    who = forms.ChoiceField(widget=forms.RadioSelect, required=False)
    other = forms.CharField(max_length=320, required=False, validators=[validate_readable])

    def __init__(
        self,
        data: Any,
        *,
        person: ReportedPerson | PlatformPerson,
        suggested: Sequence[Participant],
        find_participant: FindParticipant,
    ) -> None:
        super().__init__(data, prefix=str(person.pk))
        self.person, self.find_participant = person, find_participant
        self.participant: Participant | None = None
        offered = [(str(it.pk), described(it)) for it in suggested]
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            *offered,
            (self.OTHER, _("another participant:")),
            (self.NOBODY, _("not a participant")),
            (self.LATER, _("decide later")),
        ]
        self.suggested = {str(it.pk): it for it in suggested}
        unregistered = {key: it for key, it in self.suggested.items() if it.is_pending or it.is_waiting}
        self.pending = {key: it for key, it in unregistered.items() if key != self.now}
        self.initial["who"] = self.now
        self.fields["other"].widget.attrs |= {
            "list": "roster",
            "placeholder": _("email address or full name"),
            "aria-label": _("Another participant for %(name)s") % {"name": person},
        }

    @property
    def now(self) -> str:
        """Return the current choice."""
        if self.person.participant_id:
            return str(self.person.participant_id) if str(self.person.participant_id) in self.suggested else self.OTHER
        return self.NOBODY if self.person.how == ReportedPerson.How.NOBODY else self.LATER

    @property
    def is_new(self) -> bool:
        """Return whether the choice differs from the current one."""
        who = self.cleaned_data["who"] or self.LATER
        return who != self.now or who == self.OTHER

    @property
    def choice(self) -> Choice[Any]:
        """Return who the person is, as chosen."""
        if self.participant:
            return Choice(self.person, Verdict.PARTICIPANT, self.participant)
        is_nobody = self.cleaned_data["who"] == self.NOBODY
        return Choice(self.person, Verdict.NOBODY if is_nobody else Verdict.OPEN)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("other") and cleaned.get("who") in {self.LATER, self.NOBODY, ""}:
            cleaned["who"] = self.OTHER  # a typed name is a choice
        if cleaned.get("who") == self.OTHER and "other" not in self.errors:
            if cleaned.get("other"):
                try:
                    self.participant = self.find_participant(cleaned["other"])
                except ProgrammeError as error:
                    self.add_error("other", form_error(error))
            elif self.now != self.OTHER:
                self.add_error("other", _("Enter an email address or a full name."))
            else:
                self.participant = self.person.participant
        elif cleaned.get("who") in self.suggested:
            self.participant = self.suggested[cleaned["who"]]
            if cleaned["who"] != self.now:
                self.check_suggested(self.participant)
        return cleaned

    def check_suggested(self, participant: Participant) -> None:
        try:
            check_choosable(participant)
        except ProgrammeError as error:
            self.add_error("who", form_error(error))


def described(participant: Participant) -> str:
    """Describe a participant: "Ana Anaya, Girona (ana@girona.example)", with their state unless registered."""
    text = f"{participant}, {participant.delegation} ({participant.user.email})"
    return text if participant.is_registered else f"{text}: {participant.get_state_display()}"


def typed_in(posted: QueryDict) -> list[str]:
    """Return the names and addresses that were typed into the forms of a page."""
    return [text for name, text in posted.items() if name.endswith("-other") and isinstance(text, str)]


def choices_of(forms: Iterable[PersonForm]) -> list[Choice[Any]]:
    """Return the new choices of valid forms."""
    return [form.choice for form in forms if form.is_new]


def saved_text(choices: Iterable[Choice[Any]]) -> str:
    """Say how many choices were saved. “Decide later” is none."""
    n = sum(it.verdict != Verdict.OPEN for it in choices)
    text = ngettext("%(n)s choice saved.", "%(n)s choices saved.", n) % {"n": n}
    return text if n else gettext("No choices were made.")


class ShareForm(forms.Form):
    """Another participant on the same connection."""

    who = forms.CharField(
        label=_("Also present on this connection"), max_length=320, help_text=_("Email address or full name.")
    )
    note = forms.CharField(
        label=_("How do you know?"),
        max_length=200,
        help_text=_("For example “four people in the town hall’s meeting room, seen on camera”."),
        validators=[validate_readable],
    )

    def __init__(self, *args: Any, find_participant: FindParticipant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.find_participant = find_participant
        self.fields["who"].widget.attrs["list"] = "roster"

    def clean_who(self) -> Participant:
        try:
            return self.find_participant(self.cleaned_data["who"])
        except ProgrammeError as error:
            raise form_error(error) from error
