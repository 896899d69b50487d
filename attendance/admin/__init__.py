"""Attendance in the admin: requests to decide, and records to look up."""

from attendance.admin import aliases, excuses, records
from attendance.admin.edition_tasks import charts, tasks
from programme import panels

panels.EDITION_TASKS.append(tasks)
panels.EDITION_CHARTS.append(charts)

__all__ = ["aliases", "excuses", "records"]
