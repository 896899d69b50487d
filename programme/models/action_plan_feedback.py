"""What others say to an Action Plan: comments on a part, and the feedback of a peer city (decision 68)."""

import hashlib
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.action_plan import ActionPlanPart
from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.rules.action_plans import HIGHEST_RATING
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.history import tracked

ANSWERS = ("clarity", "feasibility", "benefit", "strengths", "suggestions")
RATINGS = [(1, _("not yet")), (2, _("in part")), (3, _("largely")), (4, _("fully"))]


class ActionPlanComment(models.Model):
    """A comment on a part. `delegation`: the city for which its author speaks; None for organisers."""

    is_technical: ClassVar[bool] = True

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", verbose_name=_("edition"))
    part = models.ForeignKey(ActionPlanPart, models.CASCADE, related_name="comments", verbose_name=_("part"))
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    delegation = models.ForeignKey(
        Delegation, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("city")
    )
    text = models.TextField(_("comment"))
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("comment on an Action Plan")
        verbose_name_plural = _("comments on Action Plans")
        ordering = ["part", "written_at", "pk"]
        constraints = [*of_one_edition("delegation")]

    def __str__(self) -> str:
        return f"{self.part}: {self.author}"


@tracked()
class PeerFeedback(models.Model):
    """One city reads another one's plan, and answers a short rubric. `given_at`: None until it has.

    `is_chosen`: by the city that gives it, which reads the plan only while it is shared; otherwise by organisers.
    """

    is_technical: ClassVar[bool] = True

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="peer_feedback", verbose_name=_("edition"))
    giver = models.ForeignKey(Delegation, models.CASCADE, related_name="feedback_given", verbose_name=_("from"))
    receiver = models.ForeignKey(Delegation, models.CASCADE, related_name="feedback_received", verbose_name=_("to"))
    is_chosen = models.BooleanField(_("chosen by the city"), default=False, db_default=False)
    clarity = models.PositiveSmallIntegerField(
        _("The challenge is clear"), choices=RATINGS, null=True, help_text=_("Who has it, where, and why now.")
    )
    feasibility = models.PositiveSmallIntegerField(
        _("The plan can be carried out"), choices=RATINGS, null=True, help_text=_("Data, people, money and time.")
    )
    benefit = models.PositiveSmallIntegerField(
        _("A digital twin helps with it"),
        choices=RATINGS,
        null=True,
        help_text=_("It answers what a map or a table cannot."),
    )
    strengths = models.TextField(_("What works well"), blank=True, default="")
    suggestions = models.TextField(_("What you suggest"), blank=True, default="")
    given_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    given_at = models.DateTimeField(_("given"), null=True)

    class Meta:
        verbose_name = _("feedback of a peer city")
        verbose_name_plural = _("feedback of peer cities")
        ordering = ["edition", "receiver", "giver"]
        constraints = [
            *of_one_edition("giver", "receiver"),
            models.UniqueConstraint(
                fields=["giver", "receiver"],
                name="peer_feedback_once",
                violation_error_message=_("This city already gives feedback to the other one."),
            ),
            models.CheckConstraint(
                condition=~Q(giver=F("receiver")),
                name="peer_feedback_not_on_own_plan",
                violation_error_message=_("A city cannot give feedback to itself."),
            ),
            models.CheckConstraint(
                condition=Q(given_at__isnull=True)
                | Q(
                    clarity__range=(1, HIGHEST_RATING),
                    feasibility__range=(1, HIGHEST_RATING),
                    benefit__range=(1, HIGHEST_RATING),
                ),
                name="peer_feedback_answers_the_rubric",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}"

    @property
    def is_given(self) -> bool:
        return self.given_at is not None

    @property
    def seen(self) -> str:
        """Return a token of what it says, by which somebody who changes it says what they have read."""
        return hashlib.sha256(repr([getattr(self, name) for name in ANSWERS]).encode()).hexdigest()[:16]
