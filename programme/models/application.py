"""Applications of cities, their answers, and the decisions about them (decision 57)."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Cast, Lower, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.answer import AnswerQuerySet, HoldsAnswer
from programme.models.city import city_in_words, city_label
from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.models.question import Question
from programme.rules.applications import CHANGEABLE, OUTCOMES, WITHDRAWABLE
from programme.rules.applications import State as KnownState
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.country_fields import CountryField
from udtacademy.db.encrypted_fields import EncryptedTextField
from udtacademy.db.fields import LineField
from udtacademy.db.history import tracked
from udtacademy.outbox.models import Message

if TYPE_CHECKING:
    from decimal import Decimal

WIDE = DecimalField(max_digits=20, decimal_places=8)


def conflict_of(viewer: User) -> Q:
    """Return whether the viewer has a conflict of interest in an application: declared, or as they applied for the city."""
    declared = apps.get_model("programme", "ApplicationConflict").objects.filter(
        application=OuterRef("pk"), organiser=viewer
    )
    of_city = Application.objects.filter(
        edition=OuterRef("edition"),
        contact=viewer,
        city_name__iexact=OuterRef("city_name"),
        country=OuterRef("country"),
    )
    return Exists(declared) | Exists(of_city)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def in_conflict(self, viewer: User) -> Self:
        return self.filter(conflict_of(viewer))

    def in_list_order(self) -> Self:
        return self.order_by(Lower("city_name"), "country", "pk")

    def with_scores(self, viewer: User) -> Self:
        """Annotate with `mean` of the scores, as `rules.applications.mean_of`, and `n_scorers`; for the viewer with `is_scored`
        and `has_conflict`. With a conflict, pages leave the scores out (`queries.applications.ListedApplication`).
        """
        counted = Q(scores__criterion__weight__gt=0)
        weight = F("scores__criterion__weight")
        points = Cast(Sum(F("scores__points") * weight, filter=counted), WIDE)
        own = apps.get_model("programme", "ApplicationScore").objects.filter(application=OuterRef("pk"), scorer=viewer)
        scored = self.annotate(
            mean=Round(points / Sum(weight, filter=counted), precision=2),
            n_scorers=Count("scores__scorer", distinct=True, filter=counted),
            is_scored=Exists(own),
            has_conflict=conflict_of(viewer),
        )
        return scored.in_list_order()


@tracked()
class Application(models.Model):
    """A city's application for a place in an edition, sent by its contact person, who has one in an edition.

    `told_state`: what the contact person knows. `delegation`: what an acceptance made, or where the city was already.
    `emptied_at`: when what was personal in it was deleted.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("to be decided")
        WAITING = "waiting", _("on the waiting list")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="applications", verbose_name=_("edition"))
    contact = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="applications", verbose_name=_("contact person")
    )
    city_name = LineField(_("city"), max_length=120)
    country = CountryField(_("country"), max_length=2)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SUBMITTED)
    state_at = models.DateTimeField(_("in this state since"), default=timezone.now)
    told_state = models.CharField(_("state as they know it"), max_length=10, choices=State, default=State.SUBMITTED)
    delegation = models.ForeignKey(
        Delegation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("delegation"),
    )
    submitted_at = models.DateTimeField(_("received"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    emptied_at = models.DateTimeField(_("emptied"), null=True, blank=True)

    # Set by `with_scores`
    mean: "Decimal | None"
    n_scorers: int
    has_conflict: bool
    is_scored: bool

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["edition", "city_name", "pk"]
        constraints = [
            *of_one_edition("delegation"),
            models.UniqueConstraint(
                fields=["edition", "contact"],
                name="application_once_in_edition",
                violation_error_message=_("You have already applied."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="application_with_edition"),  # what answers refer to
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="application_country_is_iso_code"),
            models.CheckConstraint(
                condition=Q(state__in=[it.value for it in KnownState]), name="application_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(delegation=None) | Q(state="accepted"), name="application_delegation_of_accepted"
            ),
        ]
        indexes = [models.Index(fields=["edition", "state"], name="application_by_state")]

    def __str__(self) -> str:
        return city_label(self.city_name, self.country)

    @property
    def city_in_words(self) -> str:
        return city_in_words(self.city_name, self.country)

    @property
    def is_changeable(self) -> bool:
        """Return whether its contact person can change it while applications are open."""
        return self.state in CHANGEABLE and self.told_state == self.state

    @property
    def is_withdrawable(self) -> bool:
        """Return whether its contact person can withdraw it: not while a decision waits to be sent."""
        return self.state in WITHDRAWABLE and self.told_state == self.state

    @property
    def is_decided(self) -> bool:
        """Return whether organisers have decided, also if its contact person does not know what."""
        return self.state not in CHANGEABLE

    def get_told_state_label(self) -> str:
        return str(self.State(self.told_state).label)


class ApplicationDraft(models.Model):
    """An application that was started and not sent, or a change of one. Deleted once it is sent.

    `answers` maps names of form fields to the strings as entered, not validated.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="application_drafts")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="application_drafts")
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "edition"], name="application_draft_once_in_edition")]

    def __str__(self) -> str:
        return f"{self.user}, {self.edition}"


@tracked(leaving_out=["private_value"])
class ApplicationAnswer(HoldsAnswer):
    """An application's answer to a question asked of applicants; without a value if it was left empty. As `Answer`."""

    is_technical = True

    application = models.ForeignKey(Application, models.CASCADE, related_name="answers", verbose_name=_("application"))
    question = models.ForeignKey(
        Question, models.RESTRICT, related_name="application_answers", verbose_name=_("question")
    )
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", verbose_name=_("edition"))
    value = models.JSONField(_("answer"), null=True, blank=True)
    private_value = EncryptedTextField(_("sensitive answer"), blank=True, default="")

    objects = AnswerQuerySet["ApplicationAnswer"].as_manager()

    class Meta:
        verbose_name = _("answer of an application")
        verbose_name_plural = _("answers of applications")
        ordering = ["application", "question"]
        constraints = [
            *of_one_edition("application", "question"),
            models.UniqueConstraint(fields=["application", "question"], name="application_answer_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(private_value=""), name="application_answer_in_one_column"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.question}"


class ApplicationDecisionQuerySet(models.QuerySet["ApplicationDecision"]):
    def untold(self) -> Self:
        """Return the decisions that can be undone: the applicant does not know them yet."""
        return self.filter(told_at=None, undone_at=None)

    def due(self, now: dt.datetime) -> Self:
        return self.untold().filter(tells_at__lte=now)


@tracked()
class ApplicationDecision(models.Model):
    """What was decided about an application, by whom, when and why.

    It can be undone until the applicant is told of it, from `tells_at` on; `before`: the state it then has again. `text`: what the
    email says besides. `makes_delegation`: the city had none before.
    """

    is_technical = True

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="decisions", verbose_name=_("application")
    )
    outcome = models.CharField(_("decision"), max_length=10, choices=Application.State)
    before = models.CharField(_("before"), max_length=10, choices=Application.State)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    text = models.TextField(_("message to the applicant"), blank=True)
    quota = models.PositiveSmallIntegerField(_("quota"), null=True, blank=True)
    makes_delegation = models.BooleanField(_("makes a delegation"), default=False)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    tells_at = models.DateTimeField(_("tells from"))
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    undone_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = ApplicationDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision about an application")
        verbose_name_plural = _("decisions about applications")
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(told_at=None, undone_at=None),
                name="application_decision_one_untold",
                violation_error_message=_("Another decision about this application has not been sent yet."),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[it.value for it in OUTCOMES]), name="application_decision_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="accepted", quota__gte=1) | (~Q(outcome="accepted") & Q(quota=None)),
                name="application_decision_quota_of_accepted",
                violation_error_message=_("Enter a quota of at least 1."),
            ),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(undone_at=None), name="application_decision_told_or_undone"
            ),
            models.CheckConstraint(
                condition=Q(tells_at__gte=F("decided_at")), name="application_decision_told_afterwards"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"

    @property
    def is_untold(self) -> bool:
        return self.told_at is None and self.undone_at is None
