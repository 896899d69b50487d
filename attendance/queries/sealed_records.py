"""What a seal covers of each kind of record, as plain values: public ones, and personal ones that can be erased (`rules.seals`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from attendance.models import Certificate, CertificateSession, Decision, Evidence, Excuse, SealedRecord
from attendance.rules.seals import commitment_of, hash_of_record

Kind = SealedRecord.Kind
PORTION = 2_000  # rows fetched at a time


@dataclass(frozen=True)
class Sealed:
    """What a seal covers of the records of one kind. `rows`: those that are to be sealed; `public`, `personal`: names of values of `rows`."""

    rows: QuerySet[Any]
    public: Sequence[str]
    personal: Sequence[str]


def sessions_of_certificates() -> ArraySubquery:
    """Return, for each certificate, the sessions that it rests on, as objects."""
    names = ("session_id", "participant_id", "counted_as", "is_listed", "title", "held_on", "minutes")
    rows = CertificateSession.objects.filter(certificate=OuterRef("pk")).order_by("position")
    return ArraySubquery(rows.values(json=JSONObject(**{name: name for name in names})))


ABOUT = ("id", "edition_id", "participant_id", "session_id")
SEALED: Mapping[str, Sealed] = {
    Kind.EVIDENCE: Sealed(
        Evidence.objects.all(),
        (
            *ABOUT,
            *("kind", "observed_at", "ended_at", "recorded_at"),
            *("by_id", "kiosk_id", "report_id", "platform", "retracts_id"),
        ),
        ("note", "scan_id", "device_at"),
    ),
    Kind.DECISION: Sealed(
        Decision.objects.all(), (*ABOUT, "outcome", "by_id", "decided_at", "before", "batch"), ("reason",)
    ),
    Kind.EXCUSE: Sealed(
        Excuse.objects.exclude(decided_at=None),
        (*ABOUT, "kind", "state", "asked_by_id", "asked_at", "decided_at", "decided_by_id"),
        ("reason", "answer", "decision_reason"),
    ),
    Kind.CERTIFICATE: Sealed(
        Certificate.objects.annotate(rests_on=sessions_of_certificates()),
        (
            *("id", "edition_id", "participant_id", "code", "kind", "edition_name", "organiser_name", "language"),
            *("minutes", "layout", "issued_at", "issued_by_id", "replaces_id", "rests_on"),
        ),
        ("name", "city"),
    ),
    Kind.REVOCATION: Sealed(
        Certificate.objects.exclude(revoked_at=None),
        ("id", "edition_id", "participant_id", "revoked_at", "revoked_by_id"),
        ("revoked_reason",),
    ),
}


@dataclass(frozen=True)
class Record:
    """A record as a seal covers it. Values have the types of their fields."""

    kind: str
    public: Mapping[str, Any]
    personal: Mapping[str, Any]

    @property
    def pk(self) -> int:
        return int(self.public["id"])

    def commitment(self, salt: bytes) -> bytes:
        return commitment_of(self.personal, salt)

    def digest(self, commitment: bytes) -> bytes:
        return hash_of_record(self.kind, self.public, commitment)


def records_of(kind: str, rows: QuerySet[Any]) -> Iterator[Record]:
    """Yield records of a kind in order of their primary keys, without holding all of them."""
    sealed = SEALED[kind]
    values = rows.order_by("pk").values_list(*sealed.public, *sealed.personal)
    n_public = len(sealed.public)
    for row in values.iterator(chunk_size=PORTION):
        yield Record(
            kind,
            dict(zip(sealed.public, row[:n_public], strict=True)),
            dict(zip(sealed.personal, row[n_public:], strict=True)),
        )
