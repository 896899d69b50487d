"""What leaves next: all planned emails of an edition in one list, and on its overview."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.actions.reminders import send_due_reminders
from programme.actions.coming_emails import ask_who_comes
from programme.actions.invitation_reminders import send_due_reminders as send_invitation_reminders
from programme.actions.session_changes import take_as_known
from programme.models import ComingAnswer, Invitation, InvitationEmail, StaffAssignment
from tests.factories.feedback import FeedbackSetFactory
from tests.factories.people import (
    DelegationFactory,
    InvitationFactory,
    MessageFactory,
    NoticeFactory,
    ParticipantFactory,
    UserFactory,
)
from tests.factories.programme import EditionFactory, SessionFactory
from udtacademy.outbox.models import Message

NOW = dt.datetime(2025, 9, 24, 8, tzinfo=dt.UTC)  # a Wednesday, 10:00 in Madrid
TOMORROW = dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organiser(client, db):
    organiser = UserFactory(is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    client.force_login(organiser)
    return organiser


@pytest.fixture
def planned(client, organiser, edition):
    def get(of=edition, **query):
        return client.get(reverse("programme-staff:planned", args=[of.slug]), query)

    return get


def invited(edition, days_ago, **values):
    """An invitation whose email was sent some days ago, in an edition where people can register."""
    edition.registration_opens_at = edition.registration_opens_at or NOW - dt.timedelta(days=60)
    edition.save()
    at = NOW - dt.timedelta(days=days_ago)
    values = {"email": f"p{Invitation.objects.count()}@city.example", "created_at": at} | values
    values = {"delegation": DelegationFactory(edition=edition), "expires_at": NOW + dt.timedelta(days=20)} | values
    invitation = InvitationFactory(**values)
    message = MessageFactory(context=edition, state="sent", sent_at=at)
    InvitationEmail.objects.create(invitation=invitation, message=message, created_at=at)
    return invitation


@pytest.fixture
def people(edition):
    return [ParticipantFactory(delegation__edition=edition, state_at=NOW - dt.timedelta(days=30)) for _ in range(3)]


def held(edition, starts_at, **values):
    values = {"status": "confirmed", "is_core": True} | values
    return SessionFactory(edition=edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1), **values)


def listed(response):
    return [
        (f"{planned.emails.at:%d %H:%M}", planned.emails.text.partition(" “")[0], planned.n_people)
        for _day, emails in response.context["days"]
        for planned in emails
    ]


def test_everything_that_leaves_is_in_one_list_the_next_first(planned, edition, people):
    edition.contact_email = ""  # the digest goes to the organisers
    edition.last_on = dt.date(2025, 10, 1)
    edition.save()
    held(edition, TOMORROW, title="Peer-learning")
    NoticeFactory(edition=edition, due_at=NOW + dt.timedelta(minutes=10))

    assert listed(planned()) == [
        ("24 08:10", "Changes of sessions", 3),
        ("24 14:00", "Reminder of", 3),
        ("25 13:00", "Reminder of", 3),
        ("26 15:00", "To people who miss", None),
        ("29 08:00", "Standing of the cities, to the organisers, as each Monday", 1),
    ]


def test_what_is_counted_is_what_is_then_sent(planned, edition, people):
    """An optional session's reminder leaves out who wants none; the number is that of the emails."""
    people[0].mutes_optional = True
    people[0].save()
    held(edition, TOMORROW, is_core=False)
    take_as_known(edition)
    (n,) = [n for _at, text, n in listed(planned()) if text == "Reminder of"][:1]

    with time_machine.travel(TOMORROW - dt.timedelta(days=1), tick=False):
        send_due_reminders()

    assert Message.objects.filter(kind="reminder").count() == n == 2


@pytest.mark.parametrize(
    "values", [{"status": "tentative"}, {"status": "cancelled"}, {"is_published": False}, {"format": "break"}]
)
def test_nothing_is_planned_of_sessions_that_nobody_is_reminded_of(planned, edition, people, values):
    is_core = values != {"format": "break"}
    held(edition, TOMORROW, **{"is_core": is_core} | values)

    assert [text for _at, text, _n in listed(planned()) if text == "Reminder of"] == []


def test_reminders_of_invitations_are_planned_by_day(planned, edition):
    text = "Reminders of invitations that nobody has used"
    for days in (6.5, 6.25, 3):
        invited(edition, days)
    invited(edition, 5, email="")  # a link to forward
    invited(edition, 5, expires_at=NOW + dt.timedelta(days=1))
    invited(edition, 8)  # leaves within minutes, or is reminded already
    full = ParticipantFactory(delegation=DelegationFactory(edition=edition, quota=1)).delegation
    invited(edition, 5, delegation=full)
    invited(EditionFactory(), 5)
    was_reminded = invited(edition, 5)
    InvitationEmail.objects.create(invitation=was_reminded, is_reminder=True, is_by_hand=False)

    assert listed(planned()) == [("24 20:00", text, 1), ("25 02:00", text, 1), ("28 08:00", text, 1)]

    Invitation.objects.update(expires_at=NOW + dt.timedelta(days=30))
    assert [n for _at, _text, n in listed(planned())] == [1, 1, 1, 1]


def test_reminders_of_invitations_of_one_day_are_one_entry(planned, edition):
    for days in (6.5, 6.75):
        invited(edition, days)

    response = planned()

    assert [(at, n) for at, _text, n in listed(response)] == [("24 14:00", 2)]
    (_day, (entry,)) = response.context["days"][0]
    assert entry.emails.url == reverse("programme-staff:invitations", args=[edition.slug])


def test_nobody_is_reminded_before_registration_opens_nor_once_it_is_closed(planned, edition):
    edition.registration_opens_at = NOW + dt.timedelta(days=10)
    invited(edition, 5)
    assert [at for at, _text, _n in listed(planned())] == ["04 08:00"]

    edition.registration_opens_at = NOW - dt.timedelta(days=10)
    for closes_in in (-1, 1):
        edition.registration_closes_at = NOW + dt.timedelta(days=closes_in)
        edition.save()
        assert listed(planned()) == []


def test_what_is_planned_of_invitations_is_what_is_then_sent(planned, edition):
    invited(edition, 6.5)
    ((_at, _text, n),) = listed(planned())

    with time_machine.travel(NOW + dt.timedelta(days=0.5), tick=False):
        assert send_invitation_reminders() == n == 1


def test_the_question_who_comes_and_its_reminder_are_what_is_then_sent(planned, client, edition, people):
    """Somebody who has answered gets neither, and is on no list of those to be emailed."""
    in_person = NOW + dt.timedelta(days=8)
    held(edition, in_person, format="in_person")
    take_as_known(edition)
    day = in_person.date()
    ComingAnswer.objects.create(participant=people[0], is_coming=False, first_on=day, last_on=day)
    questions = [it for it in listed(planned()) if "still coming" in it[1]]
    overview = client.get(reverse("programme-staff:overview", args=[edition.slug]))

    assert questions == [
        ("25 07:00", "Are you still coming?", 2),
        ("30 07:00", "Reminder: are you still coming?", 2),
    ]
    assert "Are you still coming?" in [it.text for it in overview.context["leaving"]]
    for days in (1, 6):
        with time_machine.travel(NOW + dt.timedelta(days=days), tick=False):
            assert ask_who_comes() == 2


def test_an_edition_that_is_not_published_sends_nothing(planned, edition):
    held(edition, TOMORROW)
    edition.is_published = False
    edition.save()

    response = planned()

    assert listed(response) == []
    assert b"the edition is not published" in response.content


def test_people_who_missed_a_session_are_counted_once_it_is_over(planned, edition, people):
    held(edition, NOW - dt.timedelta(hours=3))

    assert ("25 06:00", "To people who miss", 3) in listed(planned())


def test_questions_about_sessions_leave_once_a_day_after_the_last(planned, edition):
    FeedbackSetFactory(edition=edition)
    held(edition, TOMORROW)
    held(edition, TOMORROW + dt.timedelta(hours=1))
    held(edition, TOMORROW + dt.timedelta(days=1))

    questions = [it for it in listed(planned()) if it[1] == "Questions about"]

    assert questions == [("25 17:00", "Questions about", None), ("26 16:00", "Questions about", None)]


def test_what_waits_in_the_outbox_is_counted_apart(planned, edition):
    MessageFactory(context=edition, state="queued")
    MessageFactory(context=EditionFactory(), state="queued")

    assert planned().context["n_queued"] == 1


def test_of_another_edition_nothing_is_listed_and_its_staff_find_no_page(planned, edition, organiser):
    other = EditionFactory()
    held(other, TOMORROW)
    assert [text for _at, text, _n in listed(planned()) if text == "Reminder of"] == []

    StaffAssignment.objects.create(user=organiser).editions.add(other)

    assert planned().status_code == 404


def test_it_costs_at_most_twenty_queries_however_much_is_planned(planned, edition):
    def cost(n):
        for number in range(n):
            held(edition, TOMORROW + dt.timedelta(days=number, hours=3 * n))
            ParticipantFactory(delegation=DelegationFactory(edition=edition), state_at=NOW - dt.timedelta(days=30))
            invited(edition, 5)
        with CaptureQueriesContext(connection) as queries:
            assert planned().status_code == 200
        return len(queries)

    first, second = cost(1), cost(12)

    assert max(first, second) <= 20


def test_the_pages_are_turned(planned, edition):
    for number in range(12):
        held(edition, TOMORROW + dt.timedelta(days=number))

    first, last = planned(), planned(page=2)

    assert len(listed(first)) == 20
    assert listed(first)[0] != listed(last)[0]


def test_the_overview_says_what_leaves_until_tomorrow_evening(client, organiser, edition):
    held(edition, TOMORROW, title="Peer-learning")

    leaving = client.get(reverse("programme-staff:overview", args=[edition.slug])).context["leaving"]

    assert [f"{it.at:%d %H:%M}" for it in leaving] == ["24 14:00", "25 13:00"]


def test_who_does_not_see_emails_does_not_read_of_them(client, edition):
    desk = UserFactory(is_staff=True)
    desk.groups.add(Group.objects.get(name="desk"))
    client.force_login(desk)

    assert client.get(reverse("programme-staff:overview", args=[edition.slug])).context["leaving"] is None
    assert client.get(reverse("programme-staff:planned", args=[edition.slug])).status_code == 403
