"""The form with which a city applies, and its usual questions (decision 57)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext_lazy as _

from programme.actions.applications import CityAnswers
from programme.forms.answer_fields import AnswerField
from programme.forms.answers import OneLineField
from programme.forms.privacy import KEPT_WITH_APPLICATION, ORGANISERS, Privacy
from programme.forms.questions import QuestionsForm, initial_own, typed_own_answers
from programme.forms.selects import CachedSelect, alphabetical
from programme.models import Application
from programme.queries.published_programme import PublishedProgramme
from programme.rules.questions import OF_APPLICATION, Answer
from udtacademy.db.countries import CODES, country_name
from udtacademy.db.fields import validate_name

OURS = ("name", "city_name", "country")
LONGEST_TYPED = 300


def countries() -> list[tuple[str, str]]:
    """Return the countries by code, in order of their names."""
    named = sorted(((code, country_name(code)) for code in CODES), key=lambda it: alphabetical(it[1]))
    return [("", "–"), *named]


class ApplicationForm(QuestionsForm):
    """A city's application: who writes, the city, and the questions that the edition asks of applicants."""

    name = OneLineField(
        label=_("Your full name"),
        max_length=200,
        autocomplete="name",
        validators=[validate_name],
        help_text=_(
            "You are the contact person: we write to you. If your city takes part, you are asked to coordinate."
        ),
        error_messages={"required": _("Enter your full name.")},
    )
    city_name = OneLineField(
        label=_("City"),
        max_length=120,
        help_text=_("Without the country."),
        error_messages={"required": _("Enter your city.")},
    )
    country = forms.ChoiceField(
        label=_("Country"),
        widget=CachedSelect,
        choices=CallableChoiceIterator(countries),
        error_messages={"required": _("Choose your country."), "invalid_choice": _("Choose your country.")},
    )

    def __init__(
        self, *args: Any, programme: PublishedProgramme, present: Mapping[str, Answer] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ask(programme.edition, programme.questions, occasions=OF_APPLICATION, present=present)
        self.order_fields(OURS)
        for name in OURS:
            self.fields[name].privacy = Privacy(ORGANISERS, KEPT_WITH_APPLICATION)  # type: ignore[attr-defined]

    def label_of(self, name: str) -> str:
        """Return an answer of a valid form in the words of the form."""
        value, field = self.cleaned_data[name], self.fields[name]
        if isinstance(field, AnswerField):
            return field.question.in_words(value)
        return country_name(value) if name == "country" else str(value)

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """Return the answers of a valid form that concern the city, each with its words."""
        return [(field, self.label_of(field.name)) for field in self if field.name not in self.hidden]

    def answers(self) -> CityAnswers:
        cleaned = self.cleaned_data
        return CityAnswers(
            name=cleaned["name"],
            city_name=cleaned["city_name"],
            country=cleaned["country"],
            own=self.own_answers(),
            dropped=self.dropped(),
        )


def typed_application(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return posted answers, not validated, for drafts and form recovery: without NUL, and shortened."""
    typed = {
        name: str(posted[name]).replace("\0", "")[:LONGEST_TYPED] for name in OURS if isinstance(posted.get(name), str)
    }
    return typed | typed_own_answers(posted)


def initial_of(
    application: Application | None, programme: PublishedProgramme, present: Mapping[str, Answer]
) -> dict[str, Any]:
    """Return what was sent as initial values of the form; nothing for a new application."""
    if application is None:
        return {}
    sent = {"city_name": application.city_name, "country": application.country}
    return sent | initial_own(programme.questions, present)
