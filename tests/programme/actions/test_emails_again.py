"""An email is sent again: composed from today's facts, refused where there is nothing to say."""

import datetime as dt

import pytest
from django.utils import timezone

import attendance.emails
import programme.emails
from programme.actions.email_composers import COMPOSERS
from programme.actions.emails_again import WHY_NOT, rehearse_again, send_again, why_never
from programme.actions.invitations import Invitee, invite_coordinators, make_link, revoke_invitation
from programme.actions.registration_mails import write_again
from programme.actions.registrations import move_to_city, withdraw
from programme.actions.take_overs import offer_place
from programme.models import Invitation, Participant
from tests.factories.people import (
    DelegationFactory,
    MessageFactory,
    ParticipantFactory,
    SeatFactory,
    StoppedAddressFactory,
)
from tests.factories.programme import SessionFactory, TimedSessionFactory, TrackFactory
from tests.refusals import refused
from udtacademy.outbox.kinds import KINDS
from udtacademy.outbox.models import Message

SOON = dt.timedelta(days=3)


@pytest.fixture
def person(open_edition):
    return ParticipantFactory(
        delegation__edition=open_edition, user__name="Ana Anaya", user__email="ana@girona.example"
    )


def sent(person, kind, **values):
    """An email of long ago, with another text than it would have today."""
    values = {"to": person.user.email, "user": person.user, "state": "sent", "text": "As it was."} | values
    message = MessageFactory(context=person.edition, kind=kind, **values)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - dt.timedelta(days=1))
    return Message.objects.get(pk=message.pk)


def test_every_kind_of_an_edition_is_sent_again_or_says_why_not():
    of_editions = programme.emails.KINDS.keys() | attendance.emails.KINDS.keys()

    assert COMPOSERS.keys() | WHY_NOT.keys() == of_editions
    assert not COMPOSERS.keys() & WHY_NOT.keys()
    assert "login_code" in KINDS.keys() - of_editions


def test_nothing_is_sent_again_to_a_stopped_address(person, organiser):
    message = sent(person, "registered", state="stopped")
    stopped = StoppedAddressFactory(address=person.user.email)

    assert rehearse_again(message=message, by=organiser).refusal.code == "address_stopped"

    stopped.delete()
    assert send_again(message=message, by=organiser)


def test_it_is_composed_from_todays_facts_for_the_present_address(person, organiser):
    message = sent(person, "registered", to="old@girona.example")
    session = SessionFactory(
        edition=person.edition,
        title="Peer-learning",
        starts_at=timezone.now() + SOON,
        ends_at=timezone.now() + SOON * 2,
    )

    again = send_again(message=message, by=organiser)

    assert again.to == "ana@girona.example"
    assert "As it was." not in again.text
    assert again.state == "queued"
    assert [it.session for it in again.announcements.all()] == [session]
    message.refresh_from_db()
    assert (message.state, message.text) == ("sent", "As it was.")


def test_a_second_click_sends_nothing_and_a_later_one_does(person, organiser, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    message = sent(person, "registered")

    assert send_again(message=message, by=organiser)
    assert send_again(message=message, by=organiser) is None
    time_machine.shift(dt.timedelta(minutes=2))
    assert send_again(message=message, by=organiser)
    assert Message.objects.filter(dedupe_key__startswith=f"again:{message.pk}:").count() == 2


@pytest.mark.parametrize("state", ["queued", "cancelled", "outdated"])
def test_what_was_not_sent_is_not_sent_again(person, organiser, state):
    message = sent(person, "registered", state=state)

    with refused("email_not_sent"):
        send_again(message=message, by=organiser)


def test_what_failed_is(person, organiser):
    assert send_again(message=sent(person, "registered", state="failed"), by=organiser)


@pytest.mark.parametrize(
    ("kind", "state", "is_sent"),
    [
        ("registered", "withdrawn", False),
        ("approved", "pending", False),
        ("waiting", "pending", True),
        ("waiting", "registered", False),
        ("declined", "declined", True),
        ("declined", "registered", False),
        ("withdrawn", "withdrawn", True),
        ("withdrawn", "registered", False),
        ("moved", "registered", True),
        ("address_corrected", "registered", True),
        ("made_coordinator", "registered", False),
        ("no_longer_coordinator", "registered", False),
        ("seats_chosen", "registered", True),
        ("seat_promoted", "registered", False),
        ("staff_invited", "registered", False),
    ],
)
def test_it_is_sent_only_while_it_holds(person, organiser, kind, state, is_sent):
    Participant.objects.filter(pk=person.pk).update(state=state)
    message = sent(person, kind)

    composed = rehearse_again(message=message, by=organiser)

    assert bool(composed.text) is is_sent
    assert bool(composed.refusal) is not is_sent
    assert Message.objects.count() == 1


@pytest.mark.parametrize("kind", [*WHY_NOT, "login_code", "no_such_kind"])
def test_some_kinds_are_never_sent_again_and_say_why(person, organiser, kind):
    message = sent(person, kind)

    assert why_never(message)
    with refused("never_sent_again"):
        send_again(message=message, by=organiser)


def test_a_coordinator_is_told_again_as_long_as_they_are_it(person, organiser):
    Participant.objects.filter(pk=person.pk).update(is_coordinator=True)
    other = ParticipantFactory(delegation=person.delegation)

    assert rehearse_again(message=sent(person, "made_coordinator"), by=organiser).text
    assert "Ana Anaya" in rehearse_again(message=sent(other, "no_longer_coordinator"), by=organiser).text


@pytest.mark.parametrize(
    ("coordinators", "code"),
    [(["third"], None), (["third", "person"], "several_coordinators"), (["other"], "still_coordinator")],
)
def test_who_took_over_is_said_again_while_that_is_certain(person, organiser, coordinators, code):
    people = {"person": person, "other": ParticipantFactory(delegation=person.delegation)}
    people["third"] = ParticipantFactory(delegation=person.delegation, user__name="Cy Cé")
    Participant.objects.filter(pk__in=[people[it].pk for it in coordinators]).update(is_coordinator=True)

    seen = rehearse_again(message=sent(people["other"], "no_longer_coordinator"), by=organiser)

    assert (seen.refusal and seen.refusal.code) == code
    assert ("Cy Cé" in seen.text) == (code is None)


def test_an_invitation_has_a_new_link_and_the_old_one_stops_working(open_edition, organiser):
    delegation = DelegationFactory(edition=open_edition, coordinator_email="ana@girona.example")
    (before,) = invite_coordinators(delegations=[delegation], by=organiser)
    message = Message.objects.get()
    Message.objects.update(state="sent")
    Invitation.objects.update(created_at=timezone.now() - dt.timedelta(days=1))
    message.refresh_from_db()
    assert message.text == ""  # erased

    seen = rehearse_again(message=message, by=organiser)
    assert Invitation.objects.get().revoked_at is None  # looking changes nothing
    again = send_again(message=message, by=organiser)

    assert "(personal link)" in seen.text
    assert "/invitations/" not in seen.text
    assert again.is_sensitive
    token = again.text.partition("/invitations/")[2].partition("/")[0]
    assert Invitation.objects.of_token(token).is_open(timezone.now())
    before.refresh_from_db()
    assert before.revoked_at


def test_an_invitation_that_was_used_or_replaced_is_not_sent_again(open_edition, organiser):
    delegation = DelegationFactory(edition=open_edition, coordinator_email="ana@girona.example")
    invite_coordinators(delegations=[delegation], by=organiser)
    Message.objects.update(state="sent")
    message = Message.objects.get()
    delegation.coordinator_email = "bo@girona.example"
    delegation.save()
    assert rehearse_again(message=message, by=organiser).refusal.code == "other_coordinator"

    ParticipantFactory(delegation=delegation, is_coordinator=True)
    assert rehearse_again(message=message, by=organiser).refusal.code == "coordinator_exists"
    Invitation.objects.update(accepted_at=timezone.now())
    assert rehearse_again(message=message, by=organiser).refusal.code == "invitation_used"
    Invitation.objects.all().delete()
    assert rehearse_again(message=message, by=organiser).refusal.code == "invitation_deleted"


def test_a_link_to_forward_is_made_anew_for_the_coordinator(open_edition, organiser):
    coordinator = ParticipantFactory(delegation__edition=open_edition, is_coordinator=True)
    before = make_link(delegation=coordinator.delegation, by=coordinator.user)
    Message.objects.update(state="sent")

    again = send_again(message=Message.objects.get(), by=organiser)

    assert again.to == coordinator.user.email
    before.refresh_from_db()
    assert before.revoked_at
    assert Invitation.objects.unused().get().invited_by == coordinator.user


def test_chosen_seats_are_said_as_they_are_now(person, organiser):
    message = sent(person, "seats_chosen")
    session = TimedSessionFactory(
        edition=person.edition,
        title="Governance workshop",
        track=TrackFactory(edition=person.edition),
        starts_at=timezone.now() + SOON,
        ends_at=timezone.now() + SOON + dt.timedelta(hours=1),
    )
    SeatFactory(participant=person, session=session)

    again = send_again(message=message, by=organiser)

    assert "Governance workshop" in again.text
    assert [it.session for it in again.announcements.all()] == [session]


def test_somebody_else_s_seat_or_a_person_who_is_gone_is_not_written_about(person, organiser):
    message = sent(person, "registered")
    person.delete()

    assert rehearse_again(message=message, by=organiser).refusal.code == "not_taking_part"


def waiting(delegation, number, **values):
    return ParticipantFactory(delegation=delegation, state="waiting", waiting_number=number, **values)


def in_one_line(message):
    return " ".join(message.text.split())


@pytest.mark.parametrize("kind", ["quota_waiting", "moved"])
def test_who_waits_reads_the_present_number_again(delegation, organiser, kind):
    first, second = waiting(delegation, 4), waiting(delegation, 7)
    message = sent(second, kind)

    assert "you are number 2 on its waiting list" in in_one_line(send_again(message=message, by=organiser))

    Participant.objects.filter(pk=first.pk).update(state="withdrawn", waiting_number=None)
    assert "number 1 on" in " ".join(rehearse_again(message=message, by=organiser).text.split())


def test_who_was_registered_meanwhile_is_not_said_to_wait(person, organiser):
    assert rehearse_again(message=sent(person, "quota_waiting"), by=organiser).refusal.code == "state_changed"


def test_whose_turn_came_is_told_again_while_that_registration_holds(delegation, organiser):
    delegation.quota = 1
    delegation.save()
    holder, other = ParticipantFactory(delegation=delegation), waiting(delegation, 1)
    withdraw(participant=holder, by=organiser)
    Message.objects.update(state="sent")
    message = Message.objects.get(kind="quota_promoted", user=other.user)

    assert "You were on the waiting list of Girona." in in_one_line(send_again(message=message, by=organiser))

    Participant.objects.filter(pk=other.pk).update(state_at=timezone.now() + SOON)  # registered once more
    assert rehearse_again(message=message, by=organiser).refusal.code == "not_from_waiting_list"


def test_whose_turn_came_by_a_move_is_told_so_again(delegation, organiser):
    other = waiting(DelegationFactory(edition=delegation.edition), 1)
    move_to_city(participant=other, delegation=delegation, by=organiser)
    Message.objects.update(state="sent")

    again = send_again(message=Message.objects.get(kind="quota_promoted"), by=organiser)

    assert "have moved you to the team of Girona, which has room" in in_one_line(again)


def test_whose_turn_came_and_who_needs_approval_is_told_so_again(delegation, organiser):
    other = waiting(delegation, 1)
    Participant.objects.filter(pk=other.pk).update(state="pending", state_at=timezone.now())

    again = send_again(message=sent(other, "quota_promoted"), by=organiser)

    assert "is now waiting for approval" in again.subject


@pytest.mark.parametrize("is_by_themself", [True, False])
def test_who_left_the_waiting_list_is_not_said_to_have_withdrawn(delegation, organiser, is_by_themself):
    other = waiting(delegation, 1)
    withdraw(participant=other, by=other.user if is_by_themself else organiser)
    Message.objects.update(state="sent")
    message = Message.objects.get()

    for again in (send_again(message=message, by=organiser), write_again(message)):
        assert again.subject.startswith("You are no longer on the waiting list of Girona")
        assert "the waiting list of Girona for" in in_one_line(again)


def test_who_withdrew_is_not_said_to_have_waited(person, organiser):
    Participant.objects.filter(pk=person.pk).update(state="waiting", waiting_number=1)
    Participant.objects.filter(pk=person.pk).update(state="registered", waiting_number=None)
    withdraw(participant=person, by=person.user)
    Message.objects.update(state="sent")

    assert send_again(message=Message.objects.get(), by=organiser).subject.startswith("You have withdrawn")


def test_a_place_is_said_to_be_offered_as_long_as_it_is(delegation, coordinator, organiser):
    ana = ParticipantFactory(delegation=delegation)
    offer = offer_place(participant=ana, invitee=Invitee("bo@x.example"), by=coordinator.user)
    Message.objects.update(state="sent")
    message = Message.objects.get(kind="place_offered")

    again = send_again(message=message, by=organiser)

    assert again.to == ana.user.email
    assert "Carme Coll has asked bo@x.example to take over your place in the team of Girona" in in_one_line(again)
    revoke_invitation(invitation=offer, by=coordinator.user)
    assert rehearse_again(message=message, by=organiser).refusal.code == "place_not_offered"
