"""Errors raised by actions. The message is a sentence shown to the user."""

from udtacademy.errors import AcademyError


class ProgrammeError(AcademyError):
    """An action is not possible; the message says why and what to do instead."""


class DelegationFullError(ProgrammeError):
    """The quota of a delegation is used up."""


class NotAsReadError(ProgrammeError):
    """What somebody confirmed is no longer what would be done; they have to read it again."""
