"""Refusals of actions, expected by their codes: the sentences may change, and each has one test."""

from contextlib import contextmanager

import pytest

from udtacademy.errors import AcademyError


@contextmanager
def refused(code):
    """Expect an AcademyError with this code, inside the block."""
    with pytest.raises(AcademyError) as refusal:
        yield refusal
    assert refusal.value.code == code, f"{refusal.value.code}: {refusal.value}"
