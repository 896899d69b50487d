from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from programme.calendars.files import absolute


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    private = ["/accounts/", "/portal/", "/invitations/"]
    if settings.ADMIN_PATH == "admin":  # another one is told to nobody
        private.append("/admin/")
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in private),
        f"Sitemap: {absolute(reverse('programme:sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
