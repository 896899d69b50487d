import pytest

from programme.actions import coordinators, registrations, take_overs
from programme.actions.invitations import Invitee
from programme.actions.profiles import Answers
from programme.models import Participant
from tests.factories.people import ParticipantFactory, UserFactory
from tests.refusals import refused
from tests.threads import in_threads
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


def test_an_organiser_replaces_the_coordinator_who_is_told(coordinator, organiser):
    colleague = ParticipantFactory(delegation=coordinator.delegation)

    coordinators.replace_coordinators(participant=colleague, by=organiser)

    assert mails() == [
        ("no_longer_coordinator", coordinator.user.email),
        ("made_coordinator", colleague.user.email),
    ]


def test_hand_over_needs_somebody_registered(coordinator):
    colleague = ParticipantFactory(delegation=coordinator.delegation, state="pending")

    with refused("not_registered"):
        coordinators.hand_over(participant=colleague, by=coordinator.user)

    assert coordinator.delegation.coordinator() == coordinator


def coordinating():
    return list(Participant.objects.coordinating())


def test_a_second_coordinator_coordinates_beside_the_first_and_is_told_once(coordinator):
    second = ParticipantFactory(delegation=coordinator.delegation)

    changed = [coordinators.add_coordinator(participant=second, by=coordinator.user) for _time in range(2)]

    assert changed == [True, False]
    assert coordinating() == [coordinator, second]
    assert coordinator.delegation.coordinator() == coordinator
    assert mails() == [("made_coordinator", second.user.email)]


def test_a_coordinator_hands_over_only_their_own_role(coordinator, organiser):
    second, third = ParticipantFactory.create_batch(2, delegation=coordinator.delegation, is_coordinator=False)
    coordinators.add_coordinator(participant=second, by=coordinator.user)

    coordinators.hand_over(participant=third, by=coordinator.user)
    assert coordinating() == [second, third]

    coordinators.replace_coordinators(participant=coordinator, by=organiser)
    assert coordinating() == [coordinator]


def test_the_only_coordinator_cannot_step_down_or_leave_but_one_of_two_can(coordinator):
    second = ParticipantFactory(delegation=coordinator.delegation)
    with refused("only_coordinator"):
        coordinators.step_down(participant=coordinator, by=coordinator.user)
    coordinators.add_coordinator(participant=second, by=coordinator.user)

    assert coordinators.step_down(participant=coordinator, by=coordinator.user)

    assert coordinating() == [second]
    coordinators.add_coordinator(participant=coordinator, by=second.user)
    assert registrations.withdraw(participant=second, by=second.user)
    assert coordinating() == [coordinator]


def test_the_role_goes_along_with_a_place_also_beside_a_second(coordinator):
    second = ParticipantFactory(delegation=coordinator.delegation)
    coordinators.add_coordinator(participant=second, by=coordinator.user)
    bo = Invitee("bo@x.example", "Bo Bø")
    invitation = take_overs.offer_place(participant=coordinator, invitee=bo, takes_role=True, by=coordinator.user)
    user = UserFactory(email=bo.email)

    successor = registrations.register(
        delegation=invitation.delegation, answers=ANSWERS, by=user, invitation=invitation
    )

    assert coordinating() == [second, successor]


def test_all_coordinators_hear_of_somebody_who_waits(coordinator):
    second = ParticipantFactory(delegation=coordinator.delegation, is_coordinator=True)
    coordinator.delegation.quota = 2
    coordinator.delegation.email_domains = ["girona.example"]
    coordinator.delegation.save()

    registrations.register(
        delegation=coordinator.delegation, answers=ANSWERS, by=UserFactory(email="bo@girona.example")
    )

    asked = Message.objects.filter(kind="seat_wanted").order_by("pk").values_list("to", flat=True)
    assert list(asked) == [coordinator.user.email, second.user.email]


def test_an_organiser_who_also_coordinates_replaces_everybody(coordinator):
    second, third = ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    coordinators.add_coordinator(participant=second, by=coordinator.user)
    coordinator.user.is_staff = True
    coordinator.user.save()

    coordinators.replace_coordinators(participant=third, by=coordinator.user)

    assert coordinating() == [third]
    assert mails()[1:] == [("no_longer_coordinator", second.user.email), ("made_coordinator", third.user.email)]


# What a coordinator asks for under the lock, when somebody else was quicker


@pytest.fixture
def pair(coordinator):
    """Carme and another coordinator, of a city with room for two more."""
    coordinator.delegation.quota = 9
    coordinator.delegation.save()
    return coordinator, ParticipantFactory(delegation=coordinator.delegation, is_coordinator=True)


def hand_over_twice_at_once(carme):
    colleagues = ParticipantFactory.create_batch(2, delegation=carme.delegation)
    tasks = [lambda to=to: coordinators.hand_over(participant=to, by=carme.user) for to in colleagues]
    return sorted(str(it) for it in in_threads(tasks))


@pytest.mark.django_db(transaction=True)
def test_handing_over_twice_at_once_takes_the_role_of_nobody_else(pair):
    carme, second = pair

    outcomes = hand_over_twice_at_once(carme)

    assert outcomes == ["True", f"You are no longer a coordinator of {carme.delegation}."]
    assert second in coordinating()
    assert len(coordinating()) == 2


@pytest.mark.django_db(transaction=True)
def test_handing_over_twice_at_once_would_take_it_if_anybody_were_taken_for_the_actor(pair, monkeypatch):
    """The negative control."""
    carme, second = pair
    anybody = Participant.objects.filter(pk=second.pk).get
    actual = coordinators.coordinator_of
    monkeypatch.setattr(
        coordinators,
        "coordinator_of",
        lambda delegation, user: actual(delegation, user) if carme in coordinating() else anybody(),
    )

    assert hand_over_twice_at_once(carme) == ["True", "True"]
    assert second not in coordinating()


def withdraw_each_other(pair):
    one, other = pair
    ParticipantFactory(delegation=one.delegation)
    return in_threads(
        [
            lambda: registrations.withdraw(participant=other, by=one.user),
            lambda: registrations.withdraw(participant=one, by=other.user),
        ]
    )


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_who_withdraw_each_other_leave_one(pair):
    outcomes = withdraw_each_other(pair)

    assert sorted(type(it).__name__ for it in outcomes) == ["ProgrammeError", "bool"]
    assert len(coordinating()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_who_withdraw_each_other_leave_none_if_only_the_page_asks_who_may(pair, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(registrations, "check_acts_for", lambda *_about: None)

    assert withdraw_each_other(pair) == [True, True]
    assert coordinating() == []


# A place given up without the role


def offered(place, address):
    return take_overs.offer_place(participant=place, invitee=Invitee(address, "Bo Bø"), by=place.user)


def accepted(invitation):
    user = UserFactory(email=invitation.email)
    return registrations.register(delegation=invitation.delegation, answers=ANSWERS, by=user, invitation=invitation)


def test_the_role_goes_along_with_a_place_once_the_other_coordinator_has_stepped_down(pair):
    carme, second = pair
    invitation = offered(carme, "bo@x.example")
    coordinators.step_down(participant=second, by=second.user)

    successor = accepted(invitation)

    assert coordinating() == [successor]
    assert "You are a coordinator of the team" in Message.objects.get(kind="registered").text


def test_of_two_coordinators_who_offer_their_places_the_last_successor_gets_the_role(pair):
    invitations = [
        offered(place, address) for place, address in zip(pair, ("bo@x.example", "cy@x.example"), strict=True)
    ]

    successors = [accepted(it) for it in invitations]

    assert coordinating() == successors[1:]
