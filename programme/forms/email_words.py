"""The form for an edition's own words in a built-in email."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.built_in_emails import BuiltInEmail
from programme.models import EmailWords
from programme.models.email_words import CHECKS
from programme.rules.email_words import Words, tidied
from programme.rules.placeholders import mistakes_in
from udtacademy.db.fields import validate_readable
from udtacademy.outbox.mime import CODE

AS_BUILT_IN = gettext_lazy("If you leave it empty, the built-in words are sent.")
INSTEAD = gettext_lazy(
    "After the greeting, instead of the built-in opening. If you leave it empty, the built-in words are sent."
)
AHEAD = gettext_lazy("After the greeting, before what the email says anyway.")
AT_THE_END = gettext_lazy("After all that the email says, before the footer.")

VALIDATORS = {"subject": [validate_readable], "opening": CHECKS, "closing": CHECKS}


class EmailWordsForm(forms.Form):
    """The words that organisers can change in a kind of email (`built_in`). It checks their placeholders."""

    def __init__(self, *args: Any, built_in: BuiltInEmail, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.built_in = built_in
        helps = {"subject": AS_BUILT_IN, "opening": INSTEAD if built_in.replaces else AHEAD, "closing": AT_THE_END}
        for name in helps if built_in.has_subject else ("opening", "closing"):
            column: Any = EmailWords._meta.get_field(name)
            self.fields[name] = column.formfield(help_text=helps[name], validators=VALIDATORS[name])

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        if len(subject.splitlines()) > 1:
            raise ValidationError(_("A subject has one line. Remove the line breaks."), code="several_lines")
        check_names(subject, self.built_in.names_in_subject)
        return subject

    def clean_opening(self) -> str:
        opening = tidied(self.cleaned_data["opening"])
        check_names(opening, self.built_in.names)
        if any(line.lstrip().startswith("→") for line in opening.splitlines()):
            text = _(
                "A line that begins with “→” would become the button, instead of the built-in one. Write it in a sentence."
            )
            raise ValidationError(text, code="button_in_opening")
        if CODE.match(opening):
            text = _("Six digits alone would be shown as a code. Begin with a sentence.")
            raise ValidationError(text, code="looks_like_code")
        return opening

    def clean_closing(self) -> str:
        closing = tidied(self.cleaned_data["closing"])
        check_names(closing, self.built_in.names)
        return closing

    @property
    def words(self) -> Words:
        """Return what the form says, once it is valid."""
        return Words(**{name: self.cleaned_data[name] for name in self.fields})


def check_names(text: str, known: Collection[str]) -> None:
    """Raise ValidationError with a sentence for each thing in braces that is no placeholder here. `known`: those that are."""
    allowed = ", ".join(f"{{{name}}}" for name in known)
    errors = []
    for mistake in mistakes_in(text, known):
        sentence, code = _("“%(shown)s” cannot be filled in here. You can use %(allowed)s."), "unknown_placeholder"
        if mistake.is_single_brace:
            sentence = _("There is a single brace at “%(shown)s”. You can use %(allowed)s.")
            code = "single_brace"
        errors.append(ValidationError(sentence % {"shown": mistake.shown, "allowed": allowed}, code=code))
    if errors:
        raise ValidationError(errors)
