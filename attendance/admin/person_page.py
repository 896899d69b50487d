"""Attendance on the pages of a person and of a city in the admin."""

from typing import Any

from django.utils import timezone

from attendance import access, wording
from attendance.queries import own_attendance, standing
from programme.models import Delegation, Participant
from programme.queries.participant_programme import own_programme
from udtacademy.accounts.models import User


def attendance_of(viewer: User, person: Participant) -> dict[str, Any]:
    """Return the person's standing, and each session with its state and what it is based on; nothing before they are registered."""
    if person.is_pending or person.is_waiting:
        return {}
    edition, now = person.edition, timezone.now()
    programme = own_programme(person.user, edition.slug) if viewer.has_perm(access.SEE) else None
    if programme is None:
        return {}
    sessions = own_attendance.own_sessions(programme, now, own_attendance.excuses_of(person))
    reasoned = own_attendance.own_standing(programme, sessions, now)
    return {
        "person": person,
        "edition": edition,
        "sessions": sessions,
        "standing_label": wording.STANDINGS[reasoned.standing],
        "summary": standing.summary_of(reasoned, now),
    }


def badge_of(viewer: User, person: Participant) -> dict[str, Any]:
    """Return whose badge can be printed; nothing unless they are registered. No query."""
    return (
        {"person": person, "edition": person.edition}
        if person.is_registered and viewer.has_perm(access.CHECK_IN)
        else {}
    )


def standing_of(viewer: User, delegation: Delegation) -> dict[str, Any]:
    """Return the city's standing with its reasons."""
    if not viewer.has_perm(access.SEE):
        return {}
    cities = standing.cities_of(delegation.edition, timezone.now(), among=[delegation.pk])
    city = cities[0] if cities else None
    return {"city": city, "standing_label": wording.STANDINGS[city.standing] if city else ""}
