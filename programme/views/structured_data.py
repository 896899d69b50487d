"""Structured data about an edition and its sessions for search engines: schema.org Event, as JSON-LD."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from programme.calendars.files import absolute
from programme.models import Edition, Session

OF_ONE_SESSION = {"@id", "description"}  # left to its own page: in that of the edition they would be an eighth of it
STATUS = {"cancelled": "EventCancelled", "confirmed": "EventScheduled", "tentative": "EventScheduled"}


def event_of_edition(edition: Edition, sessions: Iterable[Session]) -> dict[str, Any]:
    url = absolute(edition.get_absolute_url())
    dated = [session for session in sessions if session.local_day]
    days = [session.local_day for session in dated if session.local_day]
    parts = [event_of_session(session, edition) for session in dated if not session.is_break]
    event: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "EducationEvent",
        "@id": url,
        "name": edition.name,
        "description": edition.summary,
        "url": url,
        "startDate": min(days, default=edition.first_on).isoformat(),
        "endDate": max(days, default=edition.last_on).isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
        "location": [{"@type": "VirtualLocation", "url": url}],
        "image": absolute(reverse("programme:picture", args=[edition.slug])),
        "subEvent": [{key: value for key, value in part.items() if key not in OF_ONE_SESSION} for part in parts],
    }
    if edition.organiser_name:
        event["organizer"] = {"@type": "Organization", "name": edition.organiser_name}
    if edition.venue:
        event["location"].append(place(edition.venue.name, edition.venue.address))
    return event


def event_of_session(session: Session, edition: Edition) -> dict[str, Any]:
    """Describe a session that has a day. Times carry the offset of the edition's zone."""
    url = absolute(session.get_absolute_url())
    event: dict[str, Any] = {
        "@type": "EducationEvent",
        "@id": url,
        "name": session.title,
        "url": url,
        "eventStatus": f"https://schema.org/{STATUS[session.status]}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
    }
    if session.description:
        event["description"] = session.description
    if session.starts_at and session.ends_at:
        event["startDate"] = session.starts_at.astimezone(edition.zone).isoformat()
        event["endDate"] = session.ends_at.astimezone(edition.zone).isoformat()
    elif session.held_on:
        event["startDate"] = event["endDate"] = session.held_on.isoformat()
    if session.is_online:
        event["eventAttendanceMode"] = "https://schema.org/OnlineEventAttendanceMode"
        event["location"] = {"@type": "VirtualLocation", "url": url}
    elif session.place:
        event["location"] = place(session.place, session.address or session.place)
    return event


def place(name: str, address: str) -> dict[str, str]:
    return {"@type": "Place", "name": name, "address": address}
