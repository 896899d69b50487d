"""Microsoft Graph: the attendance reports of meetings in Teams.

https://learn.microsoft.com/graph/api/meetingattendancereport-get · https://learn.microsoft.com/graph/api/onlinemeeting-get
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from attendance.platforms.api import AT_LEISURE, ApiError, called, items, token
from attendance.platforms.events import LONGEST_EMAIL, LONGEST_NAME, UnreadableError, moment_of, parsed, text_of
from attendance.platforms.report_files import EARLIEST, LATEST, Stay
from attendance.rules.report_pulls import Problem
from udtacademy.meeting_platforms import Teams

HOSTS = ("teams.microsoft.com", "teams.live.com", "teams.cloud.microsoft")
ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")  # of a user, in the link
NEXT = "@odata.nextLink"


def meeting_in(teams: Teams, url: str) -> str:
    """Return the link if it is of a meeting in Teams; "" for others."""
    parts = urlsplit(url)
    hosts = (*HOSTS, urlsplit(teams.api_url).hostname)
    return url if parts.hostname in hosts and "/meet" in parts.path else ""


def organiser_of(teams: Teams, url: str) -> str:
    """Return whose meeting it is: the user's ID in the link, else who is configured; "" if neither says."""
    contexts = parse_qs(urlsplit(url).query).get("context", [])
    try:
        found = text_of(parsed(contexts[0]), "Oid") if contexts else ""
    except UnreadableError:
        found = ""
    return found if ID.fullmatch(found) else teams.organizer


def stays(teams: Teams, url: str, since: dt.datetime, until: dt.datetime) -> Iterator[Stay]:
    """Yield who was in a meeting each time it was held during these times. Raises ApiError and UnreadableError."""
    organiser = organiser_of(teams, url)
    if not organiser:
        raise ApiError("The link does not say whose meeting it is, and no organizer is set.", Problem.NOT_FOUND)
    path = f"{teams.api_url}/users/{quote(organiser, safe='')}/onlineMeetings"
    literal = url.replace("'", "''")
    meetings = call(teams, path, params={"$filter": f"JoinWebUrl eq '{literal}'"}).get("value")
    number = text_of(meetings[0], "id", LONGEST_NAME) if isinstance(meetings, list) and meetings else ""
    if not number:
        raise ApiError("There is no such meeting.", Problem.NOT_FOUND)
    path = f"{path}/{quote(number, safe='')}/attendanceReports"
    reports = [it for it in listed(teams, call(teams, path), "value", NEXT) if is_near(it, since, until)]
    if not reports:
        raise ApiError("There is no such report.", Problem.NOT_YET)
    for report in reports:
        whole = call(teams, f"{path}/{quote(text_of(report, 'id'), safe='')}", params={"$expand": "attendanceRecords"})
        for record in listed(teams, whole, "attendanceRecords", f"attendanceRecords{NEXT}"):
            yield from stays_of(record)


def is_near(report: dict[str, Any], since: dt.datetime, until: dt.datetime) -> bool:
    started = moment_of(report.get("meetingStartDateTime"))
    return since - EARLIEST <= started <= until + LATEST


def stays_of(record: dict[str, Any]) -> Iterator[Stay]:
    """Yield each time that one person was there."""
    identity = record.get("identity")
    who = identity if isinstance(identity, dict) else {}
    times = record.get("attendanceIntervals")
    for interval in times if isinstance(times, list) else []:
        yield Stay(
            joined_at=moment_of(interval.get("joinDateTime")),
            left_at=moment_of(interval["leaveDateTime"]) if interval.get("leaveDateTime") else None,
            name=text_of(who, "displayName", LONGEST_NAME),
            email=text_of(record, "emailAddress", LONGEST_EMAIL),
            account=text_of(who, "id"),
            role=text_of(record, "role"),
        )


def listed(teams: Teams, page: dict[str, Any], name: str, link: str) -> Iterator[dict[str, Any]]:
    """Yield what is listed, page by page. Raises ApiError for a next page elsewhere, where our token must not go."""
    ours = urlsplit(teams.api_url)

    def following(page: dict[str, Any]) -> dict[str, Any] | None:
        after = page.get(link) or page.get(NEXT)
        if not after:
            return None
        if not isinstance(after, str) or urlsplit(after)[:2] != ours[:2]:
            raise ApiError("The next page is elsewhere.")
        following_page = call(teams, after)
        return following_page if name in following_page else following_page | {name: following_page.get("value")}

    yield from items(page, name, following)


def call(teams: Teams, url: str, **what: Any) -> dict[str, Any]:
    """Return Graph's answer to a call. Raises ApiError."""
    key = f"teams-token:{teams.tenant_id}:{teams.client_id}:{teams.token_url}"
    grant = {
        "grant_type": "client_credentials",
        "client_id": teams.client_id,
        "client_secret": teams.client_secret,
        "scope": teams.scope,
    }
    bearer = token(key, teams.token_url, data=grant, timeout=AT_LEISURE)
    return called(key, bearer, "GET", url, timeout=AT_LEISURE, **what)
