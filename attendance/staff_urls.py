"""Pages for staff beside the stock admin, under /admin/attendance/."""

from django.contrib import admin
from django.urls import URLPattern, path, register_converter

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


class ExtensionConverter:
    """The extension of a spreadsheet that the board can be exported to."""

    regex = "|".join(board.FORMATS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ExtensionConverter, "spreadsheet")


def page(route: str, view: board.View, name: str, *, may_be_kept: bool = False) -> URLPattern:
    """Return the pattern of a page for staff. `may_be_kept`: browsers keep it, to ask whether it has changed."""
    return path(route, admin.site.admin_view(view, cacheable=may_be_kept), name=name)


app_name = "attendance-staff"
urlpatterns = [
    page("board/<slug:edition_slug>/", board.board, "board"),
    page("board/<slug:edition_slug>/export.<spreadsheet:extension>", board.board_export, "export"),
    page("board/<slug:edition_slug>/decide/", board.board_decide, "decide"),
    page("board/<slug:edition_slug>/undo/<uuid:batch>/", board.board_undo, "undo"),
    page("board/<slug:edition_slug>/changes/", board.board_changes, "changes"),
    page("board/<slug:edition_slug>/retract/<int:pk>/", cells.evidence_retract, "retract"),
    page("board/<slug:edition_slug>/<int:pk>/<slug:session_slug>/", cells.cell, "cell"),
    page("live/<slug:edition_slug>/<slug:session_slug>/", live.live_session, "live"),
    page("live/<slug:edition_slug>/<slug:session_slug>/now/", live.live_now, "live-now", may_be_kept=True),
    page("live/<slug:edition_slug>/<slug:session_slug>/people/", live.live_people, "live-people"),
    page("live/<slug:edition_slug>/<slug:session_slug>/nudge/", live.live_nudge, "nudge"),
    page("live/<slug:edition_slug>/<slug:session_slug>/actual-time/", actual_times.actual_time, "actual-time"),
    page("reminders/<slug:edition_slug>/", reminders.reminders_preview, "reminders"),
    page("reminders/<slug:edition_slug>/<slug:session_slug>/email/", reminders.reminder_sample, "reminder-sample"),
    page("reminders/<slug:edition_slug>/<slug:session_slug>/people/", reminders.reminder_people, "reminder-people"),
    page("chasers/<slug:edition_slug>/", chasers.chasers_preview, "chasers"),
    page("chasers/<slug:edition_slug>/digest/", chasers.digest_sample, "digest-sample"),
    page("chasers/<slug:edition_slug>/<slug:session_slug>/people/", chasers.chasers_people, "chasers-people"),
    page("chasers/<slug:edition_slug>/<slug:session_slug>/settle/", chasers.chasers_settle, "settle"),
    page("reports/<slug:edition_slug>/", reports.report_list, "reports"),
    page("reports/<slug:edition_slug>/<int:pk>/", reports.report_detail, "report"),
    page("reports/<slug:edition_slug>/<int:pk>/again/", reports.report_again, "report-again"),
    page("reports/<slug:edition_slug>/<int:pk>/apply/", reports.report_apply, "report-apply"),
    page("reports/<slug:edition_slug>/<int:pk>/undo/", reports.report_undo, "report-undo"),
    page("reports/<slug:edition_slug>/<int:pk>/drop/", reports.report_drop, "report-drop"),
    page("reports/<slug:edition_slug>/<int:pk>/file/", reports.report_file, "report-file"),
    page("reports/<slug:edition_slug>/<int:pk>/choose/", report_people.report_choose, "report-choose"),
    page("reports/<slug:edition_slug>/<int:pk>/<int:person_pk>/", report_people.report_person, "report-person"),
    page("reports/<slug:edition_slug>/<int:pk>/<int:person_pk>/share/", report_people.report_share, "report-share"),
    page(
        "reports/<slug:edition_slug>/<int:pk>/<int:person_pk>/share/<int:shared_pk>/drop/",
        report_people.report_unshare,
        "report-unshare",
    ),
    page("standing/<slug:edition_slug>/", standings.standings, "standings"),
]
