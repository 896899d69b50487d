"""Bitstring Status Lists (W3C, version 1.0): which credentials of an issuer are revoked, as bits."""

import base64
import gzip
from collections.abc import Collection, Iterable
from random import SystemRandom

ENTRIES = 131_072  # the least that the standard allows, so that who fetches a list does not say whom they check
MOST_USED = ENTRIES // 2  # then another list begins: drawing a free number stays quick


def encoded_list(revoked: Iterable[int]) -> str:
    """Return the list in which the bits of some numbers are set: base64url of gzip, after the "u" of multibase."""
    bits = bytearray(ENTRIES // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> index % 8  # the first bit is the leftmost
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def drawn_numbers(n: int, taken: Collection[int]) -> list[int]:
    """Return numbers that are not taken yet, drawn by lot."""
    random, drawn = SystemRandom(), set(taken)
    numbers: list[int] = []
    while len(numbers) < n:
        if (number := random.randrange(ENTRIES)) not in drawn:
            drawn.add(number)
            numbers.append(number)
    return numbers
