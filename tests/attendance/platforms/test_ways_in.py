"""Everybody's own way into a meeting, so that nobody has to be matched."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from attendance.actions import ways_in
from attendance.actions.platform_events import read_events
from attendance.actions.platform_polls import poll_meetings
from attendance.actions.retention import forget_ways_in
from attendance.actions.ways_in import ensure_way_in, make_ways_in
from attendance.demo.simulators.meeting import hold_meeting, note_attendee
from attendance.demo.simulators.scenario import Act, Somebody
from attendance.models import Attendance, Evidence, PlatformEvent, PlatformPerson, Report, WayIn
from attendance.personal_links import platform_ids
from attendance.platforms.api import ApiError
from attendance.platforms.zoom_api import Registrant
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


def test_links_are_forgotten_in_time_and_of_those_who_withdraw(zoom_session, ana, settings, time_machine):
    def n_forgotten(state):
        ana.state = state
        ana.save()
        return forget_ways_in()

    make_ways_in()
    number = WayIn.objects.get().own_id
    assert n_forgotten("registered") == 0
    assert n_forgotten("withdrawn") == 1
    assert n_forgotten("registered") == 0
    assert link_for(ana, zoom_session).is_missing_own

    assert make_ways_in() == 1  # back again
    assert link_for(ana, zoom_session).is_own
    time_machine.move_to(zoom_session.ends_at + dt.timedelta(days=settings.UNMATCHED_KEPT_DAYS, hours=1))
    assert forget_ways_in() == 1
    way_in = WayIn.objects.get()
    assert (way_in.url, way_in.own_id) == ("", number)


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


@pytest.mark.parametrize(
    ("error", "n_others", "n_again"),
    [
        (ApiError("odd", status=400, code=300), 2, 0),  # of one address: the others have links, and it is left alone
        (ApiError("odd", status=429), 2, 0),
        (ApiError("gone", status=404, code=3001), 0, 0),  # of the meeting: nobody is asked for
        (ApiError("no scope", status=400, code=4711), 0, 0),
        (ApiError("down", status=503), 0, 0),  # a moment's pause
    ],
)
def test_whom_zoom_refuses_holds_up_nobody_else_unless_it_refuses_the_meeting(
    zoom_session, ana, delegation, monkeypatch, error, n_others, n_again
):
    others = [ParticipantFactory(delegation=delegation) for _n in range(2)]
    asked = []

    def register(_zoom, _meeting, *, email, **_how):
        asked.append(email)
        if email == ana.user.email:
            raise error
        return Registrant(email, "https://zoom.us/w/1")

    monkeypatch.setattr(ways_in, "register", register)

    assert make_ways_in() == n_others
    assert set(WayIn.objects.values_list("participant", flat=True)) <= {it.pk for it in others}
    asked.clear()
    ensure_way_in(ana, zoom_session)
    assert (make_ways_in(), asked) == (n_again, [])


def test_people_refused_one_after_another_stop_it_for_this_time(zoom_session, ana, delegation, monkeypatch):
    delegation.quota = 20
    delegation.save()
    for _n in range(5):
        ParticipantFactory(delegation=delegation)
    asked = []

    def register(_zoom, _meeting, *, email, **_how):
        asked.append(email)
        raise ApiError("no registration", status=400)

    monkeypatch.setattr(ways_in, "register", register)

    assert make_ways_in() == 0
    assert len(asked) == ways_in.MOST_REFUSED


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
