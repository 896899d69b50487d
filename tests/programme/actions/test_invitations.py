import pytest
from django.utils import timezone

from programme.actions.invitations import (
    Invitee,
    invite_coordinators,
    invite_people,
    link_of,
    make_link,
    revoke_invitation,
)
from programme.models import Invitation
from programme.models.invitation import hash_of
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message


def test_invite_coordinators_leaves_out_those_without_need(open_edition, coordinator, organiser):
    invited = DelegationFactory(edition=open_edition, coordinator_email="new@city.example")
    without_address = DelegationFactory(edition=open_edition)
    coordinator.delegation.coordinator_email = "carme@girona.example"
    coordinator.delegation.save()

    invitations = invite_coordinators(delegations=[invited, without_address, coordinator.delegation], by=organiser)

    assert [(it.email, it.is_for_coordinator, it.delegation) for it in invitations] == [
        ("new@city.example", True, invited)
    ]
    message = Message.objects.get()
    assert (message.to, message.kind, message.is_sensitive) == ("new@city.example", "coordinator_invited", True)
    assert link_of(invitations[0]) in message.text


def test_only_the_hash_of_a_link_is_kept(delegation, coordinator):
    invitation = make_link(delegation=delegation, by=coordinator.user)

    token = link_of(invitation).rstrip("/").rpartition("/")[2]
    row = Invitation.objects.values().get()
    assert token not in str(row)
    assert row["token_hash"] == hash_of(token)
    assert Invitation.objects.of_token(token) == invitation


def test_a_new_link_ends_the_one_before(delegation, coordinator):
    first, second = (make_link(delegation=delegation, by=coordinator.user) for _ in range(2))

    first.refresh_from_db()
    now = timezone.now()
    assert (first.state(now), second.state(now)) == ("revoked", "open")


def test_invitations_end_with_registration(delegation, coordinator):
    closes_at = timezone.now() + timezone.timedelta(hours=5)
    delegation.edition.registration_closes_at = closes_at
    delegation.edition.save()

    assert make_link(delegation=delegation, by=coordinator.user).expires_at == closes_at


def test_nobody_is_invited_once_registration_is_closed(delegation, coordinator):
    delegation.edition.registration_closes_at = timezone.now() - timezone.timedelta(hours=5)
    delegation.edition.save()

    with refused("registration_closed"):
        make_link(delegation=delegation, by=coordinator.user)


def test_invite_people_says_what_became_of_each(delegation, coordinator):
    waiting = ParticipantFactory(delegation=delegation, state="pending")
    elsewhere = ParticipantFactory(delegation__edition=delegation.edition)
    gone = ParticipantFactory(delegation=delegation, state="withdrawn")
    people = [
        Invitee(coordinator.user.email),
        Invitee(waiting.user.email),
        Invitee(elsewhere.user.email),
        Invitee(gone.user.email),
        Invitee("new@city.example", "Nele Neu"),
    ]

    outcomes = invite_people(delegation=delegation, people=people, by=coordinator.user)

    assert [outcome for _person, outcome in outcomes] == [
        "registered",
        "invited",  # which lets in who waits
        "invited",  # nothing is said about other cities
        "invited",
        "invited",
    ]
    assert set(Message.objects.values_list("to", flat=True)) == {person.email for person in people[1:]}
    assert "Dear Nele Neu," in Message.objects.get(to="new@city.example").text


def test_inviting_again_renews(delegation, coordinator, time_machine):
    for minutes in (0, 2):
        time_machine.move_to(timezone.now() + timezone.timedelta(minutes=minutes))
        invite_people(delegation=delegation, people=[Invitee("new@city.example")], by=coordinator.user)

    assert Invitation.objects.unused().count() == 1
    assert Invitation.objects.count() == Message.objects.count() == 2


def test_a_double_click_invites_once(delegation, coordinator):
    for _ in range(2):
        invite_people(delegation=delegation, people=[Invitee("new@city.example")], by=coordinator.user)

    assert Invitation.objects.count() == Message.objects.count() == 1


def test_revoke_invitation_once(coordinator):
    invitation = InvitationFactory(delegation=coordinator.delegation)

    assert revoke_invitation(invitation=invitation, by=coordinator.user)
    assert not revoke_invitation(invitation=invitation, by=coordinator.user)


@pytest.mark.parametrize("values", [{"is_published": False}, {"registration_opens_at": None}])
def test_nobody_is_invited_to_what_cannot_be_opened(delegation, coordinator, values):
    for name, value in values.items():
        setattr(delegation.edition, name, value)
    delegation.edition.save()

    with refused("registration_not_planned"):
        make_link(delegation=delegation, by=coordinator.user)


def test_an_invitation_before_the_opening_outlives_it(delegation, coordinator):
    opens_at = timezone.now() + timezone.timedelta(days=60)
    delegation.edition.registration_opens_at, delegation.edition.registration_closes_at = opens_at, None
    delegation.edition.save()

    assert make_link(delegation=delegation, by=coordinator.user).expires_at == opens_at + timezone.timedelta(days=30)


def test_one_city_does_not_write_to_the_whole_world(delegation, coordinator):
    for number in range(2):
        people = [Invitee(f"p{number}-{n}@x.example") for n in range(50)]
        invite_people(delegation=delegation, people=people, by=coordinator.user)

    with refused("too_many_invitations"):
        invite_people(delegation=delegation, people=[Invitee("one@more.example")], by=coordinator.user)
