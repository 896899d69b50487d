"""Reports fetched from the simulated Zoom and Microsoft Graph, into the same review as files."""

import datetime as dt
from dataclasses import replace

import pytest
import requests
from django.utils import timezone

from attendance.actions import report_pulls
from attendance.actions.report_pulls import ask_again, pull_reports
from attendance.actions.reports import drop_report
from attendance.actions.ways_in import make_ways_in
from attendance.demo.simulators.reports import Attended, keep_report
from attendance.models import Evidence, Report, ReportPull, WayIn
from attendance.platforms import api, teams_api
from attendance.queries.report_pulls import due_pulls, missing_reports
from tests.attendance.meeting_reports.giving import give, zoom
from tests.client import levels_of
from tests.refusals import refused

pytestmark = pytest.mark.django_db

PATHS = {"zoom": "zoom/j/89012345678", "teams": "teams/l/meetup-join/kick'off?x=1"}
LATER = dt.timedelta(minutes=31)


@pytest.fixture(params=PATHS)
def platform(request):
    return request.param


@pytest.fixture
def held(running, platform, simulated, settings):
    """A session held with a platform."""
    running.meeting_url = f"{settings.SITE_URL}/styleguide/simulators/{PATHS[platform]}"
    running.save()
    return running


@pytest.fixture
def zoom_session(running, simulated, settings):
    running.meeting_url = f"{settings.SITE_URL}/styleguide/simulators/{PATHS['zoom']}"
    running.save()
    return running


@pytest.fixture
def after(running, time_machine):
    """Go to a moment, so long after the session's end."""
    return lambda span: time_machine.move_to(running.ends_at + span, tick=False)


def give_report(session, *people):
    """Keep what the platform knows: name, address, and from which minute to which."""
    meeting = PATHS["zoom"].rpartition("/")[2] if "/zoom/" in session.meeting_url else session.meeting_url
    minute = dt.timedelta(minutes=1)
    return keep_report(
        meeting,
        [
            Attended(name, session.starts_at + since * minute, session.starts_at + until * minute, email, **about)
            for name, email, since, until, about in people
        ],
    )


def five(ana):
    return [
        (ana.user.name, ana.user.email, 0, 20, {}),
        (ana.user.name, ana.user.email, 25, 60, {}),
        ("Bo", "", 1, 59, {}),
        ("Cy", "", 1, 59, {}),
        ("Earlier", "", -300, -200, {}),
    ]


def problem():
    return ReportPull.objects.get().problem


def test_a_report_comes_half_an_hour_after_the_end_and_waits_for_its_review(held, platform, ana, after):
    give_report(held, *five(ana))
    after(dt.timedelta(minutes=29))
    assert pull_reports() == 0

    after(LATER)

    assert pull_reports() == 1
    report = Report.objects.get()
    assert (report.session, report.platform, report.is_fetched, report.state) == (held, platform, True, "read")
    assert (report.doubts, report.named_zone, report.is_whole) == ([], "UTC", True)
    assert [it.name for it in report.people.all()] == [ana.user.name, "Bo", "Cy"]  # three pages; nobody of hours before
    person = report.people.get(participant=ana)
    assert (person.how, person.minutes, len(person.intervals)) == ("email", 55, 2)
    assert not Evidence.objects.exists()
    assert problem() == ""


def test_a_report_comes_once(held, ana, after, organiser):
    give_report(held, *five(ana))
    after(LATER)
    pull_reports()
    report = Report.objects.get()

    after(dt.timedelta(hours=9))
    assert pull_reports() == 0
    ReportPull.objects.all().delete()  # as if it had been forgotten
    assert pull_reports() == 0
    assert Report.objects.get() == report
    ReportPull.objects.create(
        session=held, edition=held.edition, platform="zoom", ended_at=held.ends_at, came_at=timezone.now()
    )
    drop_report(report=report, by=organiser)
    after(dt.timedelta(hours=25))

    assert pull_reports() == 0  # what an organiser removed does not come back


def test_the_same_report_again_adds_nothing(held, ana, after, monkeypatch):
    give_report(held, *five(ana))
    after(LATER)
    (due,) = due_pulls(timezone.now())
    stays = report_pulls.stays_at(due)
    pull = ReportPull.objects.create(session=held, edition=held.edition, platform="x", ended_at=held.ends_at)

    report_pulls.keep(pull, due, stays)
    report_pulls.keep(pull, due, stays[::-1])

    assert Report.objects.count() == 1


def test_who_uploaded_the_report_needs_no_other(zoom_session, ana, after, organiser):
    give_report(zoom_session, *five(ana))
    after(LATER)
    give(zoom_session, zoom(zoom_session, ("Ana Anaya", "", 0, 60)), organiser)

    assert pull_reports() == 0


def test_two_processes_ask_once(zoom_session, ana, after):
    give_report(zoom_session, *five(ana))
    after(LATER)
    (one,), (other,) = (list(due_pulls(timezone.now())) for _n in range(2))
    assert report_pulls.claimed(one, timezone.now()) is not None

    assert report_pulls.claimed(other, timezone.now()) is None
    assert not list(due_pulls(timezone.now()))


def test_who_came_by_a_link_of_their_own_has_the_address_that_zoom_hides(zoom_session, ana, after):
    make_ways_in()
    number = WayIn.objects.get(participant=ana).own_id
    give_report(zoom_session, ("A.", "", 0, 60, {"own_id": number}), ("Bo", "", 0, 60, {"is_waiting": True}))
    after(LATER)

    pull_reports()

    matched, waited = Report.objects.get().people.order_by("name")
    assert (matched.participant, matched.how) == (ana, "email")
    assert (waited.group, waited.intervals) == ("ignored", [])


def test_without_a_report_it_is_asked_five_times_within_a_day_and_organisers_are_told(
    held, platform, after, client, organiser
):
    expected = "not_found"  # neither platform knows it
    for n, minutes in enumerate((30, 60, 180, 480, 1440), start=1):
        after(dt.timedelta(minutes=minutes - 1))
        assert pull_reports() == 0
        assert ReportPull.objects.filter(n_tries=n).count() == 0
        after(dt.timedelta(minutes=minutes))
        assert pull_reports() == 0
        assert ReportPull.objects.get().n_tries == n
    assert problem() == expected
    after(dt.timedelta(hours=30))
    assert not list(due_pulls(timezone.now()))
    client.force_login(organiser)

    page = client.get(f"/admin/editions/{held.edition.slug}/attendance/reports/")

    (missing,) = page.context["missing_reports"]
    assert missing.next_at is None
    assert missing.pull.sentence in page.text


def test_a_report_shows_where_it_came_from(held, ana, after, client, organiser):
    give_report(held, *five(ana))
    after(LATER)
    pull_reports()
    client.force_login(organiser)
    root = f"/admin/editions/{held.edition.slug}"

    pages = [client.get(f"{root}/attendance/reports/{at}") for at in ("", f"{Report.objects.get().pk}/")]

    name = Report.objects.get().platform_name
    assert all(f"fetched from {name}" in it.text for it in pages)
    assert "Check the report" in client.get(f"{root}/").text


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, "{}", "refused"),
        (403, "{}", "not_allowed"),
        (400, '{"code": 4711}', "not_allowed"),
        (404, "", "not_found"),
        (500, "<html>", "unreachable"),
        (302, "{}", "unreadable"),
        (200, "[]", "unreadable"),
        (200, '{"meetings": 1, "value": 1}', None),
        (200, '{"meetings": [{"uuid": "x", "start_time": "soon"}], "value": [{"id": "x"}]}', "unreadable"),
    ],
)
def test_whatever_it_answers_is_a_sentence(held, after, monkeypatch, status, body, expected):
    def request(method, url, **_how):
        answer = requests.Response()
        is_token = "oauth" in url
        answer.status_code = 200 if is_token else status
        answer._content = b'{"access_token": "t"}' if is_token else body.encode()
        answer._content_consumed = True
        return answer

    monkeypatch.setattr(requests, "request", request)
    after(LATER)

    assert pull_reports() == 0

    assert problem() == (expected or ("unreadable" if "/zoom/" in held.meeting_url else "not_found"))
    assert missing_reports(held.edition, timezone.now())[0].pull.sentence


def test_an_expired_secret_is_named(held, after, monkeypatch):
    def request(*_what, **_how):
        answer = requests.Response()
        answer.status_code, answer._content, answer._content_consumed = 400, b'{"error": "invalid_client"}', True
        return answer

    monkeypatch.setattr(requests, "request", request)
    after(LATER)
    pull_reports()

    assert problem() == "refused"


def test_a_platform_that_is_down_is_asked_again(held, ana, after, monkeypatch):
    give_report(held, *five(ana))
    after(LATER)
    with monkeypatch.context() as down:
        down.setattr(requests, "request", raising(requests.ConnectionError("secret")))
        assert pull_reports() == 0
    assert problem() == "unreachable"

    after(dt.timedelta(minutes=60))

    assert pull_reports() == 1


def test_a_mistake_of_ours_stops_no_other_session(zoom_session, after, monkeypatch, caplog):
    monkeypatch.setattr(report_pulls, "stays_at", raising(KeyError("x")))
    after(LATER)

    assert pull_reports() == 0

    assert problem() == "unreadable"
    assert "could not be fetched" in caplog.text


def test_who_asks_too_often_comes_again_when_told(zoom_session, after, monkeypatch):
    monkeypatch.setattr(
        report_pulls, "stays_at", raising(api.ApiError("slow down", api.Problem.BUSY, retry_after=3600))
    )
    after(LATER)
    pull_reports()
    after(dt.timedelta(minutes=90))
    assert not list(due_pulls(timezone.now()))

    after(dt.timedelta(minutes=91))

    assert len(list(due_pulls(timezone.now()))) == 1


@pytest.mark.parametrize("since_end", [LATER, dt.timedelta(days=9)])  # also once nothing is asked by itself any more
def test_an_organiser_has_a_report_tried_again_at_once(held, ana, after, client, organiser, since_end, monkeypatch):
    asked = []
    monkeypatch.setattr("attendance.views.reports.ask_for", asked.append)
    after(LATER)
    pull_reports()
    give_report(held, *five(ana))
    after(since_end + dt.timedelta(minutes=2))
    assert pull_reports() == 0
    client.force_login(organiser)
    root = f"/admin/editions/{held.edition.slug}/attendance/reports/"

    answers = [client.post(f"{root}fetch/{held.slug}/", follow=True) for _press in range(2)]

    assert [levels_of(it) for it in answers] == [["info"], ["info"]]
    assert [it.name for it in asked] == ["attendance.pull_reports"]
    assert "Try again now" not in answers[1].text
    assert pull_reports() == 1
    assert Report.objects.get().session == held
    assert (ReportPull.objects.get().n_tries, ReportPull.objects.get().asked_at) == (1, None)
    assert levels_of(client.post(f"{root}fetch/{held.slug}/", follow=True)) == ["error"]


def test_a_try_that_an_organiser_asked_for_takes_nothing_from_the_five_and_says_how_it_went(
    zoom_session, after, client, organiser
):
    after(LATER)
    pull_reports()
    tried_at = after(LATER + dt.timedelta(minutes=5)) or timezone.now()
    ask_again(session=zoom_session, by=organiser)
    pull_reports()
    client.force_login(organiser)

    page = client.get(f"/admin/editions/{zoom_session.edition.slug}/attendance/reports/")

    (missing,) = page.context["missing_reports"]
    assert (missing.pull.tried_at, missing.pull.n_tries) == (tried_at, 1)
    assert missing.next_at == zoom_session.ends_at + dt.timedelta(minutes=60)
    assert missing.pull.sentence in page.text
    assert "Try again now" in page.text


def test_a_platform_is_not_asked_again_too_soon_or_against_its_wish_or_without_credentials(
    zoom_session, after, organiser, settings, monkeypatch
):
    monkeypatch.setattr(
        report_pulls, "stays_at", raising(api.ApiError("slow down", api.Problem.BUSY, retry_after=3600))
    )
    with refused("report_not_missing"):
        ask_again(session=zoom_session, by=organiser)
    after(LATER)
    pull_reports()
    for minutes in (0.5, 50):
        after(LATER + dt.timedelta(minutes=minutes))
        with refused("asked_too_soon"):
            ask_again(session=zoom_session, by=organiser)
    after(LATER + dt.timedelta(minutes=61))
    platforms = settings.MEETING_PLATFORMS
    settings.MEETING_PLATFORMS = replace(platforms, zoom=replace(platforms.zoom, reports=False))
    with refused("platform_not_configured"):
        ask_again(session=zoom_session, by=organiser)

    assert ReportPull.objects.get().asked_at is None


def test_a_token_goes_to_no_other_host(running, settings, simulated, monkeypatch):
    teams = settings.MEETING_PLATFORMS.teams
    page = {"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0"}

    with pytest.raises(api.ApiError, match="elsewhere"):
        list(teams_api.listed(teams, page, "value", teams_api.NEXT))

    assert simulated == []


def test_what_never_ends_is_given_up(monkeypatch):
    with pytest.raises(api.ApiError, match="pages"):
        list(api.items({"value": []}, "value", lambda page: page))
    monkeypatch.setattr(api, "MOST_BYTES", 3)
    answer = requests.Response()
    answer._content, answer._content_consumed = b"1234", True

    with pytest.raises(api.ApiError, match="long"):
        api.body_of(answer)


@pytest.mark.parametrize(
    ("link", "organizer", "found"),
    [
        (
            "https://teams.microsoft.com/l/meetup-join/19%3a/0?context=%7b%22Oid%22%3a%22"
            "00000000-1111-2222-3333-444444444444%22%7d",
            "host",
            "00000000-1111-2222-3333-444444444444",
        ),
        ("https://teams.microsoft.com/meet/123?p=x", "host", "host"),
        ("https://teams.microsoft.com/meet/123?context=%7b", "host", "host"),
        ("https://teams.microsoft.com/meet/123?context=%7b%22Oid%22%3a%22../me%22%7d", "", ""),
    ],
)
def test_the_link_says_whose_meeting_it_is(settings, simulated, link, organizer, found):
    teams = replace(settings.MEETING_PLATFORMS.teams, organizer=organizer)

    assert teams_api.meeting_in(teams, link) == link
    assert teams_api.organiser_of(teams, link) == found


def test_a_moved_session_is_asked_for_anew(zoom_session, after):
    after(LATER)
    pull_reports()
    zoom_session.starts_at += dt.timedelta(hours=3)
    zoom_session.ends_at += dt.timedelta(hours=3)
    zoom_session.save()

    after(dt.timedelta(minutes=30, hours=3))

    (due,) = due_pulls(timezone.now())
    assert due.n_tries == 0


def test_nothing_is_asked_where_it_is_not_configured(zoom_session, ana, after, settings):
    give_report(zoom_session, *five(ana))
    platforms = settings.MEETING_PLATFORMS
    settings.MEETING_PLATFORMS = replace(platforms, zoom=replace(platforms.zoom, reports=False))
    after(LATER)

    assert pull_reports() == 0
    assert not ReportPull.objects.exists()


def raising(error):
    def fail(*_what, **_how):
        raise error

    return fail
