"""Emails that wait for the morning of their reader, and those that do not. The clock is the real one, as the outbox asks the database."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from programme import emails
from programme.actions.emails_again import send_again
from programme.actions.quiet_hours import move_held_emails
from programme.actions.registrations import approve
from programme.actions.seats import choose_seats
from programme.actions.session_changes import follow_changes, send_notice
from programme.actions.sessions import cancel_session
from programme.actions.wishes import Wish
from programme.models import Announcement, Edition, Participant
from programme.queries.quiet_hours import WAITS_AT_NIGHT, is_asleep, zone_of
from programme.rules.sessions import choice_slots
from tests.factories.people import (
    DelegationFactory,
    MessageFactory,
    ParticipantFactory,
    SeatFactory,
    everybody_was_told,
)
from tests.factories.programme import SessionFactory
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.kinds import KINDS
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import retry_message
from udtacademy.outbox.status import outbox_state

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
AWAY = "Pacific/Kiritimati"  # 14 hours before UTC, so by day while it is night in UTC


@pytest.fixture
def ends_at():
    """The end of the night, in UTC."""
    return (timezone.now() + 3 * HOUR).replace(second=0, microsecond=0)


@pytest.fixture
def night(open_edition, ends_at):
    """The edition, where it is night since an hour ago."""
    open_edition.time_zone = "UTC"
    open_edition.quiet_from, open_edition.quiet_until = (ends_at - 4 * HOUR).time(), ends_at.time()
    open_edition.save()
    return open_edition


def test_emails_that_wait_follow_changed_quiet_hours(night, ends_at):
    ana, away = ParticipantFactory(delegation__edition=night), ParticipantFactory(delegation__edition=night)
    far = ParticipantFactory(delegation__edition=night, user__time_zone="Mars/Olympus_Mons")
    held = [
        MessageFactory(kind="approved", user=it.user, context=night, state="queued", leaves_at=ends_at)
        for it in (ana, away, far)
    ]
    sent = MessageFactory(user=ana.user, context=night, state="sent", leaves_at=ends_at)
    away.user.time_zone = AWAY
    away.user.save()

    night.quiet_until = (ends_at + HOUR).time()
    night.save()
    assert move_held_emails(edition=night) == 3
    assert [it.leaves_at for it in reread(held)] == [ends_at + HOUR, None, ends_at + HOUR]

    night.quiet_from = night.quiet_until = dt.time()
    night.save()
    assert (move_held_emails(edition=night), move_held_emails(edition=night)) == (2, 0)
    assert [it.leaves_at for it in reread([*held, sent])] == [None, None, None, ends_at]


def reread(messages):
    return [Message.objects.get(pk=it.pk) for it in messages]


@pytest.mark.parametrize("zone", ["", "UTC", AWAY, "Mars/Olympus_Mons"])
def test_the_database_and_python_agree_for_whom_it_is_night(night, zone):
    ana = ParticipantFactory(delegation__edition=night, user__time_zone=zone)
    now = timezone.now()

    is_night = night.quiet_hours.is_quiet(now, zone_of(ana.user, night))

    assert Participant.objects.filter(is_asleep(night.quiet_hours, night, now)).exists() == is_night


@pytest.fixture
def lab(night):
    starts_at = timezone.now().replace(microsecond=0) + 7 * DAY
    times = {"starts_at": starts_at, "ends_at": starts_at + HOUR}
    return SessionFactory(edition=night, title="Lab", is_core=True, status="confirmed", **times)


@pytest.fixture
def ana(night, lab):
    person = ParticipantFactory(delegation=DelegationFactory(edition=night, quota=20), user__name="Ana Anaya")
    everybody_was_told(night)
    return person


def move(session, by=HOUR):
    session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by
    session.save()
    later()


def later():
    """Changes have been gathered."""
    follow_changes()
    with time_machine.travel(timezone.now() + 16 * MINUTE):
        follow_changes()


def morning():
    """What waits can leave now."""
    Message.objects.filter(leaves_at__gt=timezone.now()).update(leaves_at=timezone.now() - MINUTE)
    return deliver_messages()


def test_what_waits_is_a_kind_of_email():
    assert set(KINDS) >= WAITS_AT_NIGHT


def test_a_notice_waits_for_the_morning_of_its_reader(night, lab, ana, ends_at):
    far = ParticipantFactory(delegation=ana.delegation, user__time_zone=AWAY)
    everybody_was_told(night)

    move(lab)

    of_ana, of_far = (Message.objects.get(user=it.user) for it in (ana, far))
    assert (of_ana.leaves_at, of_far.leaves_at) == (ends_at, None)
    assert deliver_messages() == 1
    assert outbox_state().oldest_at is None  # nothing is late
    assert morning() == 1
    assert set(Announcement.objects.filter(message__kind="changed").values_list("state", flat=True)) == {"sent"}


def test_all_changes_of_a_night_are_one_email(night, lab, ana):
    talk = SessionFactory(
        edition=night, title="Talk", status="confirmed", starts_at=lab.starts_at + DAY, ends_at=lab.ends_at + DAY
    )
    everybody_was_told(night)

    move(lab)
    move(talk)
    move(talk)

    states = [it.state for it in Message.objects.filter(kind="changed").order_by("pk")]
    assert states == ["outdated", "outdated", "queued"]
    text = Message.objects.latest("pk").text
    assert "“Lab” has moved" in text
    assert "“Talk” has moved" in text
    assert morning() == 1
    assert follow_changes() == 0


@pytest.mark.parametrize("case", ["begins soon", "began soon", "sent by hand", "quiet hours are off"])
def test_news_that_cannot_wait_leaves_at_night(night, lab, ana, organiser, case, ends_at):
    if case == "begins soon":
        move(lab, ends_at + HOUR - lab.starts_at)
    elif case == "began soon":
        lab.starts_at, lab.ends_at = ends_at + HOUR, ends_at + 2 * HOUR
        lab.save()
        everybody_was_told(night)
        move(lab, 7 * DAY)
    elif case == "sent by hand":
        lab.starts_at += HOUR
        lab.ends_at += HOUR
        lab.save()
        send_notice(edition=night, note="", by=organiser)
    else:
        Edition.objects.update(quiet_until=night.quiet_from)
        move(lab)

    assert Message.objects.get(kind="changed").leaves_at is None
    assert deliver_messages() == 1


def test_answers_leave_at_night_and_decisions_of_organisers_wait(night, lab, organiser, ends_at):
    pending = ParticipantFactory(delegation=DelegationFactory(edition=night, quota=9), state="pending")

    approve(participant=pending, by=organiser)
    emails.queue_to_participant("registered", pending, enters=[lab])

    assert dict(Message.objects.values_list("kind", "leaves_at")) == {"approved": ends_at, "registered": None}


def test_what_expires_at_night_does_not_wait(night, ana, ends_at):
    expires = [ends_at + HOUR, ends_at + 3 * HOUR]

    written = [
        emails.written_to(ana, "seat_wanted", delegation=ana.delegation, person=ana, expires_at=it) for it in expires
    ]

    assert [it.leaves_at for it in written] == [None, ends_at]


def test_staff_can_send_what_waits(night, lab, ana, organiser):
    move(lab)
    message = Message.objects.get()

    assert retry_message(message=message)

    assert deliver_messages() == 1
    approved = MessageFactory(kind="approved", user=ana.user, context=night, state="sent")
    assert send_again(message=approved, by=organiser).leaves_at is None


@pytest.mark.django_db
def test_a_message_of_the_night_is_late_from_the_morning_on():
    now = timezone.now()
    MessageFactory(created_at=now - 9 * HOUR, leaves_at=now - 2 * MINUTE)
    MessageFactory(created_at=now - 9 * HOUR, leaves_at=now + HOUR)

    assert outbox_state().oldest_at == now - 2 * MINUTE


def test_what_is_no_longer_true_in_the_morning_is_not_sent(night, lab, ana, organiser):
    move(lab)

    cancel_session(session=lab, by=organiser)
    later()

    assert [it.state for it in Message.objects.order_by("pk")] == ["outdated", "queued"]
    assert Message.objects.latest("pk").subject == "Cancelled: Lab"


def test_seats_of_several_sessions_are_one_email(tracks, delegation, organiser):
    """Somebody leaves two sessions for which another waits."""
    first, second = (ParticipantFactory(delegation=delegation, user__name=name) for name in ("First", "Second"))
    morning_lab, afternoon_lab = tracks["governance-morning"], tracks["governance-afternoon"]
    type(morning_lab).objects.update(capacity=1)
    for session in (morning_lab, afternoon_lab):
        SeatFactory(participant=first, session=session)
        SeatFactory(participant=second, session=session, state="waiting")

    slots = choice_slots(list(tracks.values()))
    choose_seats(participant=first, wishes=[Wish(slot=it, session=None) for it in slots], by=first.user)

    message = Message.objects.get(user=second.user)
    assert message.subject == "You now have seats in 2 sessions: Academy"
    assert set(message.announcements.values_list("session", "is_theirs")) == {
        (morning_lab.pk, True),
        (afternoon_lab.pk, True),
    }
    second.seats.filter(session=afternoon_lab).delete()
    follow_changes()
    again = Message.objects.filter(user=second.user, kind="seat_promoted").latest("pk")
    assert again.subject == f"You now have a seat: {morning_lab}"


@pytest.mark.parametrize("kind", ["seat_offered", "seat_lost", "changed", "approved"])
def test_longer_quiet_hours_hold_nothing_back_for_too_long(night, ana, ends_at, kind):
    """What expires leaves in time; so does what is about sessions of which it is not known any more when they begin."""
    expires_at = ends_at + HOUR if kind == "seat_offered" else None
    held = MessageFactory(
        kind=kind, user=ana.user, context=night, state="queued", leaves_at=ends_at, expires_at=expires_at
    )
    night.quiet_until = (ends_at + HOUR).time()
    night.save()

    move_held_emails(edition=night)

    expected = {"seat_offered": None, "approved": ends_at + HOUR}
    assert reread([held])[0].leaves_at == expected.get(kind, ends_at)
