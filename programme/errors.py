"""The one exception of the domain."""


class ProgrammeError(Exception):
    """What was asked cannot be done. The message is a sentence for the person who asked."""
