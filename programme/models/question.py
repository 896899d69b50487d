"""What an edition asks its participants (decision 53)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.system_questions import WORDINGS
from programme.rules import questions as rules
from programme.rules.answers import day_in, number_in
from programme.rules.files import file_in
from programme.rules.questions import NO, SYSTEM_QUESTIONS, WITH_CHOICES, YES, Answer, QuestionRule
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.countries import country_name
from udtacademy.db.history import tracked

YES_NO = {YES: _("Yes"), NO: _("No")}
IS_SYSTEM = Q(key__in=list(SYSTEM_QUESTIONS))


def in_language(texts: Mapping[str, str]) -> str:
    """Return a text in the present language, or in that of the site, or in any; empty if there is none."""
    for code in (get_language() or "", settings.LANGUAGE_CODE):
        if text := texts.get(code):
            return text
    return next(filter(None, texts.values()), "")


@dataclass(frozen=True)
class Choice:
    """A choice of a question. `labels`: by language; `is_retired`: it is theirs who chose it, and no longer offered."""

    key: str
    labels: Mapping[str, str]
    is_retired: bool = False

    def __str__(self) -> str:
        return in_language(self.labels) or self.key

    def as_row(self) -> dict[str, Any]:
        return {"key": self.key, "labels": dict(self.labels), "is_retired": self.is_retired}


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self) -> Self:
        """Return the questions that are asked: those not retired."""
        return self.filter(is_retired=False)

    def own(self) -> Self:
        """Return the questions of the organisers, whose answers are rows: all but the system questions."""
        return self.exclude(IS_SYSTEM)

    def in_order(self) -> Self:
        return self.order_by("position", "pk")


@tracked()
class Question(models.Model):
    """A question of an edition. Those with a key of `rules.questions.SYSTEM_QUESTIONS` are system questions: a trigger adds
    them to each new edition, and their answers are columns of the participant. Answers to the others are `Answer`s.

    `labels`, `hints`: by language, empty for the usual wording of a system question. `choices`: rows of `Choice`.
    `kept_days`: after the edition; None: as long as the participant. `asked_since`: when it was added, or asked again.
    """

    class Kind(models.TextChoices):
        LINE = "line", _("one line")
        TEXT = "text", _("text")
        CHOICE = "choice", _("one choice")
        CHOICES = "choices", _("several choices")
        YES_NO = "yes_no", _("yes or no")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        ADDRESS = "address", _("postal address")
        COUNTRY = "country", _("country")
        FILE = "file", _("file")
        MOMENT = "moment", _("date and time")

    class When(models.TextChoices):
        REGISTRATION = "registration", _("when they register")
        LATER = "later", _("later, in their profile")
        COORDINATORS = "coordinators", _("by the coordinators, about each person of their city")
        APPLICATION = "application", _("when a city applies")

    class Whom(models.TextChoices):
        EVERYBODY = "everybody", _("everybody")
        COORDINATORS = "coordinators", _("coordinators")
        OTHERS = "others", _("everybody but coordinators")
        ANSWER = "answer", _("people with a certain answer to another question")

    class Privacy(models.TextChoices):
        PLAIN = "plain", _("ordinary: kept with the registration")
        PERSONAL = "personal", _("personal: deleted after the edition")
        SENSITIVE = "sensitive", _("sensitive: encrypted, not in the history, and deleted after the edition")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="questions", verbose_name=_("edition"))
    key = models.SlugField(_("key"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    labels = models.JSONField(_("question"), default=dict, blank=True)
    hints = models.JSONField(_("help"), default=dict, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    asked_when = models.CharField(_("asked"), max_length=12, choices=When, default=When.REGISTRATION)
    asked_of = models.CharField(_("asked of"), max_length=12, choices=Whom, default=Whom.EVERYBODY)
    depends_on = models.ForeignKey(
        "self",
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="dependent",
        verbose_name=_("depends on the answer to"),
    )
    depends_answers = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("asked of those who answered")
    )
    is_required = models.BooleanField(_("must be answered"), default=False)
    required_from = models.DateField(_("from"), null=True, blank=True)
    privacy = models.CharField(_("privacy"), max_length=10, choices=Privacy, default=Privacy.PLAIN)
    kept_days = models.PositiveSmallIntegerField(_("kept after the edition (days)"), null=True, blank=True)
    is_on_lists = models.BooleanField(_("in lists of people"), default=False)
    is_on_badge = models.BooleanField(_("on the badge"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    asked_since = models.DateTimeField(_("asked since"), default=timezone.now, editable=False)
    is_retired = models.BooleanField(_("no longer asked"), default=False, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["edition", "position", "pk"]
        constraints = [
            *of_one_edition("depends_on"),
            models.UniqueConstraint(
                fields=["edition", "key"],
                name="question_key_unique_in_edition",
                violation_error_message=_("The edition already has a question with this key."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="question_with_edition"),  # what answers refer to
            models.CheckConstraint(
                condition=Q(key__regex=rules.KEY_PATTERN),
                name="question_key_is_lower_case",
                violation_error_message=_("Use only lower-case letters, digits and single hyphens in a key."),
            ),
            models.CheckConstraint(
                condition=Q(asked_of="answer", depends_on__isnull=False, depends_answers__len__gt=0)
                | (~Q(asked_of="answer") & Q(depends_on=None, depends_answers__len=0)),
                name="question_depends_on_an_answer",
                violation_error_message=_("Choose a question and the answers with which this one is asked."),
            ),
            models.CheckConstraint(condition=~Q(depends_on=F("id")), name="question_not_on_itself"),
            models.CheckConstraint(
                condition=IS_SYSTEM | Q(privacy="plain", kept_days=None) | (~Q(privacy="plain") & ~Q(kept_days=None)),
                name="question_kept_for_a_time",
                violation_error_message=_("Enter how long personal and sensitive answers are kept after the edition."),
            ),
            models.CheckConstraint(
                condition=Q(kept_days=None) | Q(kept_days__lte=rules.LONGEST_KEPT),
                name="question_not_kept_for_ever",
                violation_error_message=_("Answers are kept for at most 3,650 days after the edition."),
            ),
            models.CheckConstraint(
                condition=~Q(privacy="sensitive") | Q(is_on_badge=False),
                name="question_sensitive_not_on_badge",
                violation_error_message=_("A sensitive answer cannot be on the badge, which everybody sees."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="file")
                | Q(asked_when__in=["registration", "later"], is_on_lists=False, is_on_badge=False)
                & ~Q(privacy="sensitive"),
                name="question_file_is_asked_of_people",
                violation_error_message=_(
                    "A file is asked of people themselves, and is neither sensitive nor on lists and badges."
                ),
            ),
            models.CheckConstraint(
                condition=Q(is_required=True) | Q(required_from=None),
                name="question_required_from_a_day",
                violation_error_message=_("Enter a day only for a question that must be answered."),
            ),
        ]

    def __str__(self) -> str:
        usual = WORDINGS.get(self.key)
        return in_language(self.labels) or (str(usual.label) if usual else self.key)

    @property
    def hint(self) -> str:
        """Return why it is asked, or how to answer."""
        usual = WORDINGS.get(self.key)
        return in_language(self.hints) or (str(usual.hint) if usual else "")

    @property
    def is_system(self) -> bool:
        return self.key in SYSTEM_QUESTIONS

    @property
    def is_sensitive(self) -> bool:
        return self.privacy == self.Privacy.SENSITIVE

    @property
    def has_choices(self) -> bool:
        return self.kind in WITH_CHOICES

    @property
    def has_file(self) -> bool:
        return self.kind == rules.Kind.FILE

    @cached_property
    def all_choices(self) -> Sequence[Choice]:
        """Return its choices in order, retired ones as well."""
        return [Choice(it["key"], it["labels"], bool(it.get("is_retired"))) for it in self.choices]

    @property
    def offered(self) -> list[Choice]:
        return [it for it in self.all_choices if not it.is_retired]

    @cached_property
    def rule(self) -> QuestionRule:
        """Return when and of whom it is asked. Needs `depends_on`, if there is one."""
        return QuestionRule(
            key=self.key,
            when=rules.When(self.asked_when),
            whom=rules.Whom(self.asked_of),
            depends_on=self.depends_on.key if self.depends_on else "",
            answers=frozenset(self.depends_answers),
            is_required=self.is_required,
            required_from=self.required_from,
            is_retired=self.is_retired,
        )

    def in_words(self, answer: Answer) -> str:
        """Return an answer as pages show it, choices by their labels; empty if there is none.

        One to an earlier kind of the question, as the history has them, is shown as it is.
        """
        if answer is None:
            return ""
        if self.has_choices:
            labels = {it.key: str(it) for it in self.all_choices}
            return "; ".join(labels.get(key, key) for key in ([answer] if isinstance(answer, str) else answer))
        text = answer if isinstance(answer, str) else "; ".join(answer)
        if self.kind == self.Kind.YES_NO:
            return str(YES_NO.get(text, text))
        if self.kind == self.Kind.COUNTRY:
            return country_name(text)
        if self.kind == self.Kind.FILE and (given := file_in(text)):
            return given.name
        day = day_in(text) if self.kind == self.Kind.DATE else None
        return date_format(day, "j F Y") if day else text

    def as_cell(self, answer: Answer) -> str | Decimal | dt.date | None:
        """Return an answer for a spreadsheet: numbers and days as such."""
        read = {self.Kind.NUMBER: number_in, self.Kind.DATE: day_in}.get(self.Kind(self.kind))
        cell = read(answer) if read and isinstance(answer, str) else None
        return self.in_words(answer) if cell is None else cell
