"""Seal what was recorded about attendance, edition by edition (decision 79)."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection, transaction
from django.utils import timezone

from attendance.models import Seal, SealedRecord
from attendance.queries.sealed_records import SEALED, records_of
from attendance.rules.seals import SALT_BYTES, START, merkle_root
from programme.models import Edition

SEALS_LOCK = 20_261_202  # first key of the advisory lock; the second is the edition's
MOST_IN_A_SEAL = 5_000  # records; more take several seals


def seal_records() -> int:
    """Seal what waits for it, in all editions. Return how many records. Each seal is committed separately."""
    waiting = SealedRecord.objects.filter(seal=None).order_by("edition_id").values_list("edition_id", flat=True)
    n_sealed = 0
    for edition in Edition.objects.filter(pk__in=waiting.distinct()):
        after = 0
        while portion := seal_some(edition=edition, after=after):
            n_sealed, after = n_sealed + portion.n_sealed, portion.last
    return n_sealed


@dataclass(frozen=True)
class Portion:
    """How many records a seal covers, and the primary key of the last that was looked at. Records that are gone are not sealed."""

    n_sealed: int
    last: int


@transaction.atomic
def seal_some(*, edition: Edition, after: int = 0) -> Portion | None:
    """Add one seal to the edition's chain, over the records that wait longest, from behind the primary key `after`.

    Return None if there are none, and while another process seals.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [SEALS_LOCK, edition.pk % 2**31])
        if not cursor.fetchone()[0]:
            return None
    waiting = list(SealedRecord.objects.waiting().filter(edition=edition, pk__gt=after)[:MOST_IN_A_SEAL])
    if not waiting:
        return None
    last, hashed = waiting[-1].pk, list(hashed_records(waiting))
    if hashed:
        seal = next_seal(edition, [bytes(it.digest or b"") for it in hashed])
        seal.save()
        for position, sealed in enumerate(hashed):
            sealed.seal, sealed.position = seal, position
        columns = ["seal", "position", "digest", "commitment", "salt"]
        SealedRecord.objects.bulk_create(hashed, update_conflicts=True, update_fields=columns, unique_fields=["id"])
    return Portion(len(hashed), last)


def hashed_records(waiting: Iterable[SealedRecord]) -> Iterator[SealedRecord]:
    """Yield each with its record's hash, a new salt, and the commitment to what is personal.

    One whose record has been deleted is left out: verification names it.
    """
    for kind, rows in groupby(sorted(waiting, key=lambda it: (it.kind, it.record)), key=lambda it: it.kind):
        by_record = {it.record: it for it in rows}
        for record in records_of(kind, SEALED[kind].rows.filter(pk__in=by_record)):
            sealed = by_record[record.pk]
            sealed.salt = secrets.token_bytes(SALT_BYTES)
            sealed.commitment = record.commitment(sealed.salt)
            sealed.digest = record.digest(sealed.commitment)
            yield sealed


def next_seal(edition: Edition, digests: Sequence[bytes]) -> Seal:
    """Return the edition's next seal, over hashes of records. Not saved."""
    last = Seal.objects.filter(edition=edition).order_by("number").last()
    seal = Seal(
        edition=edition,
        edition_slug=last.edition_slug if last else edition.slug,
        number=last.number + 1 if last else 1,
        sealed_at=timezone.now(),
        n_records=len(digests),
        root=merkle_root(digests),
        previous=bytes(last.digest) if last else START,
    )
    seal.digest = seal.computed()
    return seal
