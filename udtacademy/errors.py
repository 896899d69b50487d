"""What actions raise when what was asked for is not possible. The message is a sentence for a person."""


class AcademyError(Exception):
    """An action cannot be done; the message says why and what to do instead."""
