"""The pages of participants and of check-in. They come before the editions' slugs."""

from django.urls import include, path

from attendance.views import (
    badges,
    certificate_check,
    check_in,
    check_in_device,
    city,
    credentials,
    feedback,
    join,
    kiosks,
    meeting_webhooks,
    mute,
    own_attendance,
    own_certificate,
    results,
    room_screens,
    self_check_in,
)

app_name = "attendance"
join_session = [
    path("", join.join, name="join"),
    path("meeting/", join.meeting, name="meeting"),
]
check_in_of_edition = [
    path("", check_in.check_in_start, name="check-in"),
    path("<slug:session_slug>/", check_in.check_in_session, name="check-in-session"),
    path("<slug:session_slug>/screen/", room_screens.room_screen, name="room-screen"),
    path("<slug:session_slug>/screen/now/", room_screens.room_screen_now, name="room-screen-now"),
    path("<slug:session_slug>/rehearsal/", check_in.check_in_rehearsal, name="check-in-rehearsal"),
    path("<slug:session_slug>/roster/", check_in_device.check_in_roster, name="check-in-roster"),
    path(
        "<slug:session_slug>/shell/",
        check_in_device.check_in_shell,
        {"is_rehearsal": False},
        name="check-in-shell",
    ),
    path(
        "<slug:session_slug>/rehearsal/shell/",
        check_in_device.check_in_shell,
        {"is_rehearsal": True},
        name="check-in-rehearsal-shell",
    ),
    path("<slug:session_slug>/count/", check_in.check_in_count, name="check-in-count"),
    path("<slug:session_slug>/<int:pk>/undo/", check_in.check_in_undo, name="check-in-undo"),
]
kiosk_pages = [
    path("", kiosks.kiosk, name="kiosk"),
    path("worker.js", kiosks.kiosk_worker, name="kiosk-worker"),
    path("away/", kiosks.kiosk_away, name="kiosk-away"),
    path("open/<str:token>/", kiosks.kiosk_open, name="kiosk-open"),
]
check_in_of_site = [
    path("", check_in.check_in_home, name="check-in-home"),
    path("worker.js", check_in_device.check_in_worker, name="check-in-worker"),
    path("app.webmanifest", check_in_device.check_in_manifest, name="check-in-manifest"),
]
certificates_of_site = [
    path("", certificate_check.certificate_search, name="certificate-search"),
    path("revoked/<int:number>", credentials.status_list, name="status-list"),
    path("<str:code>/", certificate_check.certificate, name="certificate"),
]
portal_of_edition = [
    path("reminders/", mute.own_reminders, name="own-reminders"),
    path("attendance/", own_attendance.own_attendance, name="own-attendance"),
    path("attendance/certificate.pdf", own_certificate.own_certificate, name="own-certificate"),
    path("attendance/credential.<str:form>", own_certificate.own_credential, name="own-credential"),
    path("attendance/city/", city.city_standing, name="city"),
    path("attendance/city/<int:pk>/<slug:session_slug>/excuse/", city.colleague_excuse, name="colleague-excuse"),
    path("attendance/<slug:session_slug>/request/", own_attendance.excuse_request, name="excuse-request"),
    path("feedback/<slug:session_slug>/", feedback.own_feedback, name="own-feedback"),
    path("attendance/requests/<int:pk>/withdraw/", own_attendance.excuse_withdraw, name="excuse-withdraw"),
]
urlpatterns = [  # few at this level: each is compared with every address of the programme's pages
    path("webhooks/meetings/<slug:platform>/", meeting_webhooks.meeting_webhook, name="meeting-webhook"),
    path("join/<slug:edition_slug>/<slug:session_slug>/", include(join_session)),
    path("me/<slug:edition_slug>/badge/", badges.badge, name="badge"),
    path("me/<slug:edition_slug>/check-in/<slug:session_slug>/", self_check_in.self_check_in, name="self-check-in"),
    path("me/reminders/<str:key>/", mute.mute, name="mute"),
    path("me/feedback/<str:key>/", feedback.feedback, name="feedback"),
    path(".well-known/did.json", credentials.did, name="did"),
    path("certificates/", include(certificates_of_site)),
    path("kiosk/", include(kiosk_pages)),
    path("check-in/", include(check_in_of_site)),
    path("check-in/<slug:edition_slug>/", include(check_in_of_edition)),
    path("portal/<slug:edition_slug>/", include(portal_of_edition)),
    path("<slug:edition_slug>/results/", results.results, name="results"),
]
