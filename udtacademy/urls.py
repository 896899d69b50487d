"""URLs of the site. Add a new first segment also to programme.rules.editions.RESERVED_SLUGS."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from udtacademy.http import csp_reports
from udtacademy.http.late_views import late_view
from udtacademy.monitoring import health, metrics

EMAIL_WEBHOOK = "udtacademy.outbox.returns.webhooks.email_webhook"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("csp-report", csp_reports.csp_report, name="csp-report"),
    path("webhooks/email/<slug:provider>/", csrf_exempt(late_view(EMAIL_WEBHOOK)), name="email-webhook"),
    path(f"{settings.ADMIN_PATH}/editions/<slug:edition_slug>/", include("attendance.staff_urls")),
    path(f"{settings.ADMIN_PATH}/editions/<slug:edition_slug>/", include("programme.staff_urls")),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("", include("attendance.urls")),
    path("", include("programme.urls")),
    path("accounts/", include("udtacademy.accounts.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(
        0, path("styleguide/simulators/", include("attendance.demo.simulators.urls"))
    )  # above the editions
    urlpatterns.insert(0, path("styleguide/", include("udtacademy.devtools.urls")))

handler400 = "udtacademy.http.error_pages.bad_request"
handler403 = "udtacademy.http.error_pages.permission_denied"
handler404 = "udtacademy.http.error_pages.page_not_found"
handler500 = "udtacademy.http.error_pages.server_error"
