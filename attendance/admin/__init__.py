"""Attendance in the stock admin: requests to decide, and what was recorded, to look up."""

from attendance.admin import excuses, records

__all__ = ["excuses", "records"]
