"""URLs under /styleguide/simulators/, only where DEBUG is on."""

from django.urls import path

from attendance.demo.simulators import views

app_name = "simulators"
urlpatterns = [
    path("hold/<slug:edition_slug>/<slug:session_slug>/", views.hold, name="hold"),
    path("zoom/oauth/token", views.zoom_token, name="zoom-token"),
    path("zoom/v2/meetings/<int:meeting>/registrants", views.zoom_registrants, name="zoom-registrants"),
    path("zoom/j/<int:meeting>", views.joined, name="zoom-join"),
    path("zoom/w/<int:meeting>", views.joined, name="zoom-own"),
    path("bigbluebutton/", views.joined, name="bbb-room"),
    path("bigbluebutton/api/join", views.joined, name="bbb-join"),
    path("bigbluebutton/api/getMeetings", views.bbb_meetings, name="bbb-meetings"),
]
