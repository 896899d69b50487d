"""Everybody's own way into a meeting, so that nobody has to be matched."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from attendance.actions.platform_events import read_events
from attendance.actions.platform_polls import poll_meetings
from attendance.actions.ways_in import make_ways_in
from attendance.demo.simulators.meeting import hold_meeting, note_attendee
from attendance.demo.simulators.scenario import Act, Somebody
from attendance.models import Attendance, Evidence, PlatformEvent, PlatformPerson, Report, WayIn
from attendance.personal_links import platform_ids
from attendance.queries.live_differences import live_differences
from attendance.queries.ways_in import link_for
from attendance.rules.meeting_events import EventKind
from programme.demo.seed import ORGANISER
from tests.factories.people import ParticipantFactory, UserFactory

pytestmark = pytest.mark.django_db


def held_with(session, path, settings):
    session.meeting_url = f"{settings.SITE_URL}/styleguide/simulators/{path}"
    session.save()
    return session


@pytest.fixture
def zoom_session(running, simulated, settings):
    return held_with(running, "zoom/j/89012345678", settings)


@pytest.fixture
def bbb_session(running, simulated, settings):
    return held_with(running, "bigbluebutton/?meetingID=kickoff", settings)


def join(client, participant):
    client.force_login(participant.user)
    return client.post("/join/academy/peer-learning/", follow=True)


def test_zoom_gives_each_a_link_ahead_once(zoom_session, ana, simulated):
    assert make_ways_in() == 1
    assert make_ways_in() == 0

    way_in = WayIn.objects.get()
    assert way_in.participant == ana
    assert link_for(ana, zoom_session).url == way_in.url
    assert way_in.own_id not in WayIn.objects.values_list("url", flat=True).get()  # encrypted
    assert len(simulated) == 2  # a token, and the registration


def test_who_clicks_before_has_a_link_at_once(client, zoom_session, ana):
    response = join(client, ana)

    link = response.context["link"]
    assert (link.url, link.is_own) == (WayIn.objects.get().url, True)
    assert link.url in response.text


def test_when_zoom_does_not_answer_the_plain_link_does_and_the_next_click_does_not_wait(
    client, zoom_session, ana, delegation, monkeypatch, simulated
):
    monkeypatch.setattr("attendance.platforms.zoom_api.token_of", lambda *_: "expired")

    response = join(client, ana)
    asked = len(simulated)
    other = join(client, ParticipantFactory(delegation=delegation))

    for page in (response, other):
        assert (page.context["link"].url, page.context["link"].is_missing_own) == (zoom_session.meeting_url, True)
    assert len(simulated) == asked > 0
    assert Evidence.objects.filter(kind="join").count() == 2


def test_bigbluebutton_is_told_who_joins_by_a_number_of_ours(client, bbb_session, ana):
    response = join(client, ana)

    query = parse_qs(urlsplit(response.context["link"].url).query)
    assert query["fullName"] == [ana.user.name]
    assert platform_ids.read(query["userID"][0]) == ana.pk
    assert ana.user.email not in response.context["link"].url
    assert platform_ids.read(f"udt-{ana.pk}.forged") is None


def test_bigbluebutton_can_be_asked_who_is_there(bbb_session, ana, settings):
    settings.MEETING_PLATFORMS = settings.MEETING_PLATFORMS.__class__(
        bigbluebutton=settings.MEETING_PLATFORMS.bigbluebutton.__class__(
            url=settings.MEETING_PLATFORMS.bigbluebutton.url, secret="a-secret-of-the-tests", polls=True
        )
    )
    who = Somebody(ana.user.name, own_id=platform_ids.own_id(ana))
    note_attendee("kickoff", Act(0, EventKind.JOINED, who, "1"))
    assert (poll_meetings(), poll_meetings()) == (1, 0)
    assert Attendance.objects.get(participant=ana).source == "live"
    assert PlatformPerson.objects.get().how == "link"

    note_attendee("kickoff", Act(1, EventKind.ENDED))

    assert poll_meetings() == 1
    assert not PlatformPerson.objects.get().is_inside


@pytest.mark.parametrize("platform", ["zoom/j/89012345678", "bigbluebutton/?meetingID=kickoff"])
def test_a_simulated_meeting_is_seen_live_and_reconciled_with_its_report(
    running, delegation, simulated, settings, platform, time_machine
):
    session = held_with(running, platform, settings)
    delegation.quota = 20
    delegation.save()
    people = [ParticipantFactory(delegation=delegation) for _n in range(8)]
    UserFactory(email=ORGANISER[0])

    assert hold_meeting(session, seconds=0) > 0
    read_events()

    own = PlatformPerson.objects.filter(how="link")
    assert {it.participant for it in own} <= set(people)
    assert own.count() >= 4
    assert not PlatformPerson.objects.filter(is_inside=True).exists()
    assert PlatformEvent.objects.count() <= len(simulated)  # some were sent twice
    report = Report.objects.get()
    assert report.people.count() >= own.count()
    assert isinstance(live_differences(report), list)


def test_the_review_shows_where_report_and_platform_differ(zoom_session, ana, organiser, time_machine):
    starts_at = zoom_session.starts_at
    Evidence.objects.create(
        kind="live",
        participant=ana,
        session=zoom_session,
        edition=zoom_session.edition,
        observed_at=starts_at,
        ended_at=starts_at + dt.timedelta(minutes=8),
        platform="zoom",
    )
    time_machine.move_to(timezone.now() + dt.timedelta(hours=2))
    report = Report(
        edition=zoom_session.edition, session=zoom_session, uploaded_by=organiser, uploaded_at=timezone.now()
    )
    report.save()

    (difference,) = live_differences(report)

    assert (difference.participant, difference.live, difference.reported) == (ana, 8, None)
