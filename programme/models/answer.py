"""What participants answered to the questions of their edition (decision 53)."""

import json
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.participant import Participant
from programme.models.question import Question
from programme.rules.questions import Answer as Value
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.encrypted_fields import EncryptedTextField, EncryptingModel
from udtacademy.db.encryption import UnreadableError
from udtacademy.db.history import tracked
from udtacademy.outbox.models import Message

M = TypeVar("M", bound=models.Model)


class AnswerQuerySet(models.QuerySet[M]):
    def given(self) -> Self:
        """Return the answers that are not left empty."""
        return self.exclude(value__isnull=True, private_value="")


class HoldsAnswer(EncryptingModel):
    """An answer in one of two columns: `value`, or `private_value` of a sensitive question."""

    value: Any
    private_value: Any

    class Meta:
        abstract = True

    @property
    def content(self) -> Value:
        """Return the answer; None if it was left empty, or cannot be read because SECRET_KEY was changed."""
        try:
            content: Value = json.loads(self.private_value) if self.private_value else self.value
        except UnreadableError:
            return None
        return content

    def put(self, content: Value, *, is_sensitive: bool) -> None:
        """Set the answer, where it belongs."""
        is_private = is_sensitive and content is not None
        self.value = None if is_private else content
        self.private_value = json.dumps(content) if is_private else ""


@tracked(leaving_out=["private_value"])
class Answer(HoldsAnswer):
    """A participant's answer to a question that is no system question; without a value if they left it empty.

    `value`: as `rules.answers.read_answer` returns it. `private_value`: the same as JSON, of a sensitive question: encrypted,
    and not in the history. Read and set both as `content`.
    """

    is_technical = True

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="answers", verbose_name=_("participant"))
    question = models.ForeignKey(Question, models.RESTRICT, related_name="answers", verbose_name=_("question"))
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", verbose_name=_("edition"))
    value = models.JSONField(_("answer"), null=True, blank=True)
    private_value = EncryptedTextField(_("sensitive answer"), blank=True, default="", db_default="")

    objects = AnswerQuerySet["Answer"].as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["participant", "question"]
        constraints = [
            *of_one_edition("participant", "question"),
            models.UniqueConstraint(fields=["participant", "question"], name="answer_once_to_a_question"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(private_value=""), name="answer_in_one_of_two_places"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.question}"


class QuestionReminder(models.Model):
    """A question of which a participant was reminded by email, once for each. Deleted only if the email was withdrawn."""

    is_technical = True

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="question_reminders", verbose_name=_("participant")
    )
    question = models.ForeignKey(Question, models.CASCADE, related_name="reminders", verbose_name=_("question"))
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("reminder of a question")
        verbose_name_plural = _("reminders of questions")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "question"], name="question_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.question}"
