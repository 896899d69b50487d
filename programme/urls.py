"""The public pages. Fixed first segments come before the editions' slugs."""

from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from programme.views import (
    applications,
    calendars,
    coming,
    demo,
    editions,
    invitations,
    own_emails,
    own_programme,
    page_texts,
    pictures,
    portal,
    registrations,
    sessions,
    site,
    team,
    team_answers,
    team_places,
    tracks,
)
from programme.views.sitemaps import SITEMAPS
from udtacademy.accounts import views as accounts

app_name = "programme"
portal_of_edition = [
    path("", portal.portal, name="portal"),
    path("profile/", portal.profile, name="profile"),
    path("emails/", own_emails.own_emails, name="own-emails"),
    path("profile/withdraw/", portal.profile_withdraw, name="profile-withdraw"),
    path("programme/", own_programme.own_programme, name="own-programme"),
    path("tracks/", tracks.tracks, name="tracks"),
    path("tracks/seats/", tracks.tracks_seats, name="tracks-seats"),
    path("tracks/<slug:session_slug>/release/", tracks.seat_release, name="seat-release"),
    path("tracks/<slug:session_slug>/take/", tracks.seat_take, name="seat-take"),
    path("coming/", coming.coming, name="coming"),
    path("calendar/", calendars.own_calendar, name="own-calendar"),
    path("calendar/renew/", calendars.own_calendar_renew, name="own-calendar-renew"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.team_invite, name="team-invite"),
    path("team/link/", team.team_link, name="team-link"),
    path("team/invitations/<int:pk>/revoke/", team.team_revoke, name="team-revoke"),
    path("team/invitations/<int:pk>/remind/", team.team_remind, name="team-remind"),
    path("team/<int:pk>/withdraw/", team.team_change, {"change": "withdraw"}, name="team-withdraw"),
    path("team/<int:pk>/take-over/", team_places.team_take_over, name="team-take-over"),
    path("team/<int:pk>/answers/", team_answers.team_answers, name="team-answers"),
    path("team/<int:pk>/coordinator/", team.team_change, {"change": "coordinator"}, name="team-coordinator"),
    path("team/step-down/", team.team_step_down, name="team-step-down"),
    path("team/<int:pk>/hand-over/", team.team_change, {"change": "hand-over"}, name="team-hand-over"),
]
texts_of_footer = [
    path("privacy/", page_texts.page_text, {"name": "privacy"}, name="privacy"),
    path("accessibility/", page_texts.page_text, {"name": "accessibility"}, name="accessibility"),
    path("legal/", page_texts.page_text, {"name": "legal"}, name="legal"),
]
urlpatterns = [
    path("privacy/", page_texts.page_text_of_site, {"name": "privacy"}, name="site-privacy"),
    path("accessibility/", page_texts.page_text_of_site, {"name": "accessibility"}, name="site-accessibility"),
    path("legal/", page_texts.page_text_of_site, {"name": "legal"}, name="site-legal"),
    path("", editions.home, name="home"),
    path("editions/", editions.edition_list, name="edition-list"),
    path("robots.txt", site.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("accounts/demo/", demo.demo_people, name="demo-people"),
    path("accounts/email/confirm/", accounts.confirm_address, name="confirm-address"),
    path("invitations/<str:token>/", invitations.invitation_detail, name="invitation-detail"),
    path("me/emails/<str:key>/", own_emails.stop_emails, name="stop-emails"),
    path("portal/", portal.portal_home, name="portal-home"),
    path("portal/<slug:edition_slug>/", include(portal_of_edition)),
    path("calendar/<str:token>.ics", calendars.own_feed, name="own-feed"),
    path("<slug:edition_slug>/", editions.edition_detail, name="edition-detail"),
    path("<slug:edition_slug>/", include(texts_of_footer)),
    path("<slug:edition_slug>/picture.png", pictures.picture, name="picture"),
    path("<slug:edition_slug>/logo/<str:file_name>", pictures.logo, name="logo"),
    path("<slug:edition_slug>/programme.ics", calendars.edition_calendar, name="edition-calendar"),
    path("<slug:edition_slug>/sessions/<slug:session_slug>/", sessions.session_detail, name="session-detail"),
    path("<slug:edition_slug>/sessions/<slug:session_slug>.ics", calendars.session_calendar, name="session-calendar"),
    path("<slug:edition_slug>/apply/", applications.apply, name="apply"),
    path("<slug:edition_slug>/apply/check/", applications.apply_check, name="apply-check"),
    path("<slug:edition_slug>/apply/sent/", applications.application, name="application"),
    path("<slug:edition_slug>/apply/sent/withdraw/", applications.application_withdraw, name="application-withdraw"),
    path("<slug:edition_slug>/register/", registrations.register, name="register"),
    path("<slug:edition_slug>/register/check/", registrations.register_check, name="register-check"),
]
