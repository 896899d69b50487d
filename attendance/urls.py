"""The pages of participants and of check-in. They come before the editions' slugs."""

from django.urls import include, path

from attendance.views import badges, check_in, city, join, meeting_webhooks, mute, own_attendance

app_name = "attendance"
join_session = [
    path("", join.join, name="join"),
    path("meeting/", join.meeting, name="meeting"),
]
check_in_of_edition = [
    path("", check_in.check_in_start, name="check-in"),
    path("<slug:session_slug>/", check_in.check_in_session, name="check-in-session"),
    path("<slug:session_slug>/count/", check_in.check_in_count, name="check-in-count"),
    path("<slug:session_slug>/<int:pk>/undo/", check_in.check_in_undo, name="check-in-undo"),
]
portal_of_edition = [
    path("reminders/", mute.own_reminders, name="own-reminders"),
    path("attendance/", own_attendance.own_attendance, name="own-attendance"),
    path("attendance/city/", city.city_standing, name="city"),
    path("attendance/city/<int:pk>/<slug:session_slug>/excuse/", city.colleague_excuse, name="colleague-excuse"),
    path("attendance/<slug:session_slug>/request/", own_attendance.excuse_request, name="excuse-request"),
    path("attendance/requests/<int:pk>/withdraw/", own_attendance.excuse_withdraw, name="excuse-withdraw"),
]
urlpatterns = [  # few at this level: each is compared with every address of the programme's pages
    path("webhooks/meetings/<slug:platform>/", meeting_webhooks.meeting_webhook, name="meeting-webhook"),
    path("join/<slug:edition_slug>/<slug:session_slug>/", include(join_session)),
    path("me/<slug:edition_slug>/badge/", badges.badge, name="badge"),
    path("me/reminders/<str:key>/", mute.mute, name="mute"),
    path("check-in/<slug:edition_slug>/", include(check_in_of_edition)),
    path("portal/<slug:edition_slug>/", include(portal_of_edition)),
]
