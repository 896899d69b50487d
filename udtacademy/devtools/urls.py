"""URLs under /styleguide/, only where DEBUG is on."""

from django.urls import path

from udtacademy.devtools import email_pages

app_name = "styleguide"
urlpatterns = [
    path("emails/", email_pages.email_list, name="emails"),
    path("emails/<slug:kind>/", email_pages.email_detail, name="email"),
    path("emails/<slug:kind>/html/", email_pages.email_html, name="email-html"),
]
