"""The email of an invitation is sent again: for the same city, place and role, and not once it was cancelled."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.actions.emails_again import rehearse_again, send_again
from programme.actions.invitation_reminders import remind
from programme.actions.invitations import Invitee, invite_coordinators, invite_people, revoke_invitation
from programme.actions.registrations import withdraw
from programme.actions.take_overs import offer_place, take_over
from programme.models import Delegation, Invitation, InvitationEmail
from tests.factories.people import DelegationFactory, ParticipantFactory
from udtacademy.outbox.models import Message

BO = Invitee("bo@x.example", "Bo Bø")
DAY = dt.timedelta(days=1)


@pytest.fixture
def ana(delegation, coordinator):
    return ParticipantFactory(delegation=delegation, user__name="Ana Anaya", user__email="ana@girona.example")


def the(kind="colleague_invited"):
    """The first email of a kind, sent yesterday, as all others."""
    Message.objects.update(state="sent", sent_at=timezone.now() - DAY)
    Invitation.objects.update(created_at=timezone.now() - DAY)
    InvitationEmail.objects.update(created_at=timezone.now() - DAY)
    return Message.objects.filter(kind=kind).earliest("pk")


def refusal(message, organiser):
    """Return the code of why the email is not sent again; None if it is."""
    error = rehearse_again(message=message, by=organiser).refusal
    return error and error.code


def test_an_offer_is_sent_again_with_the_place(ana, coordinator, organiser):
    offer_place(participant=ana, invitee=BO, by=coordinator.user)

    again = send_again(message=the(), by=organiser)

    assert "take over the place of Ana Anaya" in " ".join(again.text.split())
    assert Invitation.objects.unused().get().replaces == ana


def test_an_offer_is_not_sent_again_once_the_place_is_offered_to_another(ana, coordinator, organiser):
    offer = offer_place(participant=ana, invitee=BO, by=coordinator.user)
    revoke_invitation(invitation=offer, by=coordinator.user)
    offer_place(participant=ana, invitee=Invitee("cy@x.example"), by=coordinator.user)

    assert refusal(the(), organiser) == "invitation_revoked"
    assert Invitation.objects.unused().get().email == "cy@x.example"


def test_an_expired_offer_is_sent_again_unless_another_has_it(ana, coordinator, organiser):
    offer_place(participant=ana, invitee=BO, by=coordinator.user)
    message = the()
    Invitation.objects.update(expires_at=timezone.now() - DAY / 2)
    assert not refusal(message, organiser)

    offer_place(participant=ana, invitee=Invitee("cy@x.example"), by=coordinator.user)

    assert refusal(message, organiser)


def test_an_invitation_that_was_cancelled_is_not_made_anew(delegation, coordinator, organiser):
    invite_people(delegation=delegation, people=[BO], by=coordinator.user)
    revoke_invitation(invitation=Invitation.objects.get(), by=coordinator.user)

    assert refusal(the(), organiser) == "invitation_revoked"
    assert not Invitation.objects.unused().exists()


def test_an_invitation_that_was_replaced_is_sent_again_as_the_last_one(delegation, coordinator, organiser):
    invite_people(delegation=delegation, people=[BO], by=coordinator.user)
    message = the()
    send_again(message=message, by=organiser)
    assert not refusal(message, organiser)

    revoke_invitation(invitation=Invitation.objects.unused().get(), by=coordinator.user)

    assert refusal(message, organiser) == "invitation_revoked"


@pytest.mark.parametrize("is_given_away", [True, False])
def test_a_place_that_is_gone_is_not_offered_again(ana, coordinator, organiser, is_given_away):
    offer_place(participant=ana, invitee=BO, by=coordinator.user)
    if is_given_away:
        take_over(participant=ana, email="cy@girona.example", name="Cy", by=organiser)
    else:
        withdraw(participant=ana, by=ana.user)
    Invitation.objects.update(revoked_at=None)
    message = the()

    assert refusal(message, organiser) == "not_registered"


def test_an_offer_with_the_role_is_sent_again(coordinator, ana, organiser):
    offer_place(participant=coordinator, invitee=BO, by=coordinator.user, takes_role=True)
    Delegation.objects.update(coordinator_email="another@girona.example")
    message = the("coordinator_invited")

    again = send_again(message=message, by=organiser)

    assert (again.kind, Invitation.objects.unused().get().replaces) == ("coordinator_invited", coordinator)
    coordinator.is_coordinator = False
    coordinator.save()
    ana.is_coordinator = True
    ana.save()
    assert refusal(message, organiser) == "coordinator_exists"


def test_whom_a_place_with_the_role_was_offered_and_who_is_in_the_team_is_not_invited(coordinator, ana, organiser):
    offer_place(participant=coordinator, invitee=BO, by=coordinator.user, takes_role=True)
    ParticipantFactory(delegation=coordinator.delegation, user__email=BO.email)

    assert refusal(the("coordinator_invited"), organiser) == "already_registered"


@pytest.mark.parametrize("kind", ["colleague_invited", "coordinator_invited"])
def test_the_email_of_a_city_is_about_that_city(open_edition, organiser, kind):
    girona, other = (DelegationFactory(edition=open_edition, coordinator_email=BO.email) for _ in range(2))
    for delegation in (girona, other):
        if kind == "colleague_invited":
            invite_people(delegation=delegation, people=[BO], by=organiser)
        else:
            invite_coordinators(delegations=[delegation], by=organiser)
    message = the(kind)

    again = send_again(message=message, by=organiser)

    assert girona.city.name in again.subject
    assert other.invitations.unused().count() == girona.invitations.unused().count() == 1
    assert girona.invitations.count() == 2

    girona.invitations.all().delete()
    assert refusal(message, organiser) == "invitation_deleted"


def test_a_reminder_is_sent_again_with_a_link_of_its_own(delegation, coordinator, organiser):
    invite_people(delegation=delegation, people=[BO], by=coordinator.user)
    the()
    remind(invitation=Invitation.objects.get(), by=coordinator.user)
    message = the("invitation_reminder")

    again = send_again(message=message, by=organiser)

    (invitation,) = Invitation.objects.unused()
    token = again.text.partition("/invitations/")[2].partition("/")[0]
    assert Invitation.objects.of_token(token) == invitation
    email = InvitationEmail.objects.get(message=again)
    assert (email.is_reminder, email.is_by_hand, email.written_by) == (True, True, organiser)
    assert "Bo Bø" in again.text
    assert refusal(message, organiser) == "email_queued"

    revoke_invitation(invitation=invitation, by=coordinator.user)
    assert refusal(message, organiser) == "invitation_revoked"


def test_a_reminder_of_an_invitation_sent_anew_is_about_the_new_one(delegation, coordinator, organiser):
    invite_people(delegation=delegation, people=[BO], by=coordinator.user)
    first = the()
    remind(invitation=Invitation.objects.get(), by=coordinator.user)
    send_again(message=first, by=organiser)
    message = the("invitation_reminder")

    send_again(message=message, by=organiser)

    assert InvitationEmail.objects.latest("pk").invitation == Invitation.objects.unused().get()
