"""What is asked about sessions once they are over: a set of questions for an edition, and others for some sessions (decision 76)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.session import Session
from programme.rules.session_feedback import MOST_DAYS, USUAL_DAYS, FeedbackQuestion, questions_of
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.history import tracked


class FeedbackSetQuerySet(models.QuerySet["FeedbackSet"]):
    def usual(self) -> Self:
        """Return the sets of whole editions, for sessions without one of their own."""
        return self.filter(session=None)


@tracked()
class FeedbackSet(models.Model):
    """The questions about one session or, without a session, about all those of an edition that have none of their own.

    `questions`: rows of `rules.session_feedback.FeedbackQuestion`; empty: nothing is asked. An edition without a row asks nothing.
    `open_days`: for how many days after the session's day people can answer.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="feedback_sets", verbose_name=_("edition"))
    session = models.ForeignKey(
        Session, models.CASCADE, null=True, blank=True, related_name="feedback_sets", verbose_name=_("session")
    )
    questions = models.JSONField(_("questions"), default=list, blank=True)
    open_days = models.PositiveSmallIntegerField(
        _("days to answer"),
        default=USUAL_DAYS,
        help_text=_("For how many days after a session people can answer."),
    )

    objects = FeedbackSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback questions")
        verbose_name_plural = _("feedback questions")
        ordering = ["edition", "session", "pk"]
        constraints = [
            *of_one_edition("session"),
            models.UniqueConstraint(
                fields=["edition"], condition=Q(session=None), name="feedback_set_one_usual_an_edition"
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(session__isnull=False), name="feedback_set_one_a_session"
            ),
            models.CheckConstraint(
                condition=Q(open_days__range=(1, MOST_DAYS)),
                name="feedback_set_is_open_for_some_days",
                violation_error_message=_("Enter 1 to 90 days."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.session or self.edition)

    @cached_property
    def asked(self) -> list[FeedbackQuestion]:
        return questions_of(self.questions)
