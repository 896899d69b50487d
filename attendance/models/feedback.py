"""Feedback on sessions: that somebody answered, and what was answered, without anything that joins the two (decision 76)."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import OnePersonLog
from programme.models import Edition, Session
from udtacademy.db.composite_keys import of_one_edition


class FeedbackGiven(OnePersonLog):
    """That somebody answered about a session; neither what nor when. Its key is random, so that it says no order either."""

    is_technical: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("feedback given")
        verbose_name_plural = _("feedback given")
        ordering = ["pk"]
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(fields=["participant", "session"], name="feedback_given_once"),
        ]


class FeedbackTally(models.Model):
    """What people answered about a session, counted. No row, no order and no time belongs to one of them. It has no history.

    `questions`, `closes_on`: as they were when the first one answered; they stay, so that nobody looks at all answers in between by
    ending it. `answers`: by the question's key, how many chose each
    value, or the texts by alphabet. `n_given`: how many people answered; `shown`, `n_shown`: the answers as organisers see them
    while people can answer, of each question renewed only when it has some more, and how many had answered at the last such time.
    """

    is_technical: ClassVar[bool] = True

    session = models.OneToOneField(
        Session, models.CASCADE, primary_key=True, related_name="feedback_tally", verbose_name=_("session")
    )
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    questions = models.JSONField(_("questions"))
    closes_on = models.DateField(_("last day to answer"))
    answers = models.JSONField(_("answers"), default=dict)
    n_given = models.PositiveIntegerField(_("people who answered"), default=0)
    shown = models.JSONField(_("answers shown"), default=dict)
    n_shown = models.PositiveIntegerField(_("people whose answers are shown"), default=0)

    class Meta:
        verbose_name = _("answers about a session")
        verbose_name_plural = _("answers about sessions")
        ordering = ["session"]
        constraints = [
            *of_one_edition("session"),
            models.CheckConstraint(condition=Q(n_shown__lte=F("n_given")), name="feedback_shown_was_given"),
        ]

    def __str__(self) -> str:
        return str(self.session)


class FeedbackEmail(OnePersonLog):
    """That somebody was asked about a session by email, or reminded. Each once."""

    is_technical: ClassVar[bool] = True

    class Kind(models.TextChoices):
        ASKED = "asked", _("asked")
        REMINDED = "reminded", _("reminded")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("email about feedback")
        verbose_name_plural = _("emails about feedback")
        ordering = ["pk"]
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(fields=["participant", "session", "kind"], name="feedback_email_once"),
        ]
