"""The pages of participants and of check-in. They come before the editions' slugs."""

from django.urls import path

from attendance.views import badges, check_in, join, mute, own_attendance

app_name = "attendance"
urlpatterns = [
    path("join/<slug:edition_slug>/<slug:session_slug>/", join.join, name="join"),
    path("join/<slug:edition_slug>/<slug:session_slug>/meeting/", join.meeting, name="meeting"),
    path("me/<slug:edition_slug>/badge/", badges.badge, name="badge"),
    path("me/reminders/<str:key>/", mute.mute, name="mute"),
    path("portal/<slug:edition_slug>/reminders/", mute.own_reminders, name="own-reminders"),
    path("check-in/<slug:edition_slug>/", check_in.check_in_start, name="check-in"),
    path("check-in/<slug:edition_slug>/<slug:session_slug>/", check_in.check_in_session, name="check-in-session"),
    path(
        "check-in/<slug:edition_slug>/<slug:session_slug>/count/",
        check_in.check_in_count,
        name="check-in-count",
    ),
    path(
        "check-in/<slug:edition_slug>/<slug:session_slug>/<int:pk>/undo/",
        check_in.check_in_undo,
        name="check-in-undo",
    ),
    path("portal/<slug:edition_slug>/attendance/", own_attendance.own_attendance, name="own-attendance"),
    path("portal/<slug:edition_slug>/attendance/city/", own_attendance.city_standing, name="city"),
    path(
        "portal/<slug:edition_slug>/attendance/<slug:session_slug>/request/",
        own_attendance.excuse_request,
        name="excuse-request",
    ),
    path(
        "portal/<slug:edition_slug>/attendance/requests/<int:pk>/withdraw/",
        own_attendance.excuse_withdraw,
        name="excuse-withdraw",
    ),
]
