"""Panels that attendance shows on pages of the programme."""

from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils import timezone

from attendance import access, wording
from attendance.models import Attendance, Excuse
from attendance.queries import own_attendance, standing
from attendance.queries.session_windows import can_be_joined
from attendance.queries.sessions import attended_sessions
from attendance.rules.attendance import SETTLES
from attendance.rules.standing import Standing
from programme import panels
from programme.models import Edition, Notice, Participant, Session
from programme.queries.participant_programme import OwnProgramme
from udtacademy.accounts.models import User


def register() -> None:
    """Offer the panels, links and demo data of attendance to the programme."""
    panels.PORTAL_NEXT.append(panels.Panel("attendance/_next_session.html", next_session))
    panels.PORTAL.append(panels.Panel("attendance/_core_progress.html", core_progress))
    panels.PROFILE.append(panels.Panel("attendance/_own_reminders.html", reminders))
    panels.EDITION_SUMMARY.append(panels.Panel("attendance/_edition_summary.html", edition_summary))
    panels.SESSION_LINKS["join"] = join_path
    panels.DEMO_COMMANDS.append("seed_attendance")


def join_path(session: Session) -> str:
    return reverse("attendance:join", args=[session.edition.slug, session.slug])


def next_session(participant: Participant, session: Session) -> dict[str, Any]:
    """Return the context for joining the next session, or for the badge at its door. `session`: from `own_programme`."""
    is_open = can_be_joined(session, timezone.now())
    return {"edition": participant.edition, "session": session, "is_open": is_open}


def core_progress(programme: OwnProgramme) -> dict[str, Any]:
    """Return the state of each core session: "1 of 2 attended". One query."""
    now, participant = timezone.now(), programme.participant
    core = [session for session in programme.sessions if session.is_core and not session.is_cancelled]
    sessions = own_attendance.own_sessions(replace(programme, sessions=core), now)
    reasoned = own_attendance.own_standing(sessions, now)
    return {
        "participant": participant,
        "edition": participant.edition,
        "sessions": sessions,
        "n_done": sum(it.status in SETTLES for it in sessions),
        "standing": reasoned.standing,
        "standing_summary": standing.summary_of(reasoned, now),
        "needs_attention": reasoned.standing in {Standing.NOT_MET, Standing.AT_RISK},
    }


def reminders(participant: Participant) -> dict[str, Any]:
    return {"participant": participant, "edition": participant.edition}


def edition_summary(user: User, edition: Edition) -> dict[str, Any]:
    """Return the cities' standing, open requests and the running session, as far as the user may see them."""
    now = timezone.now()
    if not user.has_perm(access.SEE):
        return {"edition": None, "can_check_in": user.has_perm(access.CHECK_IN), "door_edition": edition}
    cities = standing.cities_of(edition, now)
    counts = [(it.value, wording.STANDINGS[it], sum(city.standing is it for city in cities)) for it in Standing]
    return {
        "edition": edition,
        "n_cities": len(cities),
        "counts": [(value, label, n) for value, label, n in counts if n],
        "n_undecided": Attendance.objects.filter(edition=edition).undecided(now).count(),
        "n_asked": Excuse.objects.asked().filter(edition=edition).count(),
        "running": attended_sessions(edition).to_come(now).filter(starts_at__lte=now + edition.join_opens_before),
        "can_check_in": user.has_perm(access.CHECK_IN),
        "can_report": user.has_perm(access.REPORT),
        "sees_mails": user.has_perm(access.SEE_REMINDERS) and user.has_perm("outbox.view_message"),
        "changes_due_at": Notice.objects.open().filter(edition=edition).values_list("due_at", flat=True).first(),
        "door_edition": edition,
    }
