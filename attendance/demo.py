"""What happened in the demo edition so far: most came, some for a part, some not at all; one asks to be excused."""

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from attendance.access import attended_sessions
from attendance.actions.attendances import lock_attendances, recompute
from attendance.models import Attendance, Evidence, Excuse
from programme.demo import DOMAIN, SLUG, with_confirmed_address
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session, User

DESK = (f"desk{DOMAIN}", "Desi Desk")
MEETING = "https://meet.demo.example/"
STAYED_AWAY = 7  # each seventh person
LEFT_EARLY = 9  # each ninth
EARLY = dt.timedelta(minutes=25)


@transaction.atomic
def seed_attendance(*, now: dt.datetime) -> int:
    """Give the demo's online sessions a meeting, and those that are over and nobody was seen at their attendance.

    How many of these. Raises ProgrammeError unless DEBUG is on: the demo's people are anybody's.
    """
    if not settings.DEBUG:
        raise ProgrammeError("The demo is refused unless DEBUG is on.")
    edition = Edition.objects.get(slug=SLUG)
    desk, _ = User.objects.get_or_create(email=DESK[0], defaults={"name": DESK[1], "is_staff": True})
    desk.groups.add(Group.objects.get(name="desk"))
    with_confirmed_address(desk)
    online = edition.sessions.filter(format=Session.Format.ONLINE, meeting_url="")
    for session in online:
        session.meeting_url = f"{MEETING}{session.slug}"
        session.save()
    people = list(edition.participants.registered().order_by("pk"))
    seen = Attendance.objects.established().filter(edition=edition).values("session")
    over = attended_sessions(edition).filter(ends_at__lte=now, track=None).exclude(pk__in=seen).order_by("starts_at")
    sessions = [session for session in over if session.starts_at and session.ends_at]
    for session in sessions:
        attend(session, people)
    return len(sessions)


def attend(session: Session, people: list[Participant]) -> None:
    assert session.starts_at  # noqa: S101 - asked for
    assert session.ends_at  # noqa: S101
    rows = lock_attendances((person, session) for person in people)
    for number, person in enumerate(people):
        if (number + session.pk) % STAYED_AWAY == 0:
            continue
        ends_at = session.starts_at + EARLY if (number + session.pk) % LEFT_EARLY == 0 else session.ends_at
        Evidence.objects.create(
            participant=person,
            session=session,
            edition_id=session.edition_id,
            kind=Evidence.Kind.REPORT,
            observed_at=session.starts_at + dt.timedelta(minutes=number % 4),
            ended_at=ends_at,
        )
    recompute(rows)
    missing = next((it for it in rows if not it.status), None)
    if missing and session.is_core:
        Excuse.objects.create(
            participant=missing.participant,
            session=session,
            kind=Excuse.Kind.EXCUSE,
            reason="A council meeting was moved.",
        )
