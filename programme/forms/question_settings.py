"""The form with which organisers add and change a question of their edition."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.forms.local_times import in_range
from programme.forms.question_choices import ChoiceFormSet, NewChoicesForm
from programme.models import Choice, Edition, Question
from programme.queries.questions import possible_answers
from programme.rules.questions import LONGEST_KEPT, OF_PROFILE, SYSTEM_QUESTIONS
from udtacademy.db.fields import in_one_line, validate_readable

LONGEST_LABEL, LONGEST_HINT = 200, 500
BETWEEN = "="  # in the value of a condition: the question's primary key, and the answer


class QuestionForm(forms.ModelForm[Question]):
    """A question, but for its choices. What a system question cannot be is left out.

    `labels` and `hints` are a field for each language of the site.
    """

    condition = forms.MultipleChoiceField(
        label=gettext_lazy("Answers of those who are asked"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Only if you chose “people with a certain answer to another question”. Tick answers to one question."
        ),
    )

    class Meta:
        model = Question
        labels = {"required_from": gettext_lazy("Must be answered from")}  # noqa: RUF012 - as Django's forms have them
        fields = (
            *("kind", "asked_when", "asked_of", "is_required", "required_from"),
            *("privacy", "kept_days", "is_on_lists", "is_on_badge"),
        )
        widgets = {  # noqa: RUF012 - as above
            "asked_when": forms.RadioSelect,
            "asked_of": forms.RadioSelect,
            "privacy": forms.RadioSelect,
            "required_from": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {  # noqa: RUF012 - as above
            "asked_when": gettext_lazy(
                "People who are registered already find a new question among their to-dos. Those who have not answered "
                "about a day later get one email. Messages › Planned says when."
            ),
            "required_from": gettext_lazy(
                "If empty, it must be answered at once. Only for questions that must be answered."
            ),
            "kept_days": gettext_lazy(
                "Only for personal and sensitive answers. Then they are deleted, also from the history."
            ),
            "is_on_lists": gettext_lazy("A column in lists of people and in the files made of them."),
            "is_on_badge": gettext_lazy("Everybody who sees the badge can read it."),
        }

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition, self.instance.edition = edition, edition
        self.texts: list[str] = []
        for code, language in settings.LANGUAGES:
            self.add_texts(code, f" ({language})" if len(settings.LANGUAGES) > 1 else "")
        self.fields["kept_days"].max_value = LONGEST_KEPT  # type: ignore[attr-defined]
        self.fields["kind"].choices = [it for it in Question.Kind.choices if it[0] != "moment"]  # type: ignore[attr-defined]
        self.fields["kind"].required = True
        self.offer_conditions()
        self.offer_occasions()
        self.leave_out_fixed()
        self.order_fields([*self.texts, *(name for name in self.fields if name not in self.texts)])
        names = list(self.fields)
        names.remove("condition")
        names.insert(names.index("asked_of") + 1, "condition")
        self.order_fields(names)

    @property
    def about(self) -> list[forms.BoundField]:
        """Return the fields that say what is asked; `rules` has those that say when, of whom, and what becomes of it."""
        return [it for it in self if it.name in {*self.texts, "kind"}]

    @property
    def rules(self) -> list[forms.BoundField]:
        return [it for it in self if it.name not in {*self.texts, "kind"}]

    def add_texts(self, code: str, language: str) -> None:
        """Add the fields for the question and its help in a language; of a system question the usual wording is shown."""
        is_needed = code == settings.LANGUAGE_CODE and not self.instance.is_system
        label = forms.CharField(
            label=_("Question%(language)s") % {"language": language},
            max_length=LONGEST_LABEL,
            required=is_needed,
            initial=self.instance.labels.get(code, ""),
            widget=forms.TextInput({"class": "vTextField"}),
            validators=[validate_readable],
        )
        hint = forms.CharField(
            label=_("Help%(language)s") % {"language": language},
            max_length=LONGEST_HINT,
            required=False,
            initial=self.instance.hints.get(code, ""),
            widget=forms.TextInput({"class": "vTextField"}),
            validators=[validate_readable],
            help_text=_("Why you ask, or how to answer."),
        )
        if self.instance.is_system:
            usual = Question(key=self.instance.key)
            label.help_text = _("If empty: “%(text)s”") % {"text": usual}
            hint.help_text = _("If empty: “%(text)s”") % {"text": usual.hint % {"place": self.edition.place_of_zone}}
        self.fields[f"label_{code}"], self.fields[f"hint_{code}"] = label, hint
        self.texts += [f"label_{code}", f"hint_{code}"]

    def offer_conditions(self) -> None:
        """Offer the answers to the other questions with a choice."""
        others = self.edition.questions.in_order().exclude(pk=self.instance.pk)
        self.others = {str(it.pk): it for it in others}
        groups = []
        for question in self.others.values():
            answers = [(f"{question.pk}{BETWEEN}{key}", label) for key, label in possible_answers(question)]
            groups += [(str(question), answers)] if answers else []
        self.fields["condition"].choices = groups  # type: ignore[attr-defined]
        self.initial["condition"] = [
            f"{self.instance.depends_on_id}{BETWEEN}{key}" for key in self.instance.depends_answers
        ]
        if not groups:
            self.fields["asked_of"].choices = Question.Whom.choices[:-1]  # type: ignore[attr-defined]

    def leave_out_fixed(self) -> None:
        system = SYSTEM_QUESTIONS.get(self.instance.key)
        if system is None:
            return
        names = {"kind", "privacy", "is_on_lists", "is_on_badge"}
        if system.privacy != "sensitive":
            names.add("kept_days")
        if system.is_fixed:
            names |= {"asked_when", "is_required", "required_from"}
        for name in names:
            del self.fields[name]
        if "asked_when" in self.fields:
            self.fields["asked_when"].choices = [it for it in Question.When.choices if it[0] in OF_PROFILE]  # type: ignore[attr-defined]

    def offer_occasions(self) -> None:
        """Offer questions to applicants only where cities apply."""
        if not self.edition.takes_applications and self.instance.asked_when != Question.When.APPLICATION:
            occasions = [it for it in Question.When.choices if it[0] != Question.When.APPLICATION]
            self.fields["asked_when"].choices = occasions  # type: ignore[attr-defined]

    def check_application(self, cleaned: dict[str, Any]) -> None:
        """Refuse for a question to applicants what only participants have, and dependence across the two."""
        is_theirs = cleaned.get("asked_when") == Question.When.APPLICATION
        if is_theirs and cleaned.get("asked_of") in {Question.Whom.COORDINATORS, Question.Whom.OTHERS}:
            self.add_error("asked_of", _("Applicants are no participants yet: choose everybody, or an answer."))
        parent = self.instance.depends_on
        if parent and (parent.asked_when == Question.When.APPLICATION) != is_theirs:
            self.add_error(
                "condition", _("Choose a question that is asked at the same time: of applicants, or of participants.")
            )
        if is_theirs:
            cleaned["is_on_lists"] = cleaned["is_on_badge"] = False

    def check_file(self, cleaned: Mapping[str, Any]) -> None:
        """Refuse for files what is only for answers in words."""
        if cleaned.get("kind") != Question.Kind.FILE:
            return
        if cleaned.get("asked_when") not in OF_PROFILE:
            self.add_error("asked_when", _("A file is asked of people themselves: choose registration, or later."))
        if cleaned.get("privacy") == Question.Privacy.SENSITIVE:
            text = _("Files are not encrypted. Choose personal, or ask for the file in another way.")
            self.add_error("privacy", text)
        for name in ("is_on_lists", "is_on_badge"):
            if cleaned.get(name):
                self.add_error(name, _("A file is not shown there. Untick this; the ready list “Answers” has links."))

    def clean_required_from(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["required_from"]
        return in_range(day) if day else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        asked_of, chosen = cleaned.get("asked_of"), cleaned.get("condition") or []
        pairs = [it.partition(BETWEEN) for it in chosen] if asked_of == "answer" else []
        parents = {pk for pk, _between, _key in pairs}
        if asked_of == "answer" and len(parents) != 1:
            self.add_error("condition", _("Choose answers to one question."))
        self.instance.depends_on = self.others[parents.pop()] if len(parents) == 1 else None
        self.instance.depends_answers = [key for _pk, _between, key in pairs]
        self.check_application(cleaned)
        self.check_file(cleaned)
        self.put_texts()
        self.refuse_what_does_not_apply(cleaned)
        if cleaned.get("privacy") == "plain":
            cleaned["kept_days"] = None
        elif cleaned.get("privacy") and cleaned.get("kept_days") is None and "kept_days" not in self.errors:
            self.add_error("kept_days", _("Enter how many days the answers are kept after the edition."))
        if "is_required" in self.fields and not cleaned.get("is_required"):
            cleaned["required_from"] = None
        return cleaned

    def refuse_what_does_not_apply(self, cleaned: Mapping[str, Any]) -> None:
        """Add an error for what was entered in vain, rather than to leave it out. What was there before goes silently."""
        entered = {name for name in self.changed_data if cleaned.get(name)}
        if "condition" in entered and cleaned.get("asked_of") != "answer":
            text = _("To ask only by these answers, choose “%(choice)s” above. Otherwise untick them.")
            self.add_error("condition", text % {"choice": Question.Whom.ANSWER.label})
        if "kept_days" in entered and cleaned.get("privacy") == "plain":
            text = _("Ordinary answers are not deleted by days. Choose personal or sensitive above, or empty this.")
            self.add_error("kept_days", text)
        if "required_from" in entered and not cleaned.get("is_required"):
            self.add_error("required_from", _("Tick that the question must be answered, or empty this."))

    def put_texts(self) -> None:
        """Set the question's texts. Those in other languages than the site has stay."""
        codes = [code for code, _language in settings.LANGUAGES]
        for name, texts in (("label", self.instance.labels), ("hint", self.instance.hints)):
            texts |= {code: in_one_line(self.cleaned_data.get(f"{name}_{code}") or "") for code in codes}
            for code in codes:
                if not texts[code]:
                    del texts[code]


class ChoicesForms:
    """The choices of a question: those it has, and more to add. `chosen`: how many people chose each, by key."""

    def __init__(self, question: Question, posted: Mapping[str, Any] | None, chosen: Counter[str]) -> None:
        self.question, self.chosen = question, chosen
        initial = [
            {"key": it.key, "is_offered": not it.is_retired}
            | {f"label_{code}": it.labels.get(code, "") for code, _language in settings.LANGUAGES}
            for it in question.all_choices
        ]
        self.present = ChoiceFormSet(posted, initial=initial, prefix="choices")
        self.new = NewChoicesForm(posted)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return the answers that can be counted, with how many people gave each."""
        return [(label, self.chosen[key]) for key, label in possible_answers(self.question)] if self.chosen else []

    def is_valid(self) -> bool:
        """Return whether they are. The question has the kind by now that it is to have."""
        if not all([self.present.is_valid(), self.new.is_valid()]):
            return False
        known = {it.key: it for it in self.question.all_choices}
        for form in self.present:
            key = form.cleaned_data.get("key", "")
            if key in known:
                form.check_meaning(known[key], self.chosen[key])
        if self.new.cleaned_data["added"] and not self.question.has_choices:
            text = _("To offer these, choose the kind “%(one)s” or “%(several)s” above. Otherwise empty this.")
            kinds = {"one": Question.Kind.CHOICE.label, "several": Question.Kind.CHOICES.label}
            self.new.add_error("added", text % kinds)
        return not self.new.errors and not any(form.errors for form in self.present)

    def choices(self) -> list[dict[str, Any]]:
        """Return the rows of the choices of valid forms. Those that are no longer offered are retired."""
        known = {it.key: it for it in self.question.all_choices}
        rows = []
        for form in self.present:
            before = known.get(form.cleaned_data.get("key", ""))
            if before:
                texts = {
                    code: in_one_line(form.cleaned_data.get(f"label_{code}") or "")
                    for code, _name in settings.LANGUAGES
                }
                labels = {code: text for code, text in {**before.labels, **texts}.items() if text}
                rows.append(Choice(before.key, labels, is_retired=not form.cleaned_data["is_offered"]))
        return [it.as_row() for it in (*rows, *self.added([it.key for it in rows]))]

    def added(self, taken: Sequence[str]) -> list[Choice]:
        keys, choices = [*taken], []
        for label in self.new.cleaned_data["added"]:
            stem = slugify(label)[:50].strip("-_") or "choice"
            key, number = stem, 1
            while key in keys:
                number += 1
                key = f"{stem}-{number}"
            keys.append(key)
            choices.append(Choice(key, {settings.LANGUAGE_CODE: label}))
        return choices
