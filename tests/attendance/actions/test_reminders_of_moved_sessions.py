"""Reminders of sessions that change: what is not told yet goes first, and a lead counts for the start it was sent for."""

import datetime as dt

import pytest
import time_machine

from attendance.actions.reminders import send_due_reminders
from attendance.models import ReminderSkip
from programme.actions.registrations import approve, withdraw
from programme.actions.session_changes import follow_changes, send_notice
from programme.actions.sessions import save_session
from tests.factories.people import DelegationFactory, ParticipantFactory
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def ana(session, organiser):
    """Approved three weeks before the session, and told of it."""
    session.edition.is_published = True
    session.edition.save()
    with at(session.starts_at - 21 * DAY):
        participant = ParticipantFactory(delegation=DelegationFactory(edition=session.edition), state="pending")
        approve(participant=participant, by=organiser)
        deliver_messages()
    participant.refresh_from_db()
    return participant


def at(moment):
    return time_machine.travel(moment, tick=False)


def minute():
    n = send_due_reminders()
    follow_changes()
    deliver_messages()
    return n


def move(session, by, to):
    session.refresh_from_db()
    session.ends_at += to - session.starts_at
    session.starts_at = to
    save_session(session=session, by=by)


def kinds(user):
    return list(
        Message.objects.filter(user=user, state="sent").order_by("sent_at", "pk").values_list("kind", flat=True)
    )


def reasons():
    return list(ReminderSkip.objects.order_by("pk").values_list("round__offset_minutes", "reason", "n_people"))


def test_a_change_that_is_not_told_holds_the_reminder_back(session, ana, organiser):
    starts_at = session.starts_at
    with at(starts_at - 7 * DAY - 5 * MINUTE):
        session.location = "Blue room"
        save_session(session=session, by=organiser)
    with at(starts_at - 7 * DAY):
        assert send_due_reminders() == 0
    with at(starts_at - 7 * DAY + 11 * MINUTE):
        send_notice(edition=session.edition, note="", by=organiser)
        deliver_messages()
    with at(starts_at - 7 * DAY + 12 * MINUTE):
        assert minute() == 1

    assert kinds(ana.user) == ["approved", "changed", "reminder"]


def test_a_lead_whose_time_is_past_is_covered_by_the_notice(session, ana, organiser):
    before = session.starts_at
    with at(before - 5 * HOUR):
        move(session, organiser, before + 10 * HOUR)
        assert minute() == 0
    for wait in (20 * MINUTE, 21 * MINUTE):
        with at(before - 5 * HOUR + wait):
            minute()

    assert kinds(ana.user) == ["approved", "changed"]
    with at(session.starts_at - HOUR):
        assert minute() == 1
    assert (1440, "covered", 1) in reasons()


def test_a_reminder_that_was_overtaken_is_given_back_and_written_for_the_new_start(session, ana, organiser):
    before = session.starts_at
    with at(before - DAY):
        assert send_due_reminders() == 1
        move(session, organiser, before + 14 * DAY)
        deliver_messages()
        assert kinds(ana.user) == ["approved"]
        assert Message.objects.get(kind="reminder").state == "outdated"
    with at(before - DAY + 20 * MINUTE):
        minute()
    with at(before + 7 * DAY):
        assert minute() == 1
    assert kinds(ana.user) == ["approved", "changed", "reminder"]


def test_who_withdrew_before_it_left_gets_no_reminder(session, ana):
    with at(session.starts_at - DAY):
        assert send_due_reminders() == 1
        withdraw(participant=ana, by=ana.user)
        deliver_messages()
        deliver_messages()

    assert kinds(ana.user) == ["approved", "withdrawn"]
