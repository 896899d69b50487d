"""Reads of certificates: whom an edition may give one, what it has issued, and one by its code."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from attendance.models import Attendance, Certificate, CertificateRun
from attendance.rules.attendance import WAS_THERE, AttendanceStatus
from programme.models import Edition, Participant
from programme.models.participant_queryset import ParticipantQuerySet

THERE = [it.value for it in (*WAS_THERE, AttendanceStatus.MADE_UP)]


def candidates_of(edition: Edition) -> ParticipantQuerySet:
    """Return the people of an edition who may get a certificate, now or later: who are registered, and who have left but were there."""
    were_there = Attendance.objects.filter(participant=OuterRef("pk"), status__in=THERE)
    return edition.participants.filter(Q(state=Participant.State.REGISTERED) | Exists(were_there)).with_people()


def without_valid(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """Return those of some people who have no valid certificate."""
    return people.filter(~Exists(Certificate.objects.valid().filter(participant=OuterRef("pk"))))


@dataclass(frozen=True)
class Tally:
    """How many certificates an edition has: valid, those of them whose file is made, and revoked."""

    n_valid: int
    n_with_file: int
    n_revoked: int

    @property
    def n_without_file(self) -> int:
        return self.n_valid - self.n_with_file


def tally_of(edition: Edition) -> Tally:
    """Return how many certificates an edition has. One query."""
    is_valid = Q(revoked_at=None)
    return Tally(
        **Certificate.objects.filter(edition=edition).aggregate(
            n_valid=Count("pk", filter=is_valid),
            n_with_file=Count("pk", filter=is_valid & Q(file__isnull=False)),
            n_revoked=Count("pk", filter=~is_valid),
        )
    )


def last_run(edition: Edition) -> CertificateRun | None:
    return CertificateRun.objects.filter(edition=edition).select_related("by").order_by("-pk").first()


def certificate_with(code: str) -> Certificate | None:
    """Return the certificate with a code, valid or revoked. One query."""
    return Certificate.objects.filter(code=code).select_related("edition", "status_entry").first()


def last_certificate(participant: Participant) -> Certificate | None:
    """Return the certificate that a person had last, which is the valid one if they have one, with its file's row. One query."""
    own = Certificate.objects.filter(participant=participant).select_related("file", "status_entry")
    return own.defer("file__content").order_by("-pk").first()
