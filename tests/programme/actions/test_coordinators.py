import pytest

from programme.actions import coordinators, registrations, take_overs
from programme.actions.invitations import Invitee
from programme.actions.profiles import Answers
from programme.errors import ProgrammeError
from programme.models import Participant
from tests.factories.people import ParticipantFactory, UserFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
ANSWERS = Answers(name="Bo Bø", job_title="", department="", hopes="", language="en", time_zone="Europe/Madrid")


def mails():
    return list(Message.objects.order_by("pk").values_list("kind", "to"))


def test_hand_over_leaves_one_coordinator(coordinator):
    colleague = ParticipantFactory(delegation=coordinator.delegation)

    assert coordinators.hand_over(participant=colleague, by=coordinator.user)

    assert coordinator.delegation.coordinator() == colleague
    assert mails() == [("made_coordinator", colleague.user.email)]


def test_hand_over_by_an_organiser_tells_who_was_coordinator(coordinator, organiser):
    colleague = ParticipantFactory(delegation=coordinator.delegation)

    coordinators.hand_over(participant=colleague, by=organiser)

    assert mails() == [
        ("no_longer_coordinator", coordinator.user.email),
        ("made_coordinator", colleague.user.email),
    ]


def test_hand_over_needs_somebody_registered(coordinator):
    colleague = ParticipantFactory(delegation=coordinator.delegation, state="pending")

    with pytest.raises(ProgrammeError, match="is not registered"):
        coordinators.hand_over(participant=colleague, by=coordinator.user)

    assert coordinator.delegation.coordinator() == coordinator


def coordinating():
    return set(Participant.objects.coordinating())


def test_a_deputy_coordinates_beside_the_coordinator_and_is_told_once(coordinator):
    deputy = ParticipantFactory(delegation=coordinator.delegation)

    changed = [coordinators.name_deputy(participant=deputy, by=coordinator.user) for _time in range(2)]

    assert changed == [True, False]
    assert coordinating() == {coordinator, deputy}
    assert coordinator.delegation.coordinator() == coordinator
    assert mails() == [("made_coordinator", deputy.user.email)]


def test_a_coordinator_hands_over_only_their_own_role(coordinator, organiser):
    deputy, third = ParticipantFactory.create_batch(2, delegation=coordinator.delegation, is_coordinator=False)
    coordinators.name_deputy(participant=deputy, by=coordinator.user)

    coordinators.hand_over(participant=third, by=coordinator.user)
    assert coordinating() == {deputy, third}

    coordinators.hand_over(participant=coordinator, by=organiser)
    assert coordinating() == {coordinator}


def test_the_only_coordinator_cannot_step_down_or_leave_but_one_of_two_can(coordinator):
    deputy = ParticipantFactory(delegation=coordinator.delegation)
    with pytest.raises(ProgrammeError, match="only coordinator"):
        coordinators.step_down(participant=coordinator, by=coordinator.user)
    coordinators.name_deputy(participant=deputy, by=coordinator.user)

    assert coordinators.step_down(participant=coordinator, by=coordinator.user)

    assert coordinating() == {deputy}
    coordinators.name_deputy(participant=coordinator, by=deputy.user)
    assert registrations.withdraw(participant=deputy, by=deputy.user)
    assert coordinating() == {coordinator}


def test_the_role_goes_along_with_a_place_also_beside_a_deputy(coordinator):
    deputy = ParticipantFactory(delegation=coordinator.delegation)
    coordinators.name_deputy(participant=deputy, by=coordinator.user)
    bo = Invitee("bo@x.example", "Bo Bø")
    invitation = take_overs.offer_place(participant=coordinator, invitee=bo, takes_role=True, by=coordinator.user)
    user = UserFactory(email=bo.email)

    successor = registrations.register(
        delegation=invitation.delegation, answers=ANSWERS, by=user, invitation=invitation
    )

    assert coordinating() == {deputy, successor}


def test_all_coordinators_hear_of_somebody_who_waits(coordinator):
    deputy = ParticipantFactory(delegation=coordinator.delegation, is_coordinator=True)
    coordinator.delegation.quota = 2
    coordinator.delegation.email_domains = ["girona.example"]
    coordinator.delegation.save()

    registrations.register(
        delegation=coordinator.delegation, answers=ANSWERS, by=UserFactory(email="bo@girona.example")
    )

    asked = Message.objects.filter(kind="seat_wanted").values_list("to", flat=True)
    assert set(asked) == {coordinator.user.email, deputy.user.email}
