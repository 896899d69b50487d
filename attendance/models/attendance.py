"""The attendance of one person at one session."""

import datetime as dt
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import AboutOnePerson
from attendance.models.actual_time import end_of
from attendance.rules import attendance
from attendance.triggers import holds_what_certificates_rest_on
from programme.models import Session
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.history import tracked


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def established(self) -> Self:
        """Return the rows with a status: the person was seen or excused, or an organiser decided."""
        return self.exclude(status="")

    def seen(self) -> Self:
        """Return the rows of people who were there, also if not for long enough."""
        return self.filter(status__in=[status.value for status in attendance.WAS_THERE | attendance.UNDECIDED])

    def latest_first(self) -> Self:
        return self.order_by("-changed_at", "-pk")

    def undecided(self, now: dt.datetime) -> Self:
        """Return the rows that need an organiser's decision, of sessions that were held and have ended."""
        waiting = self.filter(status__in=[status.value for status in attendance.UNDECIDED], session__is_published=True)
        held = waiting.exclude(session__status=Session.Status.CANCELLED)
        return held.alias(ended_at=end_of("session__")).filter(ended_at__lte=now)


@tracked(leaving_out=["changed_at"])
class Attendance(AboutOnePerson):
    """The result of evidence, decisions and excuses for one person and session (`rules.attendance`), updated with them.

    Without a row, or with an empty `status`, nobody saw the person: "upcoming" or "missed", depending on the time. Read
    a status with `wording.status_of`, never directly: evidence settles nothing before the session's end. `minutes` come
    from reports only; a scan or a click measures no time.
    """

    class Status(models.TextChoices):
        PRESENT = attendance.AttendanceStatus.PRESENT, _("present")
        COUNTS = attendance.AttendanceStatus.COUNTS, _("partly present, counts")
        CLICKED = attendance.AttendanceStatus.CLICKED, _("clicked Join, not confirmed")
        TO_DECIDE = attendance.AttendanceStatus.TO_DECIDE, _("clicked Join, needs a decision")
        PARTIAL = attendance.AttendanceStatus.PARTIAL, _("partly present")
        EXCUSED = attendance.AttendanceStatus.EXCUSED, _("excused")
        MADE_UP = attendance.AttendanceStatus.MADE_UP, _("made up")
        ABSENT = attendance.AttendanceStatus.ABSENT, _("absent")

    class Source(models.TextChoices):
        DECISION = "decision", _("decision")
        EXCUSE = "excuse", _("approved request")
        REPORT = attendance.EvidenceKind.REPORT, _("meeting report")
        DOOR = attendance.EvidenceKind.DOOR, _("door scan")
        WORD = attendance.EvidenceKind.WORD, _("organiser’s word")
        SELF = attendance.EvidenceKind.SELF, _("self check-in")
        LIVE = attendance.EvidenceKind.LIVE, _("seen live by the platform")
        JOIN = attendance.EvidenceKind.JOIN, _("join click")

    status = models.CharField(_("status"), max_length=10, choices=Status, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    arrived_at = models.DateTimeField(_("seen from"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(fields=["participant", "session"], name="attendance_once"),
        ]
        triggers = [holds_what_certificates_rest_on()]
        indexes = [
            models.Index(fields=["session", "status"], name="attendance_totals"),
            models.Index(fields=["session", "-changed_at", "-id"], name="attendance_latest"),  # the live page's
        ]
