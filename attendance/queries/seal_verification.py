"""Compare records with the seals over them, and seals with each other; and the proof of one person's attendance of one session."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q

from attendance.models import Seal, SealedRecord
from attendance.queries.sealed_records import PORTION, SEALED, Record, records_of
from attendance.rules.seals import START, merkle_path, merkle_root
from programme.models import Edition, Participant, Session


@dataclass(frozen=True)
class Fault:
    """What does not agree. `what`: changed, removed, inserted or moved; `values`: the public values of the record, if it is there."""

    what: str
    kind: str
    pk: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A record's place in the chain, as it is stored. `digest` is None until the record is sealed."""

    record: int
    digest: bytes | None
    commitment: bytes | None
    salt: bytes | None


def record_faults(edition: Edition) -> Iterator[Fault]:
    """Yield the records of an edition that are not what was sealed, in constant memory."""
    for kind, sealed in SEALED.items():
        records = records_of(kind, sealed.rows.filter(edition=edition))
        for pk, record, place in paired(records, places_of(edition, kind)):
            if record is None:
                yield Fault("removed", kind, pk, {})
            elif place is None:
                yield Fault("inserted", kind, pk, record.public)
            elif place.digest and not is_as_sealed(record, place):
                yield Fault("changed", kind, pk, record.public)


def paired(records: Iterator[Record], places: Iterator[Place]) -> Iterator[tuple[int, Record | None, Place | None]]:
    """Yield each primary key with its record and its place in the chain; both sides come in order of primary keys."""
    sides: Iterator[tuple[int, Record | Place]] = heapq.merge(
        ((it.pk, it) for it in records), ((it.record, it) for it in places), key=itemgetter(0)
    )
    for pk, rows in groupby(sides, key=itemgetter(0)):
        record, place = None, None
        for _pk, side in rows:
            if isinstance(side, Record):
                record = side
            else:
                place = side
        yield pk, record, place


def places_of(edition: Edition, kind: str) -> Iterator[Place]:
    rows = SealedRecord.objects.filter(edition=edition, kind=kind).order_by("record")
    for record, *hashes in rows.values_list("record", "digest", "commitment", "salt").iterator(chunk_size=PORTION):
        yield Place(record, *(it if it is None else bytes(it) for it in hashes))


def is_as_sealed(record: Record, place: Place) -> bool:
    """Return whether a record has the values that were sealed. Personal ones are compared unless they were erased, salt and all."""
    assert place.commitment  # noqa: S101 - a constraint: sealed whole
    is_personal_same = place.salt is None or record.commitment(place.salt) == place.commitment
    return is_personal_same and record.digest(place.commitment) == place.digest


def seal_faults(edition: Edition) -> Iterator[Fault]:
    """Yield the seals that do not cover the hashes stored for their records, or do not follow the seal before."""
    hashes = SealedRecord.objects.filter(edition=edition, seal__isnull=False).order_by("seal__number", "position")
    portions = groupby(hashes.values_list("seal__number", "digest").iterator(chunk_size=PORTION), key=itemgetter(0))
    by_number = ((number, [bytes(digest or b"") for _number, digest in rows]) for number, rows in portions)
    number, digests = next(by_number, (0, []))
    previous, expected = START, 1
    for seal in Seal.objects.filter(edition=edition).order_by("number").iterator(chunk_size=PORTION):
        if seal.number != expected or bytes(seal.previous) != previous:
            yield Fault("moved", "seal", seal.number, {"sealed_at": seal.sealed_at})
        is_whole = number == seal.number and len(digests) == seal.n_records and merkle_root(digests) == bytes(seal.root)
        if not is_whole or seal.computed() != bytes(seal.digest):
            yield Fault("changed", "seal", seal.number, {"sealed_at": seal.sealed_at})
        previous, expected = bytes(seal.digest), seal.number + 1
        while number and number <= seal.number:
            number, digests = next(by_number, (0, []))


def count_waiting(edition: Edition) -> int:
    return SealedRecord.objects.waiting().filter(edition=edition).count()


def proof_of(participant: Participant, session: Session) -> dict[str, Any]:
    """Return what proves the records about a person and a session to somebody who has a seal's hash: JSON values, hashes as hexadecimal digits.

    `records`: those that are sealed, each with its values, salt and path to its seal's root; `n_waiting`: how many are not; `seals`: from the
    first of these seals to the last of the chain.
    """
    edition = session.edition
    about = Q(participant=participant, session=session)
    records = [
        one_proof(kind, record)
        for kind in (SealedRecord.Kind.EVIDENCE, SealedRecord.Kind.DECISION, SealedRecord.Kind.EXCUSE)
        for record in records_of(kind, SEALED[kind].rows.filter(about))
    ]
    sealed = [it for it in records if it]
    n_waiting = len(records) - len(sealed)
    first = min((it["seal"] for it in sealed), default=None)
    seals = Seal.objects.filter(edition=edition, number__gte=first).order_by("number") if first else []
    return {
        "edition": edition.slug,
        "participant": participant.pk,
        "session": session.pk,
        "n_waiting": n_waiting,
        "records": sealed,
        "seals": [seal_values(it) for it in seals],
    }


def one_proof(kind: str, record: Record) -> dict[str, Any] | None:
    """Return the proof of one record, or None if it is not sealed yet."""
    place = SealedRecord.objects.filter(kind=kind, record=record.pk, seal__isnull=False).select_related("seal").first()
    if place is None or place.seal is None or place.position is None:
        return None
    digests = [bytes(it or b"") for it in place.seal.records.order_by("position").values_list("digest", flat=True)]
    return {
        "kind": kind,
        "public": record.public,
        "personal": record.personal if place.salt else None,
        "salt": bytes(place.salt).hex() if place.salt else None,
        "commitment": bytes(place.commitment or b"").hex(),
        "path": [(side, digest.hex()) for side, digest in merkle_path(digests, place.position)],
        "seal": place.seal.number,
    }


def seal_values(seal: Seal) -> dict[str, Any]:
    return {
        "edition": seal.edition_slug,
        "number": seal.number,
        "sealed_at": seal.sealed_at,
        "n_records": seal.n_records,
        "root": bytes(seal.root).hex(),
        "previous": bytes(seal.previous).hex(),
        "digest": bytes(seal.digest).hex(),
    }
