"""What people say about a session, and what organisers ask."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from attendance.actions.feedback import QUESTIONS_CHANGED
from programme.forms.answers import OneLineField, TextAreaField
from programme.models import FeedbackSet
from programme.models.question import in_language
from programme.rules.questions import KEY_PATTERN
from programme.rules.session_feedback import (
    MOST_CHOICES,
    MOST_DAYS,
    MOST_QUESTIONS,
    SCALE,
    FeedbackKind,
    FeedbackQuestion,
    contradiction,
    token_of,
)

LONGEST_TEXT = 1000  # characters of an answer
ENDS = {SCALE[0]: _("not at all"), SCALE[-1]: _("very much")}
KINDS = [
    ("", _("no question")),
    (FeedbackKind.SCALE.value, _("scale from 1 to 5")),
    (FeedbackKind.CHOICE.value, _("choice")),
    (FeedbackKind.TEXT.value, _("text")),
]
MISTAKES = {
    "number_of_questions": _("Ask two to five questions, or none."),
    "key_twice": _("Each question needs a key of its own."),
    "number_of_choices": _("Enter two to eight choices for a choice, and none for other questions."),
}


class AnswersForm(forms.Form):
    """The answers of somebody who was there: to each question, or to some.

    `seen`: the token of the questions on their page. With another one nothing is valid: the form then has the questions as they are
    now, and what was answered to those that are still there.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, given: QueryDict | None, questions: list[FeedbackQuestion]) -> None:
        token = token_of(questions)
        self.is_outdated = given is not None and given.get("seen") != token
        if given is not None and self.is_outdated:
            given = given.copy()
            given["seen"] = token
        super().__init__(given, initial={"seen": token})
        self.questions = questions
        for question in questions:
            self.fields[f"answer_{question.key}"] = field_for(question)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_outdated:
            raise ValidationError(QUESTIONS_CHANGED, code="changed_meanwhile")
        if not self.errors and not any(self.answers().values()):
            raise ValidationError(_now("Answer at least one question."), code="no_answers")
        return cleaned

    def answers(self) -> dict[str, str]:
        """Return the answers by the questions' keys."""
        return {it.key: self.cleaned_data[f"answer_{it.key}"] for it in self.questions}


def field_for(question: FeedbackQuestion) -> forms.Field:
    label = in_language(question.labels)
    if question.kind is FeedbackKind.TEXT:
        return TextAreaField(label=label, max_length=LONGEST_TEXT, rows=4, required=False)
    choices = [(value, label_of(question, value)) for value in question.values]
    return forms.ChoiceField(
        label=label, choices=[*choices, ("", _("No answer"))], widget=forms.RadioSelect, required=False
    )


def label_of(question: FeedbackQuestion, value: str) -> str:
    """Return what a value of a scale or a choice is called."""
    if question.kind is FeedbackKind.CHOICE:
        return in_language(question.choices[value]) or value
    end = ENDS.get(int(value))
    return f"{value} – {end}" if end else value


class SetForm(forms.Form):
    """The questions about one session, or about all. A row without a kind is no question; all texts are in the site's language.

    What a question says in other languages, from a programme file, stays as long as its key does.
    """

    open_days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("For how many days after a session people can answer."),
    )

    def __init__(self, given: Any, *, row: FeedbackSet, questions: list[FeedbackQuestion]) -> None:
        self.row, self.known = row, {it.key: it for it in questions}
        initial: dict[str, Any] = {"open_days": row.open_days}
        for n, question in enumerate(questions, 1):
            initial |= {f"{name}_{n}": value for name, value in values_of(question).items()}
        super().__init__(given, initial=initial)
        for n in range(1, MOST_QUESTIONS + 1):
            for name, form_field in fields_of_row().items():
                self.fields[f"{name}_{n}"] = form_field

    @property
    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Return the fields of each question, with its number."""
        return [(n, [self[f"{name}_{n}"] for name in fields_of_row()]) for n in range(1, MOST_QUESTIONS + 1)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for n in range(1, MOST_QUESTIONS + 1):
            if cleaned[f"kind_{n}"]:
                for name, text in (("key", _now("Enter a key.")), ("label", _now("Enter the question."))):
                    if not cleaned[f"{name}_{n}"]:
                        self.add_error(f"{name}_{n}", ValidationError(text, code="required"))
        if not self.errors and (code := contradiction(self.questions())):
            raise ValidationError(MISTAKES[code], code=code)
        return cleaned

    def questions(self) -> list[FeedbackQuestion]:
        return [self.question(n) for n in range(1, MOST_QUESTIONS + 1) if self.cleaned_data[f"kind_{n}"]]

    def question(self, n: int) -> FeedbackQuestion:
        cleaned = self.cleaned_data
        key, kind = cleaned[f"key_{n}"], FeedbackKind(cleaned[f"kind_{n}"])
        known, labels = self.known.get(key), [it.strip() for it in cleaned[f"choices_{n}"].splitlines() if it.strip()]
        return FeedbackQuestion(
            key,
            kind,
            {**(known.labels if known else {}), settings.LANGUAGE_CODE: cleaned[f"label_{n}"]},
            choices_of(labels, known),
        )

    def save(self) -> FeedbackSet:
        self.row.open_days = self.cleaned_data["open_days"]
        self.row.questions = [it.as_row() for it in self.questions()]
        self.row.save()
        return self.row


def choices_of(labels: list[str], known: FeedbackQuestion | None) -> dict[str, dict[str, str]]:
    """Return choices by key. One whose place and number stay the same keeps its key, so that answers of other years compare."""
    before = list(known.choices.items()) if known else []
    kept = before if len(before) == len(labels) else []
    choices = {}
    for place, label in enumerate(labels):
        key, others = kept[place] if kept else (str(place + 1), {})
        choices[key] = {**others, settings.LANGUAGE_CODE: label}
    return choices


def values_of(question: FeedbackQuestion) -> dict[str, str]:
    """Return a question as the values of its row."""
    choices = "\n".join(in_language(it) for it in question.choices.values())
    return {"key": question.key, "kind": question.kind.value, "label": in_language(question.labels), "choices": choices}


def fields_of_row() -> dict[str, forms.Field]:
    return {
        "label": OneLineField(label=_("Question"), max_length=200, required=False),
        "kind": forms.ChoiceField(label=_("Kind"), choices=KINDS, required=False),
        "choices": TextAreaField(label=_("Choices, one a line"), max_length=MOST_CHOICES * 121, rows=3, required=False),
        "key": forms.RegexField(
            label=_("Key"),
            regex=KEY_PATTERN,
            max_length=60,
            required=False,
            help_text=_("Editions compare what has the same key, such as “satisfaction”."),
        ),
    }
