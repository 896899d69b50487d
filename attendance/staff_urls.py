"""The pages of attendance in an edition of the admin, under /admin/editions/<edition>/."""

from attendance.models import Alias, Decision, Evidence, Excuse
from attendance.views import (
    actual_times,
    board,
    cells,
    chasers,
    live,
    reminders,
    report_people,
    reports,
    standings,
)
from programme.admin.of_edition import edition_page, list_urls

app_name = "attendance-staff"
urlpatterns = [
    edition_page("attendance/board/", board.board, "board"),
    edition_page("attendance/board/export.<spreadsheet:extension>", board.board_export, "export"),
    edition_page("attendance/board/decide/", board.board_decide, "decide"),
    edition_page("attendance/board/undo/<uuid:batch>/", board.board_undo, "undo"),
    edition_page("attendance/board/changes/", board.board_changes, "changes"),
    edition_page("attendance/board/retract/<int:pk>/", cells.evidence_retract, "retract"),
    edition_page("attendance/board/<int:pk>/<slug:session_slug>/", cells.cell, "cell"),
    edition_page("attendance/live/<slug:session_slug>/", live.live_session, "live"),
    edition_page("attendance/live/<slug:session_slug>/now/", live.live_now, "live-now", may_be_kept=True),
    edition_page("attendance/live/<slug:session_slug>/people/", live.live_people, "live-people"),
    edition_page("attendance/live/<slug:session_slug>/here/<int:pk>/", live.live_here, "here"),
    edition_page("attendance/live/<slug:session_slug>/nudge/", live.live_nudge, "nudge"),
    edition_page("attendance/live/<slug:session_slug>/actual-time/", actual_times.actual_time, "actual-time"),
    edition_page("messages/reminders/", reminders.reminders_preview, "reminders"),
    edition_page("messages/reminders/<slug:session_slug>/email/", reminders.reminder_sample, "reminder-sample"),
    edition_page("messages/reminders/<slug:session_slug>/people/", reminders.reminder_people, "reminder-people"),
    edition_page("messages/chasers/", chasers.chasers_preview, "chasers"),
    edition_page("messages/chasers/digest/", chasers.digest_sample, "digest-sample"),
    edition_page("messages/chasers/<slug:session_slug>/people/", chasers.chasers_people, "chasers-people"),
    edition_page("messages/chasers/<slug:session_slug>/settle/", chasers.chasers_settle, "settle"),
    edition_page("attendance/reports/", reports.report_list, "reports"),
    edition_page("attendance/reports/<int:pk>/", reports.report_detail, "report"),
    edition_page("attendance/reports/<int:pk>/again/", reports.report_again, "report-again"),
    edition_page("attendance/reports/<int:pk>/apply/", reports.report_apply, "report-apply"),
    edition_page("attendance/reports/<int:pk>/undo/", reports.report_undo, "report-undo"),
    edition_page("attendance/reports/<int:pk>/drop/", reports.report_drop, "report-drop"),
    edition_page("attendance/reports/<int:pk>/file/", reports.report_file, "report-file"),
    edition_page("attendance/reports/<int:pk>/choose/", report_people.report_choose, "report-choose"),
    edition_page("attendance/reports/<int:pk>/<int:person_pk>/", report_people.report_person, "report-person"),
    edition_page("attendance/reports/<int:pk>/<int:person_pk>/share/", report_people.report_share, "report-share"),
    edition_page(
        "attendance/reports/<int:pk>/<int:person_pk>/share/<int:shared_pk>/drop/",
        report_people.report_unshare,
        "report-unshare",
    ),
    *list_urls("attendance/requests/", Excuse, "excuses"),
    *list_urls("attendance/decisions/", Decision, "decisions"),
    *list_urls("attendance/evidence/", Evidence, "evidence"),
    *list_urls("attendance/names/", Alias, "aliases"),
    edition_page("outcomes/standing/", standings.standings, "standings"),
]
