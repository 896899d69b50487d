"""What actions raise when the world does not allow what was asked. The message is a sentence for a person."""

from udtacademy.errors import AcademyError


class ProgrammeError(AcademyError):
    """An action cannot be done; the message says why and what to do instead."""


class DelegationFullError(ProgrammeError):
    """All seats of a delegation are taken."""


class NotAsReadError(ProgrammeError):
    """What somebody agreed to is not what would be done any more; they are to read it again."""
