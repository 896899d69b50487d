"""The cells of a workbook as text."""

import datetime as dt


def cell_text(value: object) -> str:
    """Return the value of a workbook's cell as text that can be read again: dates with the year first."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.timedelta):
        return f"{value.total_seconds() / 60:g} min"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
