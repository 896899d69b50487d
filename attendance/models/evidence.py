"""Evidence that people were there, and its retractions."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import AboutOnePerson
from attendance.models.kiosk import Kiosk
from attendance.models.report import Report
from attendance.rules import attendance
from attendance.triggers import keeps_every_row, waits_for_seal
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import CompositeForeignKey, of_one_edition


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def effective(self) -> Self:
        """Return the observations that have not been retracted."""
        return self.exclude(kind=Evidence.Kind.RETRACTION).filter(retraction__isnull=True)

    def vouched_by(self, organiser: User) -> Self:
        """Return an organiser's word that people were there."""
        return self.filter(kind=Evidence.Kind.WORD, by=organiser)

    def with_people(self) -> Self:
        """Select what a list of evidence shows, in one query."""
        relations = ("participant__user", "participant__delegation__city", "session__edition")
        return self.select_related(*relations, "by", "kiosk", "retracts", "retraction__by")


class Evidence(AboutOnePerson):
    """One observation that a person was there, or the retraction of one. Rows are added, never changed (see the
    trigger).

    `observed_at`: when they were seen, by the server's clock. With `ended_at`, they were there from `observed_at` until
    then. `platform`: the meeting platform whose events say so, or correct what they said before.
    """

    class Kind(models.TextChoices):
        JOIN = attendance.EvidenceKind.JOIN, _("join click")
        DOOR = attendance.EvidenceKind.DOOR, _("door scan")
        WORD = attendance.EvidenceKind.WORD, _("organiser’s word")
        SELF = attendance.EvidenceKind.SELF, _("self check-in")
        REPORT = attendance.EvidenceKind.REPORT, _("meeting report")
        LIVE = attendance.EvidenceKind.LIVE, _("seen live by the platform")
        RETRACTION = "retraction", _("retraction")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    observed_at = models.DateTimeField(_("seen at"))
    ended_at = models.DateTimeField(_("seen until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by"))
    kiosk = models.ForeignKey(
        Kiosk, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("kiosk")
    )
    scan_id = models.UUIDField(_("scan ID"), null=True, blank=True, unique=True)
    device_at = models.DateTimeField(_("time on the device"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("meeting report")
    )
    platform = models.CharField(_("platform"), max_length=20, blank=True, default="", db_default="")
    retracts = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="retraction", verbose_name=_("retracts")
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["session", "participant"], name="evidence_of_a_cell")]
        constraints = [
            *of_one_edition("participant", "session", "report", "kiosk"),
            CompositeForeignKey(
                field="retracts", matching=["participant", "session"], name="attendance_evidence_retracts_same_cell"
            ),
            models.CheckConstraint(
                condition=Q(kind="retraction", retracts__isnull=False)
                | (~Q(kind="retraction") & Q(retracts__isnull=True)),
                name="evidence_retraction_names_what_it_takes_back",
            ),
            models.CheckConstraint(
                condition=~Q(kind="retraction") | ((Q(by__isnull=False) | ~Q(platform="")) & ~Q(note="")),
                name="evidence_retraction_says_who_and_why",
                violation_error_message=_("Enter a reason for the retraction."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=models.F("observed_at")), name="evidence_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(report__isnull=True) | Q(kind="report"), name="evidence_of_a_report_is_of_that_kind"
            ),
            models.CheckConstraint(
                condition=Q(kiosk__isnull=True) | Q(kind="door"), name="evidence_of_a_kiosk_is_a_door_scan"
            ),
            models.UniqueConstraint(fields=["id", "participant", "session"], name="evidence_of_one_cell"),
        ]
        triggers = [*keeps_every_row(), waits_for_seal("evidence")]

    def as_observation(self) -> attendance.Observation:
        return attendance.Observation(attendance.EvidenceKind(self.kind), self.observed_at, self.ended_at)
