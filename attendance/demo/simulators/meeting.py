"""Hold a simulated meeting of a session: send its events to our own webhook, as the session's platform would, and give its report."""

import csv
import datetime as dt
import io
import time
from collections.abc import Iterator, Sequence

import requests
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from attendance.actions.attendances import recompute_session
from attendance.actions.reports import Choices, add_reports
from attendance.actions.ways_in import make_for, registers
from attendance.demo.simulators.messages import bbb_event, bbb_request, zoom_event, zoom_request
from attendance.demo.simulators.reports import Attended, keep_report
from attendance.demo.simulators.running import begin, ending
from attendance.demo.simulators.scenario import Act, Somebody, acts_of, in_disorder
from attendance.models import ActualTime, Report, WayIn
from attendance.personal_links.platform_ids import own_id
from attendance.platforms import bigbluebutton, teams_api, zoom
from attendance.queries.expected import expected_at
from attendance.rules.meeting_events import Event, EventKind, presences
from programme.demo.seed import ORGANISER
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.models import User

MOST_PEOPLE = 200
PATIENCE = 10  # seconds
NEAR = dt.timedelta(hours=1)
ZOOM_TIME = "%m/%d/%Y %I:%M:%S %p"
ZOOM_NAMES = {
    EventKind.JOINED: "meeting.participant_joined",
    EventKind.LEFT: "meeting.participant_left",
    EventKind.WAITING: "meeting.participant_joined_waiting_room",
    EventKind.STOPPED_WAITING: "meeting.participant_left_waiting_room",
    EventKind.ENDED: "meeting.ended",
}
BBB_NAMES = {EventKind.JOINED: "user-joined", EventKind.LEFT: "user-left", EventKind.ENDED: "meeting-ended"}


def hold_meeting(session: Session, *, seconds: int) -> int:
    """Hold a meeting that lasts so many seconds. Return how many events were sent. Raises ProgrammeError as `begin_meeting`."""
    begin_meeting(session, seconds)
    return carry_out(session, seconds)


def begin_meeting(session: Session, seconds: int) -> None:
    """Note that a meeting is being held. `carry_out` follows. Raises ProgrammeError unless DEBUG is on, for a session whose link is of no
    platform that is configured, and while another meeting of the session is held.
    """
    if not settings.DEBUG:
        raise ProgrammeError("Meetings are simulated only where DEBUG is on.", code="debug_off")
    if not (live_meeting(session) or teams_meeting(session)):
        raise ProgrammeError("The session has no meeting link of Zoom, Teams or BigBlueButton.", code="no_platform")
    begin(session, seconds)


def carry_out(session: Session, seconds: int) -> int:
    """Let people come and go, then give the report. Return how many events were sent."""
    with ending(session):
        return let_people_come(session, seconds)


def let_people_come(session: Session, seconds: int) -> int:
    people = people_at(session)
    began = timezone.now()
    take_for_held(session, began, seconds)
    acts = acts_of(people, began.microsecond)
    n = 0
    for act in in_disorder(acts, began.microsecond) if live_meeting(session) else ():
        moment = began + act.share * dt.timedelta(seconds=seconds)
        wait_until(moment)
        n += send(session, act, moment, began)
    if kept := zoom.meeting_in(session.meeting_url) or teams_meeting(session):
        keep_report(kept, attended(acts, began, seconds))
    if live_meeting(session):
        give_report(session, acts, began, seconds)
    return n


def take_for_held(session: Session, began: dt.datetime, seconds: int) -> None:
    """Take a session that runs, or starts within the hour, for held from now to the end of a shorter meeting: who stays has attended it."""
    ends_at = began + dt.timedelta(seconds=seconds)
    if session.starts_at is None or session.ends_at is None:
        return
    if session.starts_at > began + NEAR or not began < ends_at < session.ends_at:
        return
    ActualTime.objects.update_or_create(
        session=session, defaults={"starts_at": began, "ends_at": ends_at, "reason": "A simulated meeting"}
    )
    recompute_session(session)


def live_meeting(session: Session) -> str:
    """Return the meeting of a platform that reports live."""
    return zoom.meeting_in(session.meeting_url) or bigbluebutton.meeting_in(session.meeting_url)


def teams_meeting(session: Session) -> str:
    """Return the meeting of Teams, which does not report live and whose report is fetched after the session's end."""
    platform = settings.MEETING_PLATFORMS.teams
    return teams_api.meeting_in(platform, session.meeting_url) if platform else ""


def wait_until(moment: dt.datetime) -> None:
    time.sleep(max(0.0, (moment - timezone.now()).total_seconds()))


def people_at(session: Session) -> list[Somebody]:
    """Return who comes: everybody expected, of whom some hide their address, and some took the plain link."""
    people = list(expected_at(session).select_related("user").order_by("pk")[:MOST_PEOPLE])
    meeting = zoom.meeting_in(session.meeting_url)
    if meeting and registers():
        make_for(session, meeting, MOST_PEOPLE)
    ways = WayIn.objects.filter(session=session, platform="zoom", meeting=meeting)
    own = dict(ways.values_list("participant", "own_id")) if meeting else {it.pk: own_id(it) for it in people}
    return [somebody(number, it, own.get(it.pk, "")) for number, it in enumerate(people)]


def somebody(number: int, participant: Participant, own: str) -> Somebody:
    user = participant.user
    took_plain_link, hides_address = number % 3 == 1, number % 2 == 0
    if not took_plain_link:
        return Somebody(user.name, own_id=own)
    return Somebody(user.name, email="" if hides_address else user.email)


def send(session: Session, act: Act, moment: dt.datetime, began: dt.datetime) -> int:
    """Send one event. Return 0 if the platform knows none of this kind, else 1."""
    if meeting := zoom.meeting_in(session.meeting_url):
        return send_by_zoom(meeting, act, moment, began)
    if act.kind not in BBB_NAMES:
        return 0
    meeting, who = bigbluebutton.meeting_in(session.meeting_url), act.somebody or Somebody("")
    event = bbb_event(
        BBB_NAMES[act.kind], moment, f"w_{act.connection}", meeting=meeting, external=who.own_id, user=who.name
    )
    address = f"{settings.SITE_URL}{reverse('attendance:meeting-webhook', args=['bigbluebutton'])}"
    platform = settings.MEETING_PLATFORMS.bigbluebutton
    assert platform  # noqa: S101 - it gave the meeting
    body, checksum = bbb_request([event], address, secret=platform.secret)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    requests.post(f"{address}?checksum={checksum}", body, headers=headers, timeout=PATIENCE).raise_for_status()
    note_attendee(meeting, act)
    return 1


def send_by_zoom(meeting: str, act: Act, moment: dt.datetime, began: dt.datetime) -> int:
    platform = settings.MEETING_PLATFORMS.zoom
    assert platform  # noqa: S101 - it gave the meeting
    about = {} if act.somebody is None else known_to_zoom(act.somebody)
    instance = f"{int(began.timestamp())}=="
    event = zoom_event(ZOOM_NAMES[act.kind], moment, act.connection, meeting=meeting, instance=instance, **about)
    body, headers = zoom_request(event, secret=platform.webhook_secret)
    address = f"{settings.SITE_URL}{reverse('attendance:meeting-webhook', args=['zoom'])}"
    headers |= {"Content-Type": "application/json"}
    requests.post(address, body, headers=headers, timeout=PATIENCE).raise_for_status()
    return 1


def known_to_zoom(who: Somebody) -> dict[str, str]:
    about = {"user_name": who.name, "email": who.email, "registrant_id": who.own_id}
    return {name: value for name, value in about.items() if value}


def attendees_key(meeting: str) -> str:
    return f"attendance:simulated-attendees:{meeting}"


def note_attendee(meeting: str, act: Act) -> None:
    """Remember who is there, for the simulated getMeetings."""
    inside: dict[str, tuple[str, str]] = cache.get(attendees_key(meeting), {})
    if act.kind is EventKind.ENDED:
        inside = {}
    elif act.somebody and act.kind is EventKind.JOINED:
        inside[act.connection] = act.somebody.own_id or f"w_{act.connection}", act.somebody.name
    else:
        inside.pop(act.connection, None)
    cache.set(attendees_key(meeting), inside, timeout=3600)


def give_report(session: Session, acts: Sequence[Act], began: dt.datetime, seconds: int) -> Report:
    """Upload the meeting's report, as an organiser would afterwards. It shows names, and the addresses that the platform knew."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest"])
    writer.writerows(report_rows(session, acts, began, seconds))
    name = f"meeting-{session.slug}-{began:%H%M%S}.csv"
    (report, *_others), _is_new = add_reports(
        edition=session.edition,
        name=name,
        content=out.getvalue().encode(),
        choices=Choices(session=session, is_anyway=True),
        by=User.objects.get(email=ORGANISER[0]),
    )
    return report


def report_rows(session: Session, acts: Sequence[Act], began: dt.datetime, seconds: int) -> Iterator[list[str]]:
    for it in attended(acts, began, seconds):
        times = [f"{at.astimezone(session.edition.zone):{ZOOM_TIME}}" for at in (it.joined_at, it.left_at)]
        minutes = str(-(-(it.left_at - it.joined_at) // dt.timedelta(minutes=1)))
        yield [it.name, it.email, *times, minutes, "Yes"]


def attended(acts: Sequence[Act], began: dt.datetime, seconds: int) -> Iterator[Attended]:
    """Yield each time that somebody was in the meeting."""
    length = dt.timedelta(seconds=seconds)
    people = {it.somebody.name: it.somebody for it in acts if it.somebody}
    events = [
        Event(it.kind, began + it.share * length, "i", it.connection, it.somebody.name if it.somebody else "")
        for it in acts
    ]
    for name, presence in presences(events, closes_at=began + length).items():
        for stay in presence.stays:
            assert stay.ends_at  # noqa: S101 - closed
            yield Attended(name, stay.starts_at, stay.ends_at, people[name].email, people[name].own_id)
