class TableError(Exception):
    """A file that is no table, or a larger one than is read. Its text says to a person what the file is, and what to do."""
