"""Meeting reports, their people, shared connections, and the aliases learnt from them."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.meeting_reports.matching import MatchBasis, MatchGroup
from attendance.meeting_reports.reading import DateOrder, Flag, ParsedPerson
from attendance.models.actual_time import end_of, held_at
from programme.models import Edition, Participant, Session
from programme.models.counts import count_of
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.history import tracked


class ReportQuerySet(models.QuerySet["Report"]):
    def applied(self) -> Self:
        return self.filter(state=Report.State.APPLIED)

    def whole(self) -> Self:
        """Return the reports uploaded after their session had ended, as `is_whole`."""
        return self.alias(ended_at=end_of("session__")).filter(uploaded_at__gte=F("ended_at"))

    def of_edition(self, edition: Edition) -> Self:
        """Return an edition's reports with all that a list shows, without the files."""
        return self.filter(edition=edition).select_related("session", "uploaded_by", "applied_by").defer("content")

    def of_same_file(self, report: "Report") -> Self:
        """Return the reports of all meetings in the file."""
        return self.filter(edition=report.edition_id, sha256=report.sha256)

    def with_counts(self) -> Self:
        """Annotate the number of people, `n_people`, and of those still to be matched, `n_to_choose`."""
        return self.annotate(
            n_people=count_of("attendance.ReportedPerson", "report"),
            n_to_choose=count_of("attendance.ReportedPerson", "report", group=MatchGroup.TO_CHOOSE),
        )


@tracked(leaving_out=["content", "meta", "warnings", "named_zone", "is_zone_chosen"])
class Report(models.Model):
    """One meeting in a platform's file, as it was read, and whether it has been applied.

    `content`: the file; the retention task empties it. `part`: the number of the meeting in the file. `zone`: the time
    zone it was read in, unless the file names one (`named_zone`) that the organiser has not overruled. `uploaded_by`: None if
    the site fetched it from the platform.
    """

    class State(models.TextChoices):
        READ = "read", _("not applied yet")
        APPLIED = "applied", _("applied")

    class DateOrderChoice(models.TextChoices):
        DAY_FIRST = DateOrder.DAY_FIRST, _("day first")
        MONTH_FIRST = DateOrder.MONTH_FIRST, _("month first")

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name=_("edition"), editable=False)
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("session")
    )
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    part = models.PositiveSmallIntegerField(default=0)

    platform = models.CharField(_("platform"), max_length=20)
    layout = models.CharField(_("layout"), max_length=30)
    zone = models.CharField(_("time zone"), max_length=60)
    named_zone = models.CharField(_("time zone in the file"), max_length=60, blank=True, default="", db_default="")
    is_zone_chosen = models.BooleanField(default=False, db_default=False)
    encoding = models.CharField(max_length=20)
    date_order = models.CharField(_("order of dates"), max_length=12, choices=DateOrderChoice, blank=True)
    is_order_chosen = models.BooleanField(default=False)
    meta = models.JSONField(default=dict, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    doubts = models.JSONField(default=list, blank=True)
    first_join_at = models.DateTimeField(_("first join"), null=True, blank=True)
    last_leave_at = models.DateTimeField(_("last leave"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READ)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("uploaded by")
    )
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    applied_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("applied by")
    )
    forgotten_at = models.DateTimeField(_("file and unmatched people deleted"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting report")
        verbose_name_plural = _("meeting reports")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            *of_one_edition("session"),
            models.UniqueConstraint(
                fields=["edition", "sha256", "part"],
                name="report_file_once",
                violation_error_message=_("This file has already been uploaded."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="report_with_edition"),  # what evidence refers to
            models.CheckConstraint(
                condition=Q(state="read", applied_at__isnull=True, applied_by__isnull=True)
                | Q(state="applied", applied_at__isnull=False, applied_by__isnull=False, session__isnull=False),
                name="report_applied_says_by_whom_and_to_what",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_applied(self) -> bool:
        return self.state == self.State.APPLIED

    @property
    def is_fetched(self) -> bool:
        return self.uploaded_by_id is None

    @property
    def is_whole(self) -> bool:
        """Return whether the session had ended when the file was uploaded. Select `session__actual_time` with several.

        A file uploaded earlier proves nothing about people who are missing from it.
        """
        ends_at = held_at(self.session).ends_at if self.session else None
        return ends_at is not None and ends_at <= self.uploaded_at

    @property
    def platform_name(self) -> str:
        return str(PLATFORMS.get(self.platform, self.platform))


PLATFORMS = {
    "zoom": "Zoom",
    "teams": "Microsoft Teams",
    "meet": "Google Meet",
    "webex": "Webex",
    "bigbluebutton": "BigBlueButton",
    "goto": "GoTo",
    "plain": _("your own list"),
}


class ReportedPersonQuerySet(models.QuerySet["ReportedPerson"]):
    def in_group(self, group: str) -> Self:
        return self.filter(group=group)

    def unmatched(self) -> Self:
        return self.filter(participant__isnull=True)

    def with_participants(self) -> Self:
        return self.select_related("participant__user", "participant__delegation__city", "chosen_by")


class ReportedPerson(models.Model):
    """One name and address in a report, and the participant matched to it. The retention task deletes unmatched people."""

    class Group(models.TextChoices):
        TO_CHOOSE = MatchGroup.TO_CHOOSE, _("to match")
        UNKNOWN = MatchGroup.UNKNOWN, _("unknown")
        MATCHED = MatchGroup.MATCHED, _("matched")
        IGNORED = MatchGroup.IGNORED, _("ignored")

    class How(models.TextChoices):
        EMAIL = MatchBasis.EMAIL, _("by email address")
        ALIAS = MatchBasis.ALIAS, _("by alias")
        NAME = MatchBasis.NAME, _("by full name")
        CHOSEN = "chosen", _("chosen")
        NOBODY = "nobody", _("not a participant")

    report = models.ForeignKey(Report, models.CASCADE, related_name="people")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=700, blank=True)
    original_name = models.CharField(max_length=700, blank=True)
    email = models.CharField(max_length=300, blank=True)
    second_name = models.CharField(max_length=700, blank=True, default="", db_default="")
    second_email = models.CharField(max_length=300, blank=True, default="", db_default="")
    n_lines = models.PositiveIntegerField()
    intervals = models.JSONField(default=list)
    minutes = models.FloatField()
    flags = models.JSONField(default=list)

    group = models.CharField(max_length=10, choices=Group)
    how = models.CharField(max_length=10, choices=How, blank=True)
    participant = models.ForeignKey(Participant, models.PROTECT, null=True, blank=True, related_name="+")
    suggestions = models.JSONField(default=list)
    chosen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    chosen_at = models.DateTimeField(null=True, blank=True)

    objects = ReportedPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person in a report")
        verbose_name_plural = _("people in reports")
        ordering = ["report", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group="matched", participant__isnull=False)
                | (~Q(group="matched") & Q(participant__isnull=True)),
                name="reported_person_is_matched_to_somebody",
            ),
            models.UniqueConstraint(fields=["report", "position"], name="reported_person_position"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def in_file(self) -> ParsedPerson:
        """Return the person as they were read from the file."""
        return ParsedPerson(
            name=self.name,
            original_name=self.original_name,
            email=self.email,
            n_lines=self.n_lines,
            intervals=tuple((moment(start), moment(end)) for start, end in self.intervals),
            minutes=self.minutes,
            flags=frozenset(map(Flag, self.flags)),
            second_name=self.second_name,
            second_email=self.second_email,
        )

    @property
    def is_approximate(self) -> bool:
        return Flag.APPROXIMATE in self.flags


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


class SharedConnection(models.Model):
    """Another participant who used the same connection as a person in a report, as an organiser confirmed."""

    person = models.ForeignKey(ReportedPerson, models.CASCADE, related_name="shared")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+", verbose_name=_("also present"))
    note = models.CharField(_("how do you know?"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("shared connection")
        verbose_name_plural = _("shared connections")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "participant"],
                name="shared_connection_once",
                violation_error_message=_("This person is already recorded on this connection."),
            ),
            models.CheckConstraint(condition=~Q(note=""), name="shared_connection_has_a_note"),
        ]

    def __str__(self) -> str:
        return str(self.participant)


@tracked()
class Alias(models.Model):
    """A name or an address that an organiser confirmed to be a participant's. Keys are folded; exactly one is set."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", editable=False)
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="aliases", verbose_name=_("participant"))
    name_key = models.CharField(_("name"), max_length=700, blank=True)
    email_key = models.CharField(_("email"), max_length=300, blank=True)
    report = models.ForeignKey(Report, models.SET_NULL, null=True, blank=True, related_name="aliases")
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("confirmed by"))
    confirmed_at = models.DateTimeField(_("confirmed"), default=timezone.now)

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["participant", "pk"]
        constraints = [
            *of_one_edition("participant"),
            models.UniqueConstraint(
                fields=["edition", "name_key"], condition=~Q(name_key=""), name="alias_name_once_in_edition"
            ),
            models.UniqueConstraint(
                fields=["edition", "email_key"], condition=~Q(email_key=""), name="alias_email_once_in_edition"
            ),
            models.CheckConstraint(
                condition=(Q(name_key="") & ~Q(email_key="")) | (~Q(name_key="") & Q(email_key="")),
                name="alias_is_a_name_or_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.name_key or self.email_key
