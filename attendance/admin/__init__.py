"""Attendance in the admin: requests to decide, and records to look up."""

from attendance.admin import aliases, excuses, records

__all__ = ["aliases", "excuses", "records"]
