"""The field of an answer to an own question, and how a file is chosen."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.stored_files import SENTENCES
from programme.forms.selects import CachedSelect, alphabetical
from programme.models import Edition, Question
from programme.models.question import YES_NO
from programme.rules.answers import read_answer
from programme.rules.files import ANSWERS, LARGEST_FILE, Problem, file_in
from programme.rules.questions import Answer, Kind, field_name
from udtacademy.db.countries import CODES, country_name

OWN_FILE, FILE_OF_PERSON = "programme:own-file", "programme-staff:person-file"
MOST_RADIOS = 7  # more choices are a select
FILE, REMOVE = (
    "file-",
    "remove-",
)  # before the name of a question's field: the file that is chosen, and the tick to take it out
ACCEPTED = ",".join(suffix for kind in ANSWERS for suffix in kind.suffixes)
LIMITS = gettext_lazy("A PDF, JPEG, PNG, DOCX or ODT file. Files that you send together may have 5 MB.")


def name_of(question: Question) -> str:
    """Return the name of the question's field."""
    return field_name(question.key)


class AnswerField(forms.Field):
    """An answer to an own question. `present`: what they have answered, whose choices stay theirs when they are retired."""

    def __init__(self, question: Question, *, present: Answer, **kwargs: Any) -> None:
        self.question = question
        theirs = {present} if isinstance(present, str) else {*(present or ())}
        self.offered = [it for it in question.all_choices if not it.is_retired or it.key in theirs]
        super().__init__(label=str(question), widget=self.make_widget(required=kwargs["required"]), **kwargs)
        self.error_messages["required"] = _("Answer “%(question)s”.") % {"question": question}

    def make_widget(self, *, required: bool) -> forms.Widget:
        kind = Kind(self.question.kind)
        if kind is Kind.CHOICES:
            return forms.CheckboxSelectMultiple(choices=self.choices)
        if kind in {Kind.CHOICE, Kind.YES_NO} and len(self.choices) <= MOST_RADIOS:
            nothing = [] if required else [("", _("No answer"))]
            return forms.RadioSelect(choices=[*self.choices, *nothing])
        if kind in {Kind.CHOICE, Kind.COUNTRY}:
            return CachedSelect(choices=[("", "–"), *self.choices])
        if kind in {Kind.TEXT, Kind.ADDRESS}:
            return forms.Textarea({"rows": 4 if kind is Kind.TEXT else 3, "autocomplete": "off"})
        if kind is Kind.DATE:
            return forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        return forms.TextInput({"autocomplete": "off"} | ({"inputmode": "decimal"} if kind is Kind.NUMBER else {}))

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the values and labels of what can be chosen."""
        kind = Kind(self.question.kind)
        if kind is Kind.YES_NO:
            return [(value, str(label)) for value, label in YES_NO.items()]
        if kind is Kind.COUNTRY:
            return sorted(((code, country_name(code)) for code in CODES), key=lambda it: alphabetical(it[1]))
        retired = _("%(choice)s (no longer offered)")
        return [(it.key, retired % {"choice": it} if it.is_retired else str(it)) for it in self.offered]

    def clean(self, value: Any) -> Answer:
        """Return what is stored. Raises ValidationError."""
        answer = read_answer(Kind(self.question.kind), value, choices=[it.key for it in self.offered])
        if answer is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return answer


class FileWidget(forms.Widget):
    """A file that has been given, if any, and the choice of another. Its value is the answer: `views.answer_files` stores what is chosen.

    So a chosen file stays chosen when the form comes back with a mistake. One that is saved is not posted: it may be replaced
    meanwhile. `saved`: the answer as it is stored, if any; `in_draft`: whether what is chosen is saved with a draft until the
    form is sent; `page`: the name of the URL of a file.
    """

    needs_multipart_form = True

    def __init__(self, edition: Edition, saved: Answer = None, *, in_draft: bool = False, page: str = OWN_FILE) -> None:
        super().__init__()
        self.edition, self.saved, self.page = edition, saved, page
        self.chosen = _("Saved, and sent when you register:") if in_draft else _("Chosen, not saved yet:")

    def use_required_attribute(self, initial: Any) -> bool:
        return not initial

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 - Django gives it
        attributes = self.build_attrs(self.attrs, {**(attrs or {}), "type": "file", "name": f"{FILE}{name}"})
        problem = f"{attributes['id']}_problem"
        described_by = f"{attributes.get('aria-describedby', '')} {problem}".strip()
        attributes |= self.checked_before() | {"accept": ACCEPTED, "aria-describedby": described_by}
        chooser = format_html(
            '<input{}><p class="field__error" id="{}" role="alert" hidden></p>', flatatt(attributes), problem
        )
        given = file_in(value)
        return (
            format_html("{}{}", self.render_given(name, value, given.token, given.name), chooser) if given else chooser
        )

    def checked_before(self) -> dict[str, Any]:
        """Return what file_fields.js needs to say before a file is sent what the server would."""
        return {
            "data-largest": LARGEST_FILE,
            "data-too-large": SENTENCES[Problem.TOO_LARGE],
            "data-together": _(
                "Files that you send together may have 5 MB. Choose a smaller one, or send one at a time."
            ),
            "data-other-kind": _("By its name, this is not a PDF, JPEG, PNG, DOCX or ODT file: others are not taken."),
        }

    def render_given(self, name: str, value: str, token: str, shown: str) -> SafeString:
        is_saved = value == self.saved
        return format_html(
            '{}<p class="field__file"><span>{}</span> <a dir="auto" href="{}">{}</a></p>{}<p class="field__file">{}</p>',
            "" if is_saved else format_html('<input type="hidden" name="{}" value="{}">', name, value),
            _("Uploaded:") if is_saved else self.chosen,
            reverse(self.page, args=[self.edition.slug, token]),
            shown,
            "" if self.is_required else self.render_remove(name),
            _("To replace it, choose another file."),
        )

    def render_remove(self, name: str) -> SafeString:
        box = format_html('<input type="checkbox" name="{}{}">', REMOVE, name)
        return format_html('<label class="field__choice">{} {}</label>', box, _("Remove this file"))


def answer_field(
    question: Question, edition: Edition, *, present: Answer, required: bool, **of_file: Any
) -> AnswerField:
    """Return the field of an own question of an edition. `of_file`: what `FileWidget` takes besides."""
    field = AnswerField(question, present=present, required=required)
    if question.has_file:
        field.widget = FileWidget(edition, saved=present, **of_file)
        field.widget.is_required = required
    return field
