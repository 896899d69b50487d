"""The editions on the admin's first page, each with its next session."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from programme.models import Edition


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return the editions that are not over, with their counts and next session, for staff who may see sessions."""
    editions = Edition.objects.none()
    if request.user.has_perm("programme.view_session"):
        editions = Edition.objects.not_over(timezone.now()).with_counts().order_by("first_on")
    return {
        "overview": [(edition, edition.sessions.with_place().to_come(timezone.now()).first()) for edition in editions]
    }
