"""Certificates: what each says and rests on is frozen in it. They are added, and revoked; nothing else (decision 70)."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from attendance.models.about import AboutOnePerson
from attendance.rules import certificates
from attendance.triggers import keeps_every_row, revoked_once, waits_for_seal
from programme.models import Edition, Logo, Participant
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.history import tracked


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid(self) -> Self:
        return self.filter(revoked_at=None)

    def without_file(self) -> Self:
        """Return the valid certificates whose PDF file is still to be made."""
        return self.valid().filter(~Exists(CertificateFile.objects.filter(certificate=OuterRef("pk"))))

    def with_people(self) -> Self:
        return self.select_related("participant__user", "participant__delegation__city", "edition", "logo")


@tracked(leaving_out=["code", "layout"])
class Certificate(models.Model):
    """A certificate of one person in one edition, as it is printed. A person has one valid certificate at most.

    `layout`: the words in its language, and who signs, as they were when it was issued; `minutes`: of the sessions that it lists.
    """

    class Kind(models.TextChoices):
        COMPLETED = certificates.CertificateKind.COMPLETED, _("completed the programme")
        ATTENDED = certificates.CertificateKind.ATTENDED, _("took part")

    code = models.CharField(_("code"), max_length=20, unique=True, default=certificates.new_code, editable=False)
    participant = models.ForeignKey(
        Participant,
        models.PROTECT,
        related_name="certificates",
        verbose_name=_("participant"),
        db_constraint=False,
    )
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", editable=False, db_constraint=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(_("city"), max_length=120)
    edition_name = models.CharField(_("name of the edition"), max_length=120)
    organiser_name = models.CharField(_("organiser"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10)
    minutes = models.PositiveIntegerField(_("minutes"))
    layout = models.JSONField(_("words and signatories"))
    logo = models.ForeignKey(Logo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("logo"))
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )
    revoked_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            *of_one_edition("participant"),
            models.UniqueConstraint(
                fields=["participant"],
                condition=Q(revoked_at=None),
                name="certificate_one_valid_a_person",
                violation_error_message=_("This person already has a valid certificate."),
            ),
            models.UniqueConstraint(
                fields=["id", "edition"], name="certificate_with_edition"
            ),  # what its sessions refer to
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoked_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_reason="")),
                name="certificate_revoked_says_by_whom_and_why",
                violation_error_message=_("Enter a reason."),
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-HJKMNP-TV-Z]{20}$"), name="certificate_code_is_long"
            ),
        ]
        indexes = [models.Index(fields=["edition", "-id"], name="certificate_of_edition")]
        triggers = [
            *revoked_once(),
            waits_for_seal("certificate"),
            waits_for_seal(
                "revocation",
                operation=pgtrigger.Update,
                condition="old_rows.revoked_at IS NULL AND new_rows.revoked_at IS NOT NULL",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("attendance:certificate", args=[self.code_in_groups])

    @property
    def code_in_groups(self) -> str:
        return certificates.in_groups(self.code)

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def duration(self) -> str:
        return certificates.duration_text(self.minutes)


class CertificateSession(AboutOnePerson):
    """A session that a certificate rests on, as it was when the certificate was issued.

    `participant`: whose attendance it is: the holder's, or that of somebody who held their place before, which is not listed.
    """

    class CountedAs(models.TextChoices):
        ATTENDED = certificates.CountedAs.ATTENDED, _("attended")
        MADE_UP = certificates.CountedAs.MADE_UP, _("made up")
        EXCUSED = certificates.CountedAs.EXCUSED, _("excused")

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="sessions", db_constraint=False)
    counted_as = models.CharField(max_length=10, choices=CountedAs)
    is_listed = models.BooleanField()
    title = models.CharField(max_length=200)
    held_on = models.DateField(null=True)
    minutes = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("session of a certificate")
        verbose_name_plural = _("sessions of certificates")
        ordering = ["certificate", "position"]
        constraints = [
            *of_one_edition("participant", "session", "certificate"),
            models.UniqueConstraint(fields=["certificate", "session"], name="certificate_session_once"),
        ]
        triggers = keeps_every_row()

    def __str__(self) -> str:
        return self.title

    @property
    def duration(self) -> str:
        return certificates.duration_text(self.minutes)

    @property
    def in_words(self) -> str:
        """Return the session with its day and duration: "Peer-learning (made up), 25 September 2025, 1 h 30 min"."""
        title = _now("%(session)s (made up)") % {"session": self.title} if self.is_made_up else self.title
        day = date_format(self.held_on, "j F Y") if self.held_on else ""
        return ", ".join(part for part in (title, day, self.duration) if part)

    @property
    def is_made_up(self) -> bool:
        return self.counted_as == self.CountedAs.MADE_UP


class CertificateFile(models.Model):
    """The PDF file of a certificate, made once. `digest`: its SHA-256 as hexadecimal digits."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="file")
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("file of a certificate")
        verbose_name_plural = _("files of certificates")
        ordering = ["pk"]
        triggers = keeps_every_row()

    def __str__(self) -> str:
        return f"{self.certificate_id}.pdf"


class CertificateRunQuerySet(models.QuerySet["CertificateRun"]):
    def open(self) -> Self:
        return self.filter(finished_at=None)


@tracked(leaving_out=["last_participant", "n_issued", "n_left_out", "n_nameless", "has_failed"])
class CertificateRun(models.Model):
    """An organiser's request for certificates of everybody who may have one. A task issues them, some people at a time.

    `last_participant`: up to whom, by primary key, it has come: what it goes on from after a crash. `n_left_out`: who may not have
    one; `n_nameless`: who has no name yet; `has_failed`: it was stopped by an error.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", editable=False)
    with_attended = models.BooleanField(_("also who took part"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    last_participant = models.BigIntegerField(default=0)
    n_issued = models.PositiveIntegerField(default=0)
    n_left_out = models.PositiveIntegerField(default=0)
    n_nameless = models.PositiveIntegerField(default=0)
    has_failed = models.BooleanField(default=False)

    objects = CertificateRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("issuing of certificates")
        verbose_name_plural = _("issuing of certificates")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition"], condition=Q(finished_at=None), name="certificate_run_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition}, {self.asked_at:%Y-%m-%d}"
