"""What the overview of an edition says about attendance."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse

from attendance.models import Report
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory

NOW = dt.datetime(2025, 9, 20, 8, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def overview(client, edition):
    organiser = UserFactory(is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    client.force_login(organiser)
    return lambda: client.get(reverse("programme-staff:overview", args=[edition.slug]))


def session_at(edition, hours, **values):
    starts_at = NOW + dt.timedelta(hours=hours)
    values = {"status": "confirmed", "slug": "talk", "meeting_url": "https://meet.example/x"} | values
    return SessionFactory(edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1), **values)


def urls(response):
    return [task.url.partition("/editions/")[2].partition("/")[2] for task in response.context["tasks"]]


@pytest.mark.parametrize(("hours", "is_task"), [(-0.5, True), (0.2, True), (2, False), (-2, False)])
def test_a_session_that_runs_or_may_be_joined_comes_first(overview, edition, hours, is_task):
    session_at(edition, hours)

    assert (urls(overview())[:1] == ["attendance/live/talk/"]) is is_task


@pytest.mark.parametrize(
    ("hours", "values", "is_task"),
    [
        (-2, {}, True),
        (-2, {"format": "in_person"}, False),
        (-2, {"status": "cancelled"}, False),
        (-31 * 24, {}, False),
        (-0.5, {}, False),
    ],
)
def test_a_report_is_missing_once_an_online_session_has_ended(overview, edition, hours, values, is_task):
    session = session_at(edition, hours, **values)

    assert (f"attendance/reports/?session={session.pk}" in urls(overview())) is is_task


def test_no_report_is_missing_once_one_was_applied(overview, edition, organiser):
    session = session_at(edition, -2)
    Report.objects.create(
        edition=edition,
        session=session,
        file_name="zoom.csv",
        sha256="0" * 64,
        state="applied",
        uploaded_by=organiser,
        applied_by=organiser,
        applied_at=NOW,
    )

    assert not [url for url in urls(overview()) if url.startswith("attendance/reports/")]


def test_requests_are_answered(overview, edition):
    ExcuseFactory(
        participant=ParticipantFactory(delegation__edition=edition), session=session_at(edition, -2, format="in_person")
    )

    assert "attendance/requests/?state__exact=asked" in urls(overview())


def test_the_attendance_of_core_sessions_counts_everybody_expected_once(overview, edition):
    session_at(edition, -2, is_core=True)
    ParticipantFactory(delegation__edition=edition, state_at=NOW - dt.timedelta(days=9))
    ParticipantFactory(delegation__edition=edition, state_at=NOW)  # registered after it

    (chart,) = [it for it in overview().context["charts"] if str(it.title) == "Core sessions"]

    assert [list(bar.counts) for bar in chart.bars] == [[0, 0, 0, 1]]


def test_cities_are_counted_by_standing(overview, edition):
    ParticipantFactory(delegation__edition=edition)

    (chart,) = [it for it in overview().context["charts"] if str(it.title) == "Standing of the cities"]

    assert sum(bar.counts[0] for bar in chart.bars) == 1
