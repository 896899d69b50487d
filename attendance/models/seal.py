"""Seals: links of the hash chain over evidence, decisions and certificates of an edition (decision 79)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.rules.seals import hash_of_seal
from attendance.triggers import keeps_every_row, sealed_once
from programme.models import Edition


class Seal(models.Model):
    """A link of an edition's chain. `edition_slug`: the edition's when its chain began, as in all its seals' hashes.

    `root`: over the hashes of the records that it seals; `previous`: the hash of the seal before; `digest`: its own (`rules.seals`).
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="seals", verbose_name=_("edition"))
    edition_slug = models.CharField(max_length=60)
    number = models.PositiveIntegerField(_("number"))
    sealed_at = models.DateTimeField(_("sealed"), default=timezone.now)
    n_records = models.PositiveIntegerField(_("records"))
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["edition", "number"]
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="seal_once_a_number")]
        triggers = keeps_every_row()

    def __str__(self) -> str:
        return f"{self.edition_slug} {self.number}"

    def computed(self) -> bytes:
        """Return the hash of this seal as its values give it."""
        return hash_of_seal(
            edition=self.edition_slug,
            number=self.number,
            sealed_at=self.sealed_at,
            n_records=self.n_records,
            root=bytes(self.root),
            previous=bytes(self.previous),
        )


class SealedRecordQuerySet(models.QuerySet["SealedRecord"]):
    def waiting(self) -> "SealedRecordQuerySet":
        """Return what is to be sealed, in the order in which it was recorded."""
        return self.filter(seal=None).order_by("pk")


class SealedRecord(models.Model):
    """A record's place in the chain. A trigger adds it with the record; a task seals it, within minutes.

    `commitment` and `salt`: see `rules.seals`. Without salt, what is personal in the record was erased.
    """

    class Kind(models.TextChoices):
        EVIDENCE = "evidence", _("evidence")
        DECISION = "decision", _("decision")
        EXCUSE = "excuse", _("decision about a request")
        CERTIFICATE = "certificate", _("certificate")
        REVOCATION = "revocation", _("revocation of a certificate")

    kind = models.CharField(max_length=12, choices=Kind)
    record = models.BigIntegerField()  # its primary key
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="records")
    position = models.PositiveIntegerField(null=True)
    digest = models.BinaryField(max_length=32, null=True)
    commitment = models.BinaryField(max_length=32, null=True)
    salt = models.BinaryField(max_length=16, null=True)

    objects = SealedRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("sealed record")
        verbose_name_plural = _("sealed records")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "record"], name="sealed_record_once"),
            models.UniqueConstraint(fields=["seal", "position"], name="sealed_record_once_a_position"),
            models.CheckConstraint(
                condition=Q(seal=None, position=None, digest=None, commitment=None, salt=None)
                | Q(seal__isnull=False, position__isnull=False, digest__isnull=False, commitment__isnull=False),
                name="sealed_record_sealed_whole",
            ),
        ]
        indexes = [models.Index(fields=["edition", "id"], condition=Q(seal=None), name="sealed_record_waiting")]
        triggers = sealed_once()

    def __str__(self) -> str:
        return f"{self.kind} {self.record}"
