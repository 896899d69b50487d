"""Hashes of records and seals, as published: others work them out again by these rules."""

import datetime as dt
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.seals import LEAF, NODE, canonical, commitment_of, hash_of_record, merkle_path, merkle_root

hashes = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=33)


def sha256(value):
    return hashlib.sha256(value).digest()


def test_canonical_values_are_sorted_json_with_times_in_utc():
    madrid = dt.timezone(dt.timedelta(hours=2))

    found = canonical({"b": dt.datetime(2025, 9, 25, 16, tzinfo=madrid), "a": "Łódź", "c": None})

    assert found == '{"a":"Łódź","b":"2025-09-25T14:00:00.000000Z","c":null}'.encode()


def test_a_value_without_canonical_form_is_refused():
    with pytest.raises(TypeError):
        canonical({"a": 1.5j})


def test_the_hash_of_a_record_covers_its_personal_values_by_a_commitment():
    commitment = commitment_of({"note": "Seen"}, b"salt")

    found = hash_of_record("evidence", {"id": 1}, commitment)

    assert commitment == sha256(b"salt" + b'{"note":"Seen"}')
    expected = {"kind": "evidence", "personal": commitment.hex(), "public": {"id": 1}}
    assert found == sha256(LEAF + json.dumps(expected, separators=(",", ":")).encode())


def test_the_root_of_three_hashes():
    a, b, c = (sha256(it) for it in (b"a", b"b", b"c"))

    assert merkle_root([a, b, c]) == sha256(NODE + sha256(NODE + a + b) + c)


@given(leaves=hashes, data=st.data())
def test_a_path_leads_from_each_hash_to_the_root(leaves, data):
    position = data.draw(st.integers(0, len(leaves) - 1))

    reached = leaves[position]
    for side, neighbour in merkle_path(leaves, position):
        reached = sha256(NODE + (neighbour + reached if side == "left" else reached + neighbour))

    assert reached == merkle_root(leaves)


@given(leaves=hashes, data=st.data())
def test_another_hash_has_another_root(leaves, data):
    position = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves[:position], sha256(leaves[position]), *leaves[position + 1 :]]

    assert merkle_root(changed) != merkle_root(leaves)
