"""Whether people still come to the days in person: the questions sent, and the answers (decision 51)."""

import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.participant import Participant
from programme.rules.coming import DaysInPerson, holds
from udtacademy.accounts.models.user import User
from udtacademy.db.history import tracked
from udtacademy.outbox.models import Message


class ComingAnswerQuerySet(models.QuerySet["ComingAnswer"]):
    def holding(self, days: DaysInPerson) -> Self:
        """Return the answers that hold for these days, see `rules.coming.holds`."""
        since = Q(answered_at__gte=F("participant__state_at"))
        return self.filter(since, first_on=days.first_on, last_on=days.last_on)

    def giving_up(self) -> Self:
        """Return the answers by which people, since they registered, gave up seats in person or waiting for one."""
        since = Q(answered_at__gte=F("participant__state_at"))
        return self.filter(since, Q(released__len__gt=0) | Q(not_waited_for__len__gt=0))


@tracked()
class ComingAnswer(models.Model):
    """Whether a participant comes to the days in person, `first_on` to `last_on`. It changes no registration.

    `released`, `not_waited_for`: the sessions (primary keys) whose seats and waiting lists they left by saying no, which
    they get back if they come after all. Written under the lock of the participant.
    """

    participant = models.OneToOneField(
        Participant, models.CASCADE, related_name="coming_answer", verbose_name=_("participant")
    )
    is_coming = models.BooleanField(_("is coming"))
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    answered_at = models.DateTimeField(_("answered"), default=timezone.now)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("answered by"))
    released = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("seats released"))
    not_waited_for = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("waiting lists left"))

    objects = ComingAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer about coming")
        verbose_name_plural = _("answers about coming")
        ordering = ["participant"]
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="coming_answer_days_in_order"),
            models.CheckConstraint(
                condition=Q(is_coming=False) | Q(released__len=0, not_waited_for__len=0),
                name="coming_answer_releases_by_no",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.is_coming}"

    def holds(self, days: DaysInPerson, registered_at: dt.datetime) -> bool:
        return holds(self.answered_at, (self.first_on, self.last_on), days, registered_at)

    def gives_up(self, registered_at: dt.datetime) -> bool:
        """Return whether it is among `ComingAnswerQuerySet.giving_up`."""
        return self.answered_at >= registered_at and bool(self.released or self.not_waited_for)


class ComingQuestion(models.Model):
    """An email that asked a participant whether they still come. Never changed; one of each for the same days."""

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="coming_questions", verbose_name=_("participant")
    )
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    is_reminder = models.BooleanField(_("reminder"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("question about coming")
        verbose_name_plural = _("questions about coming")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "first_on", "last_on", "is_reminder"], name="coming_question_once_for_days"
            ),
        ]

    def __str__(self) -> str:
        return str(self.participant)
