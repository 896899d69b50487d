"""Reminders that are due to one person together are one email, and at night they wait for the morning."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from attendance.actions.reminders import send_due_reminders
from attendance.models import Reminder, ReminderSkip
from programme.actions.emails_again import rehearse_again
from programme.actions.untrue_messages import still_true
from programme.models import Edition, Session
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, newcomers_were_told
from tests.factories.programme import SessionFactory, TrackFactory
from udtacademy.outbox.models import Message

MADRID = ZoneInfo("Europe/Madrid")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
EARLY = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)


def at(day, hour, minute=0):
    return dt.datetime(2025, 9, day, hour, minute, tzinfo=MADRID)


@pytest.fixture
def ana(edition):
    delegation = DelegationFactory(edition=edition, quota=20)
    return ParticipantFactory(delegation=delegation, user__name="Ana Anaya", state_at=EARLY)


@pytest.fixture
def add(edition):
    def make(title, starts_at, **values):
        values = {"status": "confirmed", "format": "online", "is_core": True} | values
        return SessionFactory(edition=edition, title=title, starts_at=starts_at, ends_at=starts_at + HOUR / 3, **values)

    return make


@pytest.fixture
def quiet(edition):
    Edition.objects.update(quiet_from=dt.time(21), quiet_until=dt.time(7))


def tick(moment):
    with time_machine.travel(moment, tick=False):
        for edition in Edition.objects.all():
            newcomers_were_told(edition)
        return send_due_reminders()


def sent():
    """Who was reminded of what, by email."""
    return [
        (it.to, sorted(it.reminders.values_list("session__title", "offset_minutes")))
        for it in Message.objects.filter(kind="reminder").order_by("pk")
    ]


def test_who_registers_late_gets_one_reminder_of_all_that_comes(add, ana):
    """And each is claimed, so that none comes again."""
    for day in (25, 26, 27):
        add(f"Day {day}", at(day, 16), is_core=day != 27)

    assert [tick(at(24, 12)), tick(at(24, 13))] == [1, 0]

    assert sent() == [(ana.user.email, [("Day 25", 10080), ("Day 26", 10080), ("Day 27", 10080)])]
    message = Message.objects.get(kind="reminder")
    assert message.subject == "Thu 25 Sep 2025, 16:00 CEST: Day 25, and 2 more sessions"
    assert [message.text.count(f"Join “Day {day}”: http") for day in (25, 26, 27)] == [1, 1, 1]
    assert message.unsubscribe_url  # one of them can be turned off
    assert message.expires_at == at(24, 16)  # then the next one of the first session is due
    assert message.announcements.count() == 3


def test_reminders_within_an_hour_leave_with_the_first(add, ana):
    add("Talk", at(25, 10))
    add("Lab", at(25, 10, 40))
    add("Tour", at(25, 11, 20))

    n_sent = [tick(at(25, hour, minute)) for hour, minute in ((8, 59), (9, 0), (9, 40), (10, 20))]

    assert n_sent[1:] == [1, 0, 1]
    assert sent()[1:] == [(ana.user.email, [("Lab", 60), ("Talk", 60)]), (ana.user.email, [("Tour", 60)])]


def test_only_what_is_theirs_goes_along(add, ana, edition):
    add("Talk", at(25, 10))
    lab = add("Lab", at(25, 10, 30), track=TrackFactory(edition=edition), is_core=False)
    bea = ParticipantFactory(delegation=ana.delegation, state_at=EARLY)
    cleo = ParticipantFactory(delegation=ana.delegation, state_at=EARLY, mutes_optional=True)
    for person in (bea, cleo):
        SeatFactory(participant=person, session=lab)
    tick(at(25, 8))
    Message.objects.all().delete()

    assert tick(at(25, 9)) == 3

    assert sorted(sent()) == sorted(
        [
            (ana.user.email, [("Talk", 60)]),
            (bea.user.email, [("Lab", 60), ("Talk", 60)]),
            (cleo.user.email, [("Talk", 60)]),
        ]
    )


@pytest.mark.parametrize("change", ["moved", "expired", "failed as expired"])
def test_a_joined_email_that_does_not_hold_is_planned_again_for_what_is_still_useful(add, ana, change):
    """Once for each session, as if it had never been written."""
    talk, lab = add("Talk", at(25, 10)), add("Lab", at(26, 10))
    assert tick(at(25, 9)) == 1
    message = Message.objects.get(kind="reminder")
    assert message.reminders.count() == 2
    now = at(25, 9, 5)

    if change == "moved":
        Session.objects.filter(pk=lab.pk).update(starts_at=at(28, 10), ends_at=at(28, 11))
    else:
        now = at(25, 10, 1)
    with time_machine.travel(now, tick=False):
        if change == "failed as expired":
            Message.objects.update(state="failed", last_error="It expired before it could be sent.")
        else:
            assert still_true([message]) == []
        newcomers_were_told(lab.edition)
    tick(now)

    left = Message.objects.filter(kind="reminder", state="queued").latest("pk")
    assert set(left.reminders.values_list("session", flat=True)) == {talk.pk if change == "moved" else lab.pk}
    assert Reminder.objects.filter(message=message).count() == 0


def test_a_reminder_of_the_night_waits_for_the_morning_of_its_reader(add, ana, quiet):
    """What was due in the night is one email then; an hour before does not wait."""
    add("Evening", at(25, 22), reminder_minutes=[1440])
    add("Night", at(25, 23, 30), reminder_minutes=[1440])
    add("Breakfast", at(25, 7, 30), reminder_minutes=[60])
    far = ParticipantFactory(delegation=ana.delegation, user__time_zone="America/Santiago", state_at=EARLY)

    assert tick(at(24, 22)) == 1  # it is afternoon there
    assert tick(at(24, 23, 30)) == 1
    assert tick(at(25, 6, 29)) == 0
    assert tick(at(25, 6, 30)) == 2
    assert tick(at(25, 6, 59)) == 0
    assert tick(at(25, 7)) == 1

    assert sent() == [
        (far.user.email, [("Evening", 1440)]),
        (far.user.email, [("Night", 1440)]),
        *((it.user.email, [("Breakfast", 60)]) for it in (ana, far)),
        (ana.user.email, [("Evening", 1440), ("Night", 1440)]),
    ]


def test_a_reminder_that_the_next_one_covers_in_the_morning_is_left_out(add, ana, quiet):
    add("Breakfast", at(25, 8), reminder_minutes=[180, 60])

    assert [tick(at(25, hour)) for hour in (5, 7, 8)] == [0, 1, 0]

    assert sent() == [(ana.user.email, [("Breakfast", 60)])]
    assert list(ReminderSkip.objects.values_list("reason", "n_people")) == [("quiet", 1)]


def test_pages_say_the_true_time(add, ana, quiet, edition, client, organiser):
    add("Evening", at(25, 22), reminder_minutes=[1440])
    add("Talk", at(25, 9, 30), reminder_minutes=[120])
    client.force_login(organiser)

    with time_machine.travel(at(24, 22, 30), tick=False):
        planned = client.get(reverse("programme-staff:planned", args=[edition.slug]))
        plan = client.get(reverse("attendance-staff:reminders", args=[edition.slug]))

    reminders = [it for _day, those in planned.context["days"] for it in those if "Reminder" in it.emails.text]
    assert [(it.emails.at, it.n_people) for it in reminders] == [
        (at(25, 7), 1)
    ] * 2  # with the one of half an hour later
    assert [it.at for it in plan.context["previews"]] == [at(25, 7)] * 2
    assert [it.n_people.get("quiet", 0) + it.n_people.get("gets", 0) for it in plan.context["previews"]] == [1, 1]
    assert "From 21:00 to 07:00" in planned.content.decode()


def test_a_joined_reminder_is_sent_again_with_its_sessions_to_come(add, ana, organiser):
    add("Talk", at(25, 10))
    add("Lab", at(26, 10))
    tick(at(24, 12))
    Message.objects.update(state="sent")
    message = Message.objects.get(kind="reminder")

    with time_machine.travel(at(25, 9), tick=False):
        both = rehearse_again(message=message, by=organiser)
    with time_machine.travel(at(25, 12), tick=False):
        one = rehearse_again(message=message, by=organiser)

    assert both.subject.endswith("Talk, and 1 more session")
    assert one.subject == "Fri 26 Sep 2025, 10:00 CEST: Lab"


def test_what_goes_along_costs_a_query_a_round(add, ana, django_assert_max_num_queries):
    """However many people are reminded."""
    for number in range(3):
        add(f"Talk {number}", at(25, 10 + 2 * number))
    ParticipantFactory.create_batch(8, delegation=ana.delegation, state_at=EARLY)

    with django_assert_max_num_queries(60):
        assert tick(at(24, 12)) == 9
