"""The error of files that are not tables."""


class TableError(Exception):
    """A file that is not a table, or is too large. Its text tells the person what the file is, and what to do."""
