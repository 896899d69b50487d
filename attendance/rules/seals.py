"""The hash chain over attendance: how records become hashes, and hashes one root. Pure; all hashes are SHA-256.

The canonical form of values is JSON in UTF-8 with sorted keys and no spaces; times are in UTC with microseconds. A record's hash covers
its public values, and a commitment to its personal ones: a hash over a random salt and these values. With salt and values erased, the
commitment says nothing about the person, and the chain still verifies. A seal's root is that of a Merkle tree over its records (RFC 6962:
leaves and nodes are hashed with different prefixes), so that a proof for one record is a few hashes long. Each seal's hash covers the one before.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

SALT_BYTES = 16
LEAF, NODE = b"\x00", b"\x01"
START = bytes(32)  # what the first seal of an edition names as the hash of the one before


def canonical(values: Any) -> bytes:
    return json.dumps(values, default=as_text, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def as_json(values: Any) -> Any:
    """Return values in their canonical form as JSON values: times are texts."""
    return json.loads(canonical(values))


def as_text(value: Any) -> str:
    """Return a value that JSON has not as text. Raises TypeError for types that no record has."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, dt.date | uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def commitment_of(personal: Mapping[str, Any], salt: bytes) -> bytes:
    return hashlib.sha256(salt + canonical(personal)).digest()


def hash_of_record(kind: str, public: Mapping[str, Any], commitment: bytes) -> bytes:
    return hashlib.sha256(LEAF + canonical({"kind": kind, "public": public, "personal": commitment.hex()})).digest()


def hash_of_seal(
    *, edition: str, number: int, sealed_at: dt.datetime, n_records: int, root: bytes, previous: bytes
) -> bytes:
    """Return the hash of a seal. `edition`: its slug when the chain began; `previous`: the hash of the seal before, or START."""
    values = {"edition": edition, "number": number, "sealed_at": sealed_at, "n_records": n_records}
    return hashlib.sha256(canonical(values | {"root": root.hex(), "previous": previous.hex()})).digest()


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over one or more hashes. A last one without a neighbour goes up as it is."""
    level = list(leaves)
    while len(level) > 1:
        level = parents(level)
    return level[0]


def parents(level: Sequence[bytes]) -> list[bytes]:
    pairs = zip_longest(level[::2], level[1::2])
    return [hashlib.sha256(NODE + left + right).digest() if right else left for left, right in pairs]


def merkle_path(leaves: Sequence[bytes], position: int) -> list[tuple[str, bytes]]:
    """Return the hashes that lead from a leaf to the root, each with the side on which it stands."""
    path, level = [], leaves
    while len(level) > 1:
        neighbour = position ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < position else "right", level[neighbour]))
        level, position = parents(level), position // 2
    return path
