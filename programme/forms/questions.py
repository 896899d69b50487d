"""Fields for the questions of an edition, on forms to its participants (decision 53)."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.forms.answer_fields import FILE_OF_PERSON, LIMITS, OWN_FILE, answer_field, name_of
from programme.forms.privacy import privacy_of
from programme.models import Edition, Participant, Question
from programme.queries.published_programme import PublishedProgramme
from programme.rules.questions import (
    MOST_QUESTIONS,
    OF_APPLICATION,
    OF_PROFILE,
    PREFIX,
    Answer,
    When,
    Whom,
    asked_among,
    concerns,
)

if TYPE_CHECKING:
    from django.core.exceptions import ValidationError

NAME = re.compile(rf"{PREFIX}[a-z0-9_-]{{1,60}}")
EMPTY: tuple[object, ...] = (None, "", [])
LONGEST_ANSWER = 5000  # characters of a recovered answer; fields allow fewer
MOST_CHOSEN = 100


class QuestionsForm(forms.Form):
    """A form with the questions of an edition that are asked of a person on some occasions.

    A question that depends on the answer to another one is on the form with it: what does not concern the person after all is
    neither required nor saved.
    """

    has_draft = False  # whether what is typed is saved with a draft until the form is sent

    def ask(
        self,
        edition: Edition,
        questions: Iterable[Question],
        *,
        occasions: Collection[When] = OF_PROFILE,
        is_coordinator: bool = False,
        present: Mapping[str, Answer] | None = None,
        is_for_organiser: bool = False,
    ) -> None:
        """Word, add and order the fields. The form has those of the system questions already. `present`: answers by key.

        `is_for_organiser`: nothing must be answered, and nothing is said that is meant for the person.
        """
        self.questions = {name_of(it): it for it in questions}
        self.occasions, self.is_coordinator, self.present = occasions, is_coordinator, present or {}
        self.is_for_organiser = is_for_organiser
        self.hidden: frozenset[str] = frozenset()
        self.refused_files: Mapping[
            str, ValidationError
        ] = {}  # by name of the field; set by the view that stores the files
        today = timezone.localdate(timezone.now(), edition.zone)
        for name, question in self.questions.items():
            if question.is_system and name not in self.fields:
                continue
            if not self.may_concern(question):
                self.fields.pop(name, None)
                continue
            required = question.rule.is_required_on(today) and not is_for_organiser
            if question.is_system:
                self.word(name, required=required)
            else:
                self.add_own(name, edition, required=required)
        for name in self.questions.keys() & self.fields.keys():
            self.say_condition(name, is_for_organiser=is_for_organiser)
        first = [name for name in ("delegation", "name") if name in self.fields]
        self.order_fields([*first, *(name for name in self.questions if name in self.fields)])

    def add_own(self, name: str, edition: Edition, *, required: bool) -> None:
        """Add the field of an own question."""
        question = self.questions[name]
        of_file = {"in_draft": self.has_draft, "page": FILE_OF_PERSON if self.is_for_organiser else OWN_FILE}
        present = self.present.get(question.key)
        self.fields[name] = answer_field(question, edition, present=present, required=required, **of_file)
        if not self.is_for_organiser:
            self.say_why(name)
        elif question.has_file:
            self.fields[name].help_text = LIMITS

    def may_concern(self, question: Question) -> bool:
        """Return whether a question is on the form: it concerns them, or does by an answer on the form."""
        rule = question.rule
        if rule.is_retired or rule.when not in self.occasions:
            return False
        if rule.whom is not Whom.ANSWER:
            return concerns(rule, {}, {}, is_coordinator=self.is_coordinator)
        parent = question.depends_on
        if parent is None:
            return False
        parent = self.questions.get(name_of(parent), parent)
        rules = {it.key: it.rule for it in self.questions.values()}
        return self.may_concern(parent) or concerns(rule, rules, self.present, is_coordinator=self.is_coordinator)

    def word(self, name: str, *, required: bool) -> None:
        """Word the field of a system question as the edition does."""
        field, question = self.fields[name], self.questions[name]
        field.label, field.required, field.widget.is_required = str(question), required, required
        if name not in {"arrives_at", "leaves_at"} or question.hints:
            field.help_text = question.hint
        if question.kept_days is not None:
            field.privacy = privacy_of(question)  # type: ignore[attr-defined]

    def say_why(self, name: str) -> None:
        """Show with the field of an own question its help, who sees the answer, and how long it is kept."""
        field, question = self.fields[name], self.questions[name]
        privacy = privacy_of(question)
        if question.has_file:
            field.help_text, field.privacy = f"{question.hint} {LIMITS}".strip(), privacy  # type: ignore[attr-defined]
            return
        field.help_text = question.hint or f"{privacy.seen_by} {privacy.kept}"
        field.help_is_privacy = not question.hint  # type: ignore[attr-defined]
        if question.hint:
            field.privacy = privacy  # type: ignore[attr-defined]

    def say_condition(self, name: str, *, is_for_organiser: bool) -> None:
        """Say in the help of a field with which answers to another one it is to be filled in."""
        question = self.questions[name]
        parent = question.depends_on
        if question.rule.whom is not Whom.ANSWER or parent is None or name_of(parent) not in self.fields:
            return
        field = self.fields[name]
        field.widget.use_required_attribute = lambda _initial: False
        field.widget.attrs |= {  # site.js hides it until it is asked
            "data-asked-by": name_of(parent),
            "data-asked-with": " ".join(question.depends_answers),
        }
        values = {"answers": " / ".join(parent.in_words(it) for it in question.depends_answers), "question": parent}
        condition = _("Only if you answered “%(answers)s” to “%(question)s”.")
        if is_for_organiser:
            condition = _("Only of who answered “%(answers)s” to “%(question)s”.")
        if getattr(field, "help_is_privacy", False):
            field.help_text, field.help_is_privacy = "", False  # type: ignore[attr-defined]
            field.privacy = privacy_of(question)  # type: ignore[attr-defined]
        field.help_text = f"{condition % values} {field.help_text}".strip()

    def clean(self) -> dict[str, Any]:
        """Forget the answers to questions that do not concern the person, and what is wrong with them."""
        cleaned = super().clean() or self.cleaned_data
        answers = dict(self.present)
        for name, question in self.questions.items():
            if name in self.fields:
                answers[question.key] = as_answer(cleaned.get(name))
        rules = asked_among(
            (it.rule for it in self.questions.values()),
            answers,
            is_coordinator=self.is_coordinator,
            occasions=self.occasions,
        )
        asked = {it.key for it in rules}
        self.hidden = frozenset(
            name for name, it in self.questions.items() if name in self.fields and it.key not in asked
        )
        for name in self.hidden:
            self.errors.pop(name, None)
            cleaned[name] = None
        for name in self.refused_files.keys() & self.fields.keys() - self.hidden:
            self.errors.pop(name, None)
            self.add_error(name, self.refused_files[name])
        return cleaned

    @property
    def still_required(self) -> list[forms.BoundField]:
        """Return the fields of questions that must be answered and are empty, on a page that shows the form first."""
        if self.is_bound:
            return []
        rules = asked_among(
            (it.rule for it in self.questions.values()),
            self.present,
            is_coordinator=self.is_coordinator,
            occasions=self.occasions,
        )
        asked = {it.key for it in rules}
        empty = [it for it in self if it.field.required and it.value() in EMPTY]
        return [it for it in empty if it.name in self.questions and self.questions[it.name].key in asked]

    def own_fields(self) -> list[str]:
        """Return the names of the fields of own questions."""
        return [name for name, it in self.questions.items() if name in self.fields and not it.is_system]

    def own_answers(self) -> dict[int, Answer]:
        """Return the answers of a valid form to own questions that concern the person, by primary key."""
        names = [name for name in self.own_fields() if name not in self.hidden]
        return {self.questions[name].pk: self.cleaned_data[name] for name in names}

    def dropped(self) -> frozenset[int]:
        """Return the own questions of a valid form (primary keys) that do not concern the person after all."""
        return frozenset(self.questions[name].pk for name in self.own_fields() if name in self.hidden)


class AnswersAboutForm(QuestionsForm):
    """The own questions about somebody that others answer: coordinators what is asked of them, organisers all of them.

    Organisers may leave any empty, which does not mean that the person has seen it.
    """

    def __init__(
        self,
        *args: Any,
        programme: PublishedProgramme,
        participant: Participant,
        present: Mapping[str, Answer],
        is_for_organiser: bool = False,
        **kwargs: Any,
    ) -> None:
        own = initial_own(programme.questions, present)
        super().__init__(*args, **kwargs | {"initial": own | kwargs.get("initial", {})})
        occasions = set(When) - OF_APPLICATION if is_for_organiser else {When.COORDINATORS}
        self.ask(
            programme.edition,
            programme.questions,
            occasions=occasions,
            is_coordinator=participant.is_coordinator,
            present=present,
            is_for_organiser=is_for_organiser,
        )
        if is_for_organiser and self.own_fields():
            self.fields["reason"] = forms.CharField(
                label=_("Why"), help_text=_("If you like. It is in the history."), max_length=500, required=False
            )

    def own_answers(self) -> dict[int, Answer]:
        """Return the answers as usual; from an organiser without those that were and stay unanswered: they are still asked."""
        answers = super().own_answers()
        if not self.is_for_organiser:
            return answers
        known = {it.pk for it in self.questions.values() if it.key in self.present}
        return {pk: answer for pk, answer in answers.items() if answer is not None or pk in known}


def as_answer(value: Any) -> Answer:
    """Return the value of a field as rules read it; dates of system questions decide nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, (str, list)) else None


def initial_own(questions: Iterable[Question], present: Mapping[str, Answer]) -> dict[str, Any]:
    """Return answers (by key) as initial values of the fields of own questions."""
    return {name_of(it): present[it.key] for it in questions if not it.is_system and it.key in present}


def typed_own_answers(posted: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return posted answers to own questions, whatever they are, for drafts and form recovery: not validated, and shortened."""
    names = [name for name in posted if isinstance(name, str) and NAME.fullmatch(name)][:MOST_QUESTIONS]
    typed: dict[str, str | list[str]] = {}
    for name in names:
        values = posted.getlist(name) if hasattr(posted, "getlist") else posted[name]
        several: Sequence[Any] = [values] if isinstance(values, str) else values or []
        texts = [it.replace("\0", "")[:LONGEST_ANSWER] for it in several[:MOST_CHOSEN] if isinstance(it, str)]
        typed[name] = texts[0] if len(texts) == 1 else [it[:100] for it in texts]
    return typed
