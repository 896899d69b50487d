"""The one way around the append-only triggers: what privacy asks to be forgotten."""

from contextlib import AbstractContextManager

import pgtrigger

from attendance.triggers import APPEND_ONLY, NOT_EMPTIED

KEPT = ("attendance.Evidence", "attendance.Decision")


def forgetting() -> AbstractContextManager[None]:
    """Inside, evidence and decisions can be deleted. For the task that carries out an edition's retention, and no other."""
    return pgtrigger.ignore(*(f"{model}:{trigger}" for model in KEPT for trigger in (APPEND_ONLY, NOT_EMPTIED)))
