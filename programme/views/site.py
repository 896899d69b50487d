from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from programme.calendars.files import absolute


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    private = ["/accounts/", "/portal/", "/invitations/"]
    if settings.ADMIN_PATH == "admin":  # a secret path is not published
        private.append("/admin/")
    directives = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in private),
        f"Sitemap: {absolute(reverse('programme:sitemap'))}",
    ]
    return HttpResponse("\n".join(directives) + "\n", content_type="text/plain")
