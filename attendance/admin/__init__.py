"""Attendance in the stock admin: requests to decide, and what was recorded, to look up."""

from attendance.admin import aliases, excuses, records

__all__ = ["aliases", "excuses", "records"]
