"""The public pages. Fixed first segments come before the editions' slugs."""

from django.contrib.sitemaps.views import sitemap
from django.urls import path

from programme.sitemaps import SITEMAPS
from programme.views import calendars, editions, sessions, site

app_name = "programme"
urlpatterns = [
    path("", editions.home, name="home"),
    path("editions/", editions.edition_list, name="edition-list"),
    path("robots.txt", site.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("<slug:edition_slug>/", editions.edition_detail, name="edition-detail"),
    path("<slug:edition_slug>/programme.ics", calendars.edition_calendar, name="edition-calendar"),
    path("<slug:edition_slug>/sessions/<slug:session_slug>/", sessions.session_detail, name="session-detail"),
    path("<slug:edition_slug>/sessions/<slug:session_slug>.ics", calendars.session_calendar, name="session-calendar"),
]
