"""The overview of an edition: what waits for whom, and its charts."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.models import Attendance
from programme.models import ChecklistItem, Session
from tests.client import text
from tests.factories.action_plans import PartFactory, StepFactory
from tests.factories.people import (
    DelegationFactory,
    InvitationFactory,
    MessageFactory,
    NoticeFactory,
    ParticipantFactory,
    SeatFactory,
    StoppedAddressFactory,
    UserFactory,
)
from tests.factories.programme import EditionFactory, SessionFactory, TimedSessionFactory, TrackFactory
from tests.factories.speakers import SessionSpeakerFactory

NOW = dt.datetime(2025, 9, 20, 8, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organiser(db):
    organiser = UserFactory(is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


@pytest.fixture
def overview(client, organiser, edition):
    client.force_login(organiser)

    def get(of=edition):
        return client.get(reverse("programme-staff:overview", args=[of.slug]))

    return get


def urls(response):
    """The URL of each task, from its area on."""
    return [task.url.partition("/editions/")[2].partition("/")[2] for task in response.context["tasks"]]


def in_days(edition, n, **values):
    starts_at = NOW + dt.timedelta(days=n)
    values = {"status": "confirmed", "meeting_url": "https://meet.example/x"} | values
    return SessionFactory(edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1), **values)


def test_people_to_approve(overview, edition):
    ParticipantFactory(delegation__edition=edition, state="pending")
    ParticipantFactory(delegation__edition=EditionFactory(), state="pending")

    assert "people/?state__exact=pending" in urls(overview())


def test_people_who_get_no_emails(overview, edition, client):
    person = ParticipantFactory(delegation__edition=edition)
    gone = ParticipantFactory(delegation__edition=edition, state="withdrawn")
    other = ParticipantFactory(delegation__edition=EditionFactory())
    for one in (gone, other):
        StoppedAddressFactory(address=one.user.email)
    assert "people/?address=stopped" not in urls(overview())
    StoppedAddressFactory(address=person.user.email)

    response = overview()

    assert "people/?address=stopped" in urls(response)
    (url,) = (task.url for task in response.context["tasks"] if "address=stopped" in task.url)
    assert [*client.get(url).context["cl"].result_list] == [person]


@pytest.mark.parametrize(("days", "is_task"), [(13, True), (15, False), (-1, False)])
def test_sessions_to_confirm_are_those_within_a_fortnight(overview, edition, days, is_task):
    in_days(edition, days, status="tentative")

    assert ("programme/?lacks=confirmation" in urls(overview())) is is_task


@pytest.mark.parametrize(
    ("days", "values", "is_task"),
    [
        (1, {}, True),
        (3, {}, False),
        (-1, {}, False),
        (1, {"meeting_url": "https://meet.example/x"}, False),
        (1, {"format": "in_person"}, False),
        (1, {"status": "cancelled"}, False),
    ],
)
def test_a_meeting_link_is_needed_two_days_before(overview, edition, days, values, is_task):
    in_days(edition, days, **({"meeting_url": ""} | values))

    response = overview()

    assert ("programme/?lacks=link" in urls(response)) is is_task


def test_the_list_behind_it_has_the_sessions_without_a_link(overview, edition, client):
    without, _with = in_days(edition, 1, meeting_url=""), in_days(edition, 2)
    (url,) = [task.url for task in overview().context["tasks"] if "lacks" in task.url]

    assert list(client.get(url).context["cl"].result_list) == [without]


def test_cities_to_invite_have_no_coordinator_and_no_open_invitation(overview, edition, client):
    to_invite = DelegationFactory(edition=edition)
    InvitationFactory(
        delegation=DelegationFactory(edition=edition), email="ana@girona.example", is_for_coordinator=True
    )
    ParticipantFactory(delegation=DelegationFactory(edition=edition), is_coordinator=True)

    (url,) = [task.url for task in overview().context["tasks"] if "lacks" in task.url]

    assert list(client.get(url).context["cl"].result_list) == [to_invite]


@pytest.mark.parametrize(
    ("days", "status", "answer", "is_task"),
    [
        (5, "confirmed", "declined_at", True),
        (5, "confirmed", "confirmed_at", False),
        (-1, "confirmed", "declined_at", False),
        (5, "cancelled", "declined_at", False),
    ],
)
def test_speakers_who_cannot_come_to_a_session_still_to_come(overview, edition, days, status, answer, is_task):
    session = in_days(edition, days, status=status)
    SessionSpeakerFactory(session=session, **{"confirmed_at": None} | {answer: NOW})

    texts = [it.text for it in overview().context["tasks"] if it.url.endswith("/speakers/")]

    assert [it.partition(" cannot")[0] for it in texts] == ["1 speaker"] * is_task


def test_emails_that_failed(overview, edition):
    MessageFactory(context=edition, state="failed")

    assert urls(overview())[0] == "messages/?state__exact=failed&created_at__gte=2025-09-06%2000%3A00%3A00%2B02%3A00"


def test_what_a_task_counts_is_what_its_list_shows(overview, edition, client):
    for days in (1, 13, 15, -1):
        in_days(edition, days, status="tentative", meeting_url="", is_published=days != 13)
    MessageFactory(context=edition, state="failed")
    MessageFactory(context=edition, state="failed", created_at=NOW - dt.timedelta(days=30))
    ParticipantFactory(delegation__edition=edition, state="pending")
    DelegationFactory(edition=edition)

    counted = [task for task in overview().context["tasks"] if task.text[0].isdigit()]

    shown = [client.get(task.url).context["cl"].result_count for task in counted]
    assert [int(task.text.partition(" ")[0]) for task in counted] == shown
    assert len(counted) == 6


@pytest.mark.parametrize(("capacity", "counts", "has_limit"), [(0, [0, 0, 0], True), (None, [0, 0, 0], False)])
def test_a_session_without_a_limit_says_so(overview, edition, capacity, counts, has_limit):
    TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition), capacity=capacity, room=None)

    (bar,) = chart(overview(), "Seats").bars

    assert list(bar.counts) == counts
    assert ("no limit" not in str(bar.label)) is has_limit


def test_what_an_unpublished_edition_lacks(overview):
    bare = EditionFactory(
        is_published=False, registration_opens_at=None, contact_email="", last_on=dt.date(2025, 12, 1)
    )

    pages = ["programme/add/", "people/cities/import/", "settings/", "settings/", "settings/publish/"]
    assert urls(overview(bare)) == pages


def test_steps_with_which_cities_are_late(overview, edition, client):
    sessions = [in_days(edition, *it) for it in ((-1,), (9,))]
    sessions += [in_days(edition, -2, status="cancelled"), in_days(edition, -3, is_published=False), None]
    past, *_others = [StepFactory(edition=edition, session=it) for it in sessions]
    ParticipantFactory(delegation__edition=edition)
    DelegationFactory(edition=edition)  # nobody is there
    sent, draft = (
        PartFactory(plan__delegation=DelegationFactory(edition=edition), step=past, state=it)
        for it in ("final", "draft")
    )

    (task,) = [it for it in overview().context["tasks"] if "/plans/" in it.url]

    plans = {it.delegation.pk: it.steps[0].is_late for it in client.get(task.url).context["plans"]}
    assert (task.text[0], sum(plans.values())) == ("2", 2)
    assert (plans[sent.plan.delegation_id], plans[draft.plan.delegation_id]) == (False, True)


def test_an_edition_that_is_over_asks_for_no_preparation(overview):
    over = EditionFactory(first_on=dt.date(2024, 9, 1), last_on=dt.date(2024, 11, 1), registration_opens_at=None)

    response = overview(over)

    assert response.context["phase"] == "over"
    assert urls(response) == []


def test_nothing_waits_beside_items_of_a_checklist_wording(overview):
    over = EditionFactory(first_on=dt.date(2024, 9, 1), last_on=dt.date(2024, 11, 1))
    pages = [text(overview(over))]

    item = ChecklistItem.objects.create(edition=over, kind="texts")
    pages.append(text(overview(over)))
    ChecklistItem.objects.filter(pk=item.pk).update(ticked_at=NOW)
    pages.append(text(overview(over)))

    assert ["Nothing waits for you." in it for it in pages] == [True, False, True]


def test_a_viewer_has_nothing_to_do_and_sees_the_charts(client, edition):
    ParticipantFactory(delegation__edition=edition, state="pending")
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    response = client.get(reverse("programme-staff:overview", args=[edition.slug]))

    assert response.context["tasks"] == []
    assert len(response.context["charts"]) == 2


def chart(response, title):
    return next(it for it in response.context["charts"] if str(it.title) == title)


def test_registrations_are_counted_by_week_and_state(overview, edition):
    for state, day in [
        ("registered", 1),
        ("registered", 7),
        ("pending", 7),
        ("waiting", 7),
        ("withdrawn", 8),
    ]:
        participant = ParticipantFactory(delegation__edition=edition, state=state)
        type(participant).objects.filter(pk=participant.pk).update(
            state_at=dt.datetime(2025, 9, day, 12, tzinfo=dt.UTC)
        )

    bars = chart(overview(), "Latest change of each registration, by week").bars

    assert [(bar.label, list(bar.counts)) for bar in bars] == [
        ("1 Sep", [2, 1, 1, 0, 0]),
        ("8 Sep", [0, 0, 0, 0, 1]),
    ]


def test_seats_are_counted_by_session(overview, edition):
    session = TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition), capacity=3)
    SeatFactory(participant=ParticipantFactory(delegation__edition=edition), session=session)

    (bar,) = chart(overview(), "Seats").bars

    assert list(bar.counts) == [1, 2, 0]


def test_the_overview_costs_at_most_sixteen_queries_however_much_there_is(overview, edition):
    edition.registration_opens_at = NOW - dt.timedelta(days=30)
    edition.save()
    ChecklistItem.objects.create(edition=edition, kind="texts")
    NoticeFactory(edition=edition)

    def cost(n):
        TimedSessionFactory(edition=edition, track=TrackFactory(edition=edition))
        in_days(edition, 1 + n, is_core=True)
        missed = in_days(edition, -1 - n, is_core=True)
        heir = ParticipantFactory(delegation__edition=edition, state_at=NOW - dt.timedelta(days=9))
        left = ParticipantFactory(delegation=heir.delegation, state="withdrawn", handed_over_to=heir)
        Attendance.objects.create(edition=edition, participant=left, session=missed, status="present", source="door")
        InvitationFactory(delegation=DelegationFactory(edition=edition), email="ana@girona.example")
        with CaptureQueriesContext(connection) as queries:
            overview()
        return len(queries)

    costs = [cost(n) for n in range(3)]

    assert Session.objects.count() == 9
    assert costs == [16, 16, 16]  # with two for who is signed in, three for the frame
