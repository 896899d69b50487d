"""Attendance for the demo edition: most people were present, some partly, some absent; one asks to be excused."""

import csv
import datetime as dt
import io
import os

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F, Q

from attendance.actions.applied_reports import apply_report
from attendance.actions.attendances import recompute_session
from attendance.actions.certificates import issue_certificates
from attendance.actions.reports import Choices, add_reports
from attendance.demo.feedback import seed_feedback
from attendance.demo.today import seed_check_in
from attendance.models import ActualTime, Attendance, Certificate, Evidence, Excuse
from attendance.queries.expected import expected_at
from attendance.queries.sessions import attended_sessions
from programme.demo.seed import DOMAIN, ORGANISER, SLUG, with_confirmed_address
from programme.errors import ProgrammeError
from programme.models import CertificateLayout, Edition, Participant, Session
from udtacademy.accounts.models import User

DESK = (f"desk{DOMAIN}", "Desi Desk")
MEETING = "https://meet.demo.example/"
SIMULATORS = "/styleguide/simulators"
FIRST_MEETING = 89_000_000_000
STAYED_AWAY = 7  # every seventh person
LEFT_EARLY = 9  # every ninth person
ZOOM_TIME = "%m/%d/%Y %I:%M:%S %p"
SIGNATORIES = [{"name": "Olga Organiser", "role": "Programme director"}]
EARLY = dt.timedelta(minutes=25)
NEAR = dt.timedelta(hours=1)
CLICKED_BEFORE = dt.timedelta(minutes=4)


@transaction.atomic
def seed_attendance(*, now: dt.datetime) -> tuple[int, list[str]]:
    """Add meeting links to the demo's online sessions, attendance to past sessions without any, and people to the door of the present one.

    Return how many past sessions got attendance, and where check-in can be tried. Raises ProgrammeError unless DEBUG is on, because anybody can sign in as the
    demo people.
    """
    if not settings.DEBUG:
        raise ProgrammeError("The demo works only with DEBUG on.", code="debug_off")
    edition = Edition.objects.get(slug=SLUG)
    desk, _ = User.objects.get_or_create(email=DESK[0], defaults={"name": DESK[1], "is_staff": True})
    desk.groups.add(Group.objects.get(name="desk"))
    with_confirmed_address(desk)
    ours = Q(meeting_url="") | Q(meeting_url__startswith=MEETING) | Q(meeting_url__contains=SIMULATORS)
    for session in edition.sessions.filter(ours, format=Session.Format.ONLINE).order_by("pk"):
        if session.meeting_url != meeting_of(session):  # also of another port, or an earlier version
            session.meeting_url = meeting_of(session)
            session.save()
    forget_actual_times(edition)
    people = list(edition.participants.registered().select_related("user").order_by("pk"))
    seen = Attendance.objects.established().filter(edition=edition).values("session")
    over = attended_sessions(edition).filter(ends_at__lte=now, track=None).exclude(pk__in=seen).order_by("starts_at")
    sessions = [session for session in over if session.starts_at and session.ends_at]
    organiser = User.objects.get(email=ORGANISER[0])
    for session in sessions:
        attend(session, people, organiser)
    certify(edition, organiser)
    seed_feedback(edition)
    return len(sessions), seed_check_in(edition, desk=desk, organiser=organiser)


def forget_actual_times(edition: Edition) -> None:
    """Delete the actual times of sessions that have moved with the demo since a meeting was held."""
    moved = ActualTime.objects.filter(session__edition=edition, ends_at__lt=F("session__starts_at") - NEAR)
    for actual in moved.select_related("session"):
        session = actual.session
        actual.delete()
        recompute_session(Session.objects.get(pk=session.pk))


def certify(edition: Edition, organiser: User) -> None:
    """Let somebody sign certificates, and issue the first one, to the last of those who were there."""
    CertificateLayout.objects.get_or_create(edition=edition, defaults={"signatories": SIGNATORIES})
    was_there = Attendance.objects.seen().filter(edition=edition).values("participant")
    last = edition.participants.registered().filter(pk__in=was_there).with_people().order_by("pk").last()
    if last and not Certificate.objects.filter(edition=edition).exists():
        issue_certificates(edition=edition, people=[last], by=organiser)


def meeting_of(session: Session) -> str:
    """Return the link of a simulated meeting (`simulators`): every third session is held with BigBlueButton, the others with Zoom."""
    address = os.environ.get("SITE_URL", settings.SITE_URL) + SIMULATORS  # `start` has just chosen the port
    if session.pk % 3 == 0:
        return f"{address}/bigbluebutton/?meetingID={session.slug}"
    return f"{address}/zoom/j/{FIRST_MEETING + session.pk}"


def attend(session: Session, people: list[Participant], by: User) -> None:
    """Add the session's meeting report and apply it. Some people who are not in it clicked Join."""
    assert session.starts_at  # noqa: S101 - selected above
    Evidence.objects.bulk_create(
        Evidence(
            kind=Evidence.Kind.JOIN,
            participant=person,
            session=session,
            edition=session.edition,
            observed_at=session.starts_at - CLICKED_BEFORE,
            by=person.user,
        )
        for number, person in enumerate(people)
        if stayed_away(number, session) and number % 2
    )
    name = f"zoom-{session.slug}.csv"
    content = zoom_report(session, people)
    reports, _is_new = add_reports(
        edition=session.edition, name=name, content=content, choices=Choices(session=session), by=by
    )
    for report in reports:
        apply_report(report=report, is_confirmed=True, by=by)
    missing = expected_at(session).exclude(attendance__session=session).order_by("pk").first()
    if missing and session.is_core and not Excuse.objects.asked().filter(participant=missing, session=session).exists():
        Excuse.objects.create(
            participant=missing,
            session=session,
            kind=Excuse.Kind.EXCUSE,
            reason="A council meeting was moved.",
        )


def zoom_report(session: Session, people: list[Participant]) -> bytes:
    """Return a report in Zoom's format: some people have no address, and some entries are not people."""
    assert session.starts_at  # noqa: S101 - selected above
    assert session.ends_at  # noqa: S101
    rows = [
        ("Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest", "In waiting room")
    ]
    starts_at, ends_at = (it.astimezone(session.edition.zone) for it in (session.starts_at, session.ends_at))
    guests = [("Fireflies.ai Notetaker", ""), ("Town hall, room 3", ""), ("iPhone", "")]
    for number, (name, email) in enumerate([*map(shown, people), *guests]):
        if stayed_away(number, session):
            continue
        left = starts_at + EARLY if (number + session.pk) % LEFT_EARLY == 0 else ends_at
        joined = starts_at + dt.timedelta(minutes=number % 4)
        minutes = str((left - joined) // dt.timedelta(minutes=1))
        rows.append((name, email, f"{joined:{ZOOM_TIME}}", f"{left:{ZOOM_TIME}}", minutes, "Yes", "No"))
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def stayed_away(number: int, session: Session) -> bool:
    return (number + session.pk) % STAYED_AWAY == 0


def shown(person: Participant) -> tuple[str, str]:
    """Return name and address; every third person hides the address, as guests do."""
    return person.user.name, person.user.email if person.pk % 3 else ""
