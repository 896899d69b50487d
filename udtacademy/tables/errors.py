"""The error for files that are not tables."""

from udtacademy.errors import AcademyError


class TableError(AcademyError):
    """A file that is not a table, or is too large. Its text says what is wrong and what to do."""
