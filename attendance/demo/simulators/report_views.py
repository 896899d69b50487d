"""What the simulated Zoom and Microsoft Graph answer when asked for reports, in small pages. Only where DEBUG is on."""

import base64
import re
from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from attendance.demo.simulators.reports import Attended, Held, reports_of
from attendance.demo.simulators.views import TOKEN
from programme.models import Session

PAGE = 2  # so that every report has several
FILTER = re.compile(r"JoinWebUrl eq '(.+)'")


def refused(request: HttpRequest) -> JsonResponse | None:
    """Return the answer to a call without our token; None if it has it."""
    if request.headers.get("Authorization") == f"Bearer {TOKEN}":
        return None
    return JsonResponse({"code": 124, "message": "Invalid access token."}, status=HTTPStatus.UNAUTHORIZED)


def not_found() -> JsonResponse:
    return JsonResponse({"code": 3001, "message": "Meeting does not exist."}, status=HTTPStatus.NOT_FOUND)


@require_GET
def zoom_instances(request: HttpRequest, meeting: int) -> JsonResponse:
    """List each time that a meeting was held."""
    held = [{"uuid": it.number, "start_time": iso(it.started_at)} for it in reports_of(str(meeting))]
    return refused(request) or (JsonResponse({"meetings": held}) if held else not_found())


@require_GET
def zoom_participants(request: HttpRequest, number: str) -> JsonResponse:
    """Give a page of who was there at one time. The number is encoded twice, as it begins with "/"."""
    links = (
        Session.objects.filter(meeting_url__contains="/zoom/j/").order_by("pk").values_list("meeting_url", flat=True)
    )
    meetings = {urlsplit(it).path.rpartition("/")[2] for it in links}
    held = next(
        (it for one in sorted(meetings) for it in reports_of(one) if it.number == unquote(unquote(number))), None
    )
    if held is None or refused(request):
        return refused(request) or not_found()
    page = int(request.GET.get("next_page_token") or 0)
    rows = held.attended[page : page + PAGE]
    after = str(page + PAGE) if page + PAGE < len(held.attended) else ""
    has_numbers = request.GET.get("include_fields") == "registrant_id"
    people = [zoom_person(it, has_number=has_numbers) for it in rows]
    return JsonResponse({"page_size": PAGE, "next_page_token": after, "participants": people})


def zoom_person(it: Attended, *, has_number: bool) -> dict[str, Any]:
    about = {
        "name": it.name,
        "user_email": it.email,
        "join_time": iso(it.joined_at),
        "leave_time": iso(it.left_at),
        "duration": int((it.left_at - it.joined_at).total_seconds()),
        "status": "in_waiting_room" if it.is_waiting else "in_meeting",
    }
    return about | ({"registrant_id": it.own_id} if has_number else {})


@csrf_exempt
@require_POST
def teams_token(request: HttpRequest, tenant: str) -> JsonResponse:  # noqa: ARG001 - in the address
    """Give a token for client credentials, as Entra does."""
    return JsonResponse({"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})


@require_GET
def teams_meetings(request: HttpRequest, user: str) -> JsonResponse:  # noqa: ARG001 - in the address
    """Find a meeting by its link."""
    wanted = FILTER.fullmatch(request.GET.get("$filter", ""))
    link = wanted[1].replace("''", "'") if wanted else ""
    found = [{"id": encoded(link), "joinWebUrl": link}] if reports_of(link) else []
    return refused(request) or JsonResponse({"value": found})


@require_GET
def teams_reports(request: HttpRequest, user: str, meeting: str) -> JsonResponse:  # noqa: ARG001 - in the address
    """List a meeting's reports: one for each time it was held."""
    reports = [
        {"id": encoded(it.number), "meetingStartDateTime": iso(it.started_at), "meetingEndDateTime": iso(it.ended_at)}
        for it in reports_of(decoded(meeting))
    ]
    return refused(request) or JsonResponse({"value": reports})


@require_GET
def teams_report(request: HttpRequest, user: str, meeting: str, number: str) -> JsonResponse:
    """Give a report with a page of its records."""
    held = next((it for it in reports_of(decoded(meeting)) if it.number == decoded(number)), None)
    if held is None or refused(request):
        return refused(request) or not_found()
    records, page = records_of(held), int(request.GET.get("$skip", 0))
    answer = {"id": number, "totalParticipantCount": len(records), "attendanceRecords": records[page : page + PAGE]}
    if page + PAGE < len(records):
        path = f"users/{user}/onlineMeetings/{meeting}/attendanceReports/{number}"
        after = f"{settings.SITE_URL}/styleguide/simulators/teams/v1.0/{path}?$skip={page + PAGE}"
        answer["attendanceRecords@odata.nextLink"] = after
    return JsonResponse(answer)


def records_of(held: Held) -> list[dict[str, Any]]:
    people = groupby(sorted(held.attended, key=lambda it: (it.name, it.joined_at)), key=lambda it: it.name)
    return [teams_person(name, list(times)) for name, times in people]


def teams_person(name: str, times: Iterable[Attended]) -> dict[str, Any]:
    admitted = [it for it in times if not it.is_waiting]
    intervals = [{"joinDateTime": iso(it.joined_at), "leaveDateTime": iso(it.left_at)} for it in admitted]
    email = next((it.email for it in admitted if it.email), None)
    identity = {"id": encoded(name), "displayName": name}
    return {"emailAddress": email, "role": "Attendee", "identity": identity, "attendanceIntervals": intervals}


def iso(at: Any) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
