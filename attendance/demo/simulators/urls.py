"""URLs under /styleguide/simulators/, only where DEBUG is on."""

from django.urls import path

from attendance.demo.simulators import report_views, views

app_name = "simulators"
urlpatterns = [
    path("hold/<slug:edition_slug>/<slug:session_slug>/", views.hold, name="hold"),
    path("zoom/oauth/token", views.zoom_token, name="zoom-token"),
    path("zoom/v2/meetings/<int:meeting>/registrants", views.zoom_registrants, name="zoom-registrants"),
    path("zoom/j/<int:meeting>", views.joined, name="zoom-join"),
    path("zoom/w/<int:meeting>", views.joined, name="zoom-own"),
    path("zoom/v2/past_meetings/<int:meeting>/instances", report_views.zoom_instances, name="zoom-instances"),
    path(
        "zoom/v2/report/meetings/<path:number>/participants", report_views.zoom_participants, name="zoom-participants"
    ),
    path("teams/l/meetup-join/<slug:meeting>", views.joined, name="teams-join"),
    path("teams/<slug:tenant>/oauth2/v2.0/token", report_views.teams_token, name="teams-token"),
    path("teams/v1.0/users/<str:user>/onlineMeetings", report_views.teams_meetings, name="teams-meetings"),
    path(
        "teams/v1.0/users/<str:user>/onlineMeetings/<str:meeting>/attendanceReports",
        report_views.teams_reports,
        name="teams-reports",
    ),
    path(
        "teams/v1.0/users/<str:user>/onlineMeetings/<str:meeting>/attendanceReports/<str:number>",
        report_views.teams_report,
        name="teams-report",
    ),
    path("bigbluebutton/", views.joined, name="bbb-room"),
    path("bigbluebutton/api/join", views.joined, name="bbb-join"),
    path("bigbluebutton/api/getMeetings", views.bbb_meetings, name="bbb-meetings"),
]
