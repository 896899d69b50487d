import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone
from time_machine import travel

from programme.actions import invitation_reminders
from programme.actions.invitation_reminders import check_can_be_reminded, remind, send_due_reminders
from programme.actions.invitations import Invitee, invite_coordinators, invite_people, revoke_invitation
from programme.errors import ProgrammeError
from programme.models import Edition, Invitation, InvitationEmail
from programme.tasks import remind_invited
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory, UserFactory
from tests.threads import in_threads
from udtacademy.outbox.models import Message

HOUR, WEEK = dt.timedelta(hours=1), dt.timedelta(days=7)
NOW = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def invited(delegation, coordinator, time_machine):
    """Make an invitation whose email was sent a week ago; the edition is open for registration."""
    time_machine.move_to(NOW - WEEK, tick=False)
    edition = delegation.edition
    edition.registration_opens_at, edition.registration_closes_at = NOW - 5 * WEEK, NOW + 5 * WEEK
    edition.first_on, edition.last_on = NOW.date() + WEEK * 6, NOW.date() + WEEK * 7
    edition.save()
    invite_people(delegation=delegation, people=[Invitee("new@city.example", "Nele Neu")], by=coordinator.user)
    Message.objects.update(state="sent", sent_at=timezone.now())
    time_machine.move_to(NOW, tick=False)
    return Invitation.objects.get()


def reminders():
    return Message.objects.filter(kind="invitation_reminder")


def written_reminder(invitation, coordinator):
    InvitationEmail.objects.update(created_at=NOW - WEEK)
    Message.objects.update(state="sent", sent_at=NOW - WEEK)
    assert remind(invitation=invitation, by=coordinator.user)
    return " ".join(reminders().latest("pk").text.split())


def link_in(message):
    return next(word for word in message.text.split() if "/invitations/" in word)


def test_nobody_is_reminded_by_itself_at_night_so_that_who_registers_until_the_morning_is_not(invited):
    edition = invited.delegation.edition
    local = NOW.astimezone(edition.zone)
    edition.quiet_from, edition.quiet_until = (local - HOUR).time(), (local + HOUR).time()
    edition.save()

    remind_invited()
    assert not reminders().exists()

    with travel(NOW + HOUR, tick=False):
        remind_invited()
    assert reminders().get().leaves_at is None


def test_who_has_not_come_is_reminded_once_by_itself(invited, coordinator):
    first = Message.objects.get().text

    remind_invited()
    remind_invited()

    message = reminders().get()
    assert (message.to, message.is_sensitive, message.expires_at) == ("new@city.example", True, invited.expires_at)
    assert "Dear Nele Neu," in message.text
    assert coordinator.user.name in message.text
    email = InvitationEmail.objects.get(is_reminder=True)
    assert (email.message, email.is_by_hand, email.written_by) == (message, False, None)
    assert message.sent_by is None
    assert link_in(message) not in first


def test_both_links_work_and_neither_is_stored(invited, client, coordinator):
    invitation = InvitationFactory(delegation=invited.delegation, email="kim@city.example", token="first")
    remind(invitation=Invitation.objects.get(pk=invitation.pk), by=coordinator.user)
    assert not reminders().exists()  # it was made a moment ago
    InvitationFactory(delegation=invited.delegation, email="lee@city.example", token="old", created_at=NOW - WEEK)

    assert remind(invitation=Invitation.objects.get(email="lee@city.example"), by=coordinator.user)

    link = link_in(reminders().get())
    token = link.rstrip("/").rpartition("/")[2]
    assert client.get(f"/invitations/{token}/").status_code == client.get("/invitations/old/").status_code == 200
    assert token not in str(list(InvitationEmail.objects.values()))


@pytest.mark.parametrize(
    "change",
    [
        lambda it: Message.objects.update(state="failed", last_error="550 5.1.1 unknown"),
        lambda it: Message.objects.update(sent_at=NOW - WEEK + dt.timedelta(minutes=1)),
        lambda it: InvitationEmail.objects.all().delete(),
        lambda it: Invitation.objects.update(revoked_at=NOW),
        lambda it: Invitation.objects.update(accepted_at=NOW),
        lambda it: Invitation.objects.update(expires_at=NOW),
        lambda it: Edition.objects.update(is_published=False),
        lambda it: Edition.objects.update(registration_opens_at=NOW + WEEK),
        lambda it: Edition.objects.update(registration_closes_at=NOW - WEEK),
        lambda _invitation: Edition.objects.update(
            first_on=NOW.date() - WEEK, last_on=NOW.date() - dt.timedelta(days=1), registration_closes_at=None
        ),
        lambda it: ParticipantFactory.create_batch(2, delegation=it.delegation),  # the quota is used up
        lambda it: ParticipantFactory.create_batch(2, delegation=it.delegation, state="waiting"),  # and comes first
        lambda it: ParticipantFactory(delegation=it.delegation, user__email=it.email, state="waiting"),
        lambda it: ParticipantFactory(delegation=it.delegation, user__email=it.email),
        lambda it: ParticipantFactory(delegation__edition=it.delegation.edition, user__email=it.email),
        lambda it: ParticipantFactory(delegation=it.delegation, user__email=it.email, state="withdrawn", state_at=NOW),
    ],
)
def test_who_is_not_reminded_by_itself(invited, change):
    change(invited)

    assert send_due_reminders() == 0
    assert not reminders().exists()


def test_who_withdrew_before_the_invitation_or_waits_for_approval_is_reminded(invited):
    past = NOW - 2 * WEEK
    ParticipantFactory(delegation=invited.delegation, user__email=invited.email, state="withdrawn", state_at=past)

    assert send_due_reminders() == 1


def test_who_waits_and_is_spared_the_approval_is_reminded(invited):
    ParticipantFactory(delegation=invited.delegation, user__email=invited.email, state="waiting", needs_approval=True)

    assert send_due_reminders() == 1


def test_a_reminder_promises_no_place_that_was_left(invited, coordinator):
    holder = ParticipantFactory(delegation=invited.delegation, user__name="Ana Anaya")
    Invitation.objects.update(replaces=holder)
    assert "the place of Ana Anaya" in written_reminder(invited, coordinator)

    holder.state = "withdrawn"
    holder.save()

    Message.objects.filter(kind="invitation_reminder").delete()
    assert "Ana Anaya" not in written_reminder(invited, coordinator)


def test_a_coordinator_is_not_asked_to_coordinate_what_somebody_coordinates(invited, organiser, time_machine):
    time_machine.move_to(NOW - WEEK, tick=False)
    lonely = DelegationFactory(edition=invited.delegation.edition, coordinator_email="lone@city.example")
    invite_coordinators(delegations=[lonely], by=organiser)
    Message.objects.update(state="sent", sent_at=timezone.now())
    Invitation.objects.exclude(delegation=lonely).delete()
    ParticipantFactory(delegation=lonely, is_coordinator=True)
    time_machine.move_to(NOW, tick=False)

    assert send_due_reminders() == 0
    lonely.participants.all().delete()
    assert send_due_reminders() == 1
    assert "to coordinate the team" in reminders().get().text


def test_a_reminder_by_hand_puts_off_the_one_by_itself(invited, coordinator, time_machine):
    assert remind(invitation=invited, by=coordinator.user)
    Message.objects.update(state="sent", sent_at=timezone.now())

    assert send_due_reminders() == 0
    time_machine.move_to(NOW + WEEK, tick=False)
    assert send_due_reminders() == 1


def test_by_hand_at_most_once_an_hour(invited, coordinator, time_machine):
    assert [remind(invitation=invited, by=coordinator.user) for _ in range(2)] == [True, False]
    Message.objects.update(state="sent", sent_at=timezone.now())
    with pytest.raises(ProgrammeError, match="You can remind them from 12:00 CEST"):
        check_can_be_reminded(invited)

    time_machine.move_to(NOW + dt.timedelta(hours=1), tick=False)

    assert remind(invitation=invited, by=coordinator.user)
    assert [it.sent_by for it in reminders()] == [coordinator.user] * 2


def test_a_revoked_invitation_is_not_reminded(invited, coordinator):
    revoke_invitation(invitation=invited, by=coordinator.user)

    assert not remind(invitation=invited, by=coordinator.user)


def test_one_city_that_fails_does_not_stop_the_others(invited, monkeypatch, time_machine):
    time_machine.move_to(NOW - WEEK, tick=False)
    other = DelegationFactory(edition=invited.delegation.edition)
    invite_people(delegation=other, people=[Invitee("other@city.example")], by=UserFactory())
    Message.objects.update(state="sent", sent_at=timezone.now())
    time_machine.move_to(NOW, tick=False)
    remind_one = invitation_reminders.remind_city

    def failing(delegation):
        if delegation == invited.delegation:
            raise RuntimeError
        return remind_one(delegation)

    monkeypatch.setattr(invitation_reminders, "remind_city", failing)

    with pytest.raises(ExceptionGroup):
        send_due_reminders()

    assert reminders().get().to == "other@city.example"


@pytest.mark.django_db
def test_the_database_refuses_a_second_reminder_that_nobody_asked_for(invited):
    send_due_reminders()

    with pytest.raises(IntegrityError):
        InvitationEmail.objects.create(invitation=invited, is_reminder=True, is_by_hand=False)


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(invited):
    sent = in_threads([send_due_reminders, send_due_reminders])

    assert sorted(sent) == [0, 1]
    assert reminders().count() == 1
