"""The page of everything that is stored about the person who is signed in, and its download."""

from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from udtacademy.accounts.email_kinds import zone_for
from udtacademy.accounts.models import User
from udtacademy.accounts.own_data import archive_of, own_records
from udtacademy.accounts.requests import signed_in
from udtacademy.http.rate_limits import limited


@require_safe
@login_required
@never_cache
@limited("own-data", each=10, person=10, methods=("GET",))
def own_data(request: HttpRequest) -> HttpResponse:
    return render(request, "account/own_data.html", context_of(signed_in(request)))


@require_safe
@login_required
@never_cache
@limited("own-data-download", each=5, person=5, methods=("GET",))
def own_data_download(request: HttpRequest) -> StreamingHttpResponse:
    user = signed_in(request)
    values = {"site": settings.SITE_URL, "email": user.email, "now": timezone.now()}
    page = render_to_string("account/own_data_file.html", context_of(user) | values)
    name = f"my-data-{timezone.localdate(timezone=zone_for(user.time_zone)):%Y-%m-%d}.zip"
    parts = archive_of(user, page)
    first = next(parts)  # so that an error is a page
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(chain([first], parts), content_type="application/zip", headers=headers)


def context_of(user: User) -> dict[str, Any]:
    return {"records": list(own_records(user)), "zone": zone_for(user.time_zone)}
