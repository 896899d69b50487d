"""URLs under /styleguide/, only where DEBUG is on."""

from django.urls import path

from udtacademy.devtools import email_pages, styleguide

app_name = "styleguide"
urlpatterns = [
    path("", styleguide.styleguide, name="parts"),
    path("admin/", styleguide.styleguide_admin, name="admin"),
    path("errors/<int:status>/", styleguide.styleguide_error, name="error"),
    path("emails/", email_pages.email_list, name="emails"),
    path("emails/<slug:kind>/", email_pages.email_detail, name="email"),
    path("emails/<slug:kind>/html/", email_pages.email_html, name="email-html"),
]
