"""Attendance in the admin: requests to decide, and records to look up."""

from attendance.admin import aliases, excuses, person_page, planned_emails, records
from attendance.admin.edition_tasks import work
from attendance.admin.session_links import session_links
from programme import panels

panels.EDITION_WORK.append(work)
panels.EMAIL_PLANS.append(panels.EmailPlan(planned_emails.planned, planned_emails.n_people))
panels.SESSION_PAGES.append(session_links)
panels.PERSON.append(panels.Panel("admin/attendance/_person_attendance.html", person_page.attendance_of))
panels.PERSON.append(panels.Panel("admin/attendance/_person_badge.html", person_page.badge_of))
panels.CITY.append(panels.Panel("admin/attendance/_city_standing.html", person_page.standing_of))

__all__ = ["aliases", "excuses", "person_page", "records"]
