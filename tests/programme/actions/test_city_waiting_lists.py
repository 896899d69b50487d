"""What happens when the quota of a city is used up, and when it has room again."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from programme.actions import city_waiting_lists, locks
from programme.actions.additions import Newcomer, add_people
from programme.actions.city_waiting_lists import promote, register_out_of_turn, serve_all_cities, serving_waiting_lists
from programme.actions.profiles import Answers
from programme.actions.registrations import approve, decline, move_to_city, register, remove_participant, withdraw
from programme.errors import DelegationFullError
from programme.models import Delegation, Edition, Participant
from programme.queries.quotas import n_free, n_moving_up, position_of
from programme.rules.local_times import local_day
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import TimedSessionFactory
from tests.threads import in_threads
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
ANSWERS = Answers(name="Ana Anaya", job_title="", department="", hopes="", language="en", time_zone="")


@pytest.fixture
def full(delegation):
    """Girona, with three people who are registered."""
    ParticipantFactory.create_batch(3, delegation=delegation)
    return delegation


def waiting(delegation, number, **values):
    return ParticipantFactory(delegation=delegation, state="waiting", waiting_number=number, **values)


def states(*people):
    for person in people:
        person.refresh_from_db()
    return [person.state for person in people]


def mails(*people):
    emails = [it.user.email for it in people]
    return list(Message.objects.filter(to__in=emails).order_by("pk").values_list("kind", "to"))


def joined(delegation, email="ana@girona.example", **values):
    return register(delegation=delegation, answers=ANSWERS, by=UserFactory(email=email), **values)


# Joining


def test_who_registers_with_a_full_city_is_on_its_waiting_list(full):
    first, second = joined(full), joined(full, "bo@girona.example")

    assert states(first, second) == ["waiting", "waiting"]
    assert [position_of(first), position_of(second)] == [1, 2]
    assert mails(first, second) == [("quota_waiting", it.user.email) for it in (first, second)]
    assert "you are number 2 on its waiting list" in " ".join(Message.objects.get(to=second.user.email).text.split())


def test_registering_twice_keeps_the_number_and_sends_nothing(full):
    ana = joined(full)
    n_messages = Message.objects.count()

    again = register(delegation=full, answers=ANSWERS, by=ana.user)

    assert (again.pk, again.waiting_number) == (ana.pk, 1)
    assert Message.objects.count() == n_messages


def test_a_stranger_waits_as_well_and_still_needs_approval(full):
    stranger = joined(full, "stranger@elsewhere.example")

    assert (stranger.state, stranger.needs_approval) == ("waiting", True)
    assert "an organiser checks your registration" in " ".join(Message.objects.get().text.split())


def test_a_personal_invitation_is_used_up_and_spares_the_approval(full):
    stranger = joined(full, "stranger@elsewhere.example")
    other = joined(full, "other@elsewhere.example")
    invitation = InvitationFactory(delegation=full, email=stranger.user.email)

    for _click in range(2):
        again = register(delegation=full, answers=ANSWERS, by=stranger.user, invitation=invitation)

    assert (again.pk, again.needs_approval, position_of(again)) == (stranger.pk, False, 1)
    assert position_of(other) == 2
    invitation.refresh_from_db()
    assert invitation.accepted_by == stranger.user


def test_an_invitation_to_another_city_with_room_ends_the_wait(full):
    ana = joined(full)
    other = DelegationFactory(edition=full.edition)
    invitation = InvitationFactory(delegation=other, email=ana.user.email)

    register(delegation=other, answers=ANSWERS, by=ana.user, invitation=invitation)

    ana.refresh_from_db()
    assert (ana.state, ana.delegation, ana.waiting_number) == ("registered", other, None)


@pytest.mark.parametrize("who", ["coordinator", "address", "contact", "nobody"])
def test_the_coordinator_is_told_once_of_each_who_waits(full, who):
    if who == "coordinator":
        first = full.participants.first()
        first.user.email, first.is_coordinator = "c@girona.example", True
        first.user.save()
        first.save()
    Delegation.objects.update(coordinator_email="c@girona.example" if who == "address" else "")
    Edition.objects.update(contact_email="" if who == "nobody" else "contact@academy.example")

    ana = joined(full)
    withdraw(participant=ana, by=ana.user)
    register(delegation=full, answers=ANSWERS, by=ana.user)
    joined(full, "stranger@elsewhere.example")

    addresses = list(Message.objects.filter(kind="seat_wanted").order_by("pk").values_list("to", flat=True))
    assert addresses == {"contact": ["contact@academy.example"], "nobody": []}.get(who, ["c@girona.example"])
    reasons = {
        "coordinator": "because you coordinate a team",
        "address": "because you are invited to",
        "contact": "because you organise",
    }
    assert all(reasons[who] in it.text for it in Message.objects.filter(kind="seat_wanted"))


def test_somebody_who_waits_comes_before_a_newcomer(full):
    """Room made by hand in the database is not given to the next who happens to register."""
    ana = joined(full)
    Delegation.objects.update(quota=4)

    bo = joined(full, "bo@girona.example")

    assert states(ana, bo) == ["waiting", "waiting"]
    assert serve_all_cities() == 1
    assert states(ana, bo) == ["registered", "waiting"]
    assert serve_all_cities() == 0


# Moving up


def leave(how, person, organiser):
    if how == "withdrawal":
        withdraw(participant=person, by=person.user)
    elif how == "removal":
        remove_participant(participant=person, by=organiser)
    else:
        other = DelegationFactory(edition=person.edition)
        move_to_city(participant=person, delegation=other, by=organiser)


@pytest.mark.parametrize("how", ["withdrawal", "removal", "move"])
def test_whoever_leaves_makes_room_for_the_first(full, organiser, how):
    second, first = waiting(full, 8), waiting(full, 7)
    TimedSessionFactory(edition=full.edition, starts_at=timezone.now() + dt.timedelta(days=9))

    leave(how, full.participants.registered().first(), organiser)

    assert states(first, second) == ["registered", "waiting"]
    assert (first.waiting_number, first.state_by, position_of(second)) == (None, None, 1)
    assert mails(first, second) == [("quota_promoted", first.user.email)]
    assert first.announcements.count() == 1  # with the calendar


def test_who_needs_approval_is_pending_then_and_nobody_is_registered_in_their_stead(full, organiser):
    stranger, second = waiting(full, 1, needs_approval=True), waiting(full, 2)

    leave("withdrawal", full.participants.registered().first(), organiser)

    assert states(stranger, second) == ["pending", "waiting"]
    assert n_free(full) == -1
    assert "waiting for approval" in Message.objects.get(kind="quota_promoted").subject
    approve(participant=stranger, by=organiser)
    assert states(stranger, second) == ["registered", "waiting"]


@pytest.mark.parametrize("how", ["declined", "withdrawn", "moved"])
def test_who_is_not_approved_makes_room_for_the_next(full, organiser, how):
    stranger, second = waiting(full, 1, needs_approval=True), waiting(full, 2)
    leave("withdrawal", full.participants.registered().first(), organiser)
    stranger.refresh_from_db()

    if how == "declined":
        decline(participant=stranger, reason="Not of Girona", by=organiser)
    else:
        leave("withdrawal" if how == "withdrawn" else "move", stranger, organiser)

    assert states(stranger, second) == ["pending" if how == "moved" else how, "registered"]
    assert stranger.waiting_number is None


def test_a_quota_that_was_lowered_meanwhile_puts_the_approved_person_first(full, organiser):
    stranger, second = waiting(full, 1, needs_approval=True), waiting(full, 2)
    leave("withdrawal", full.participants.registered().first(), organiser)
    Delegation.objects.update(quota=2)
    stranger.refresh_from_db()

    approve(participant=stranger, by=organiser)

    assert states(stranger, second) == ["waiting", "waiting"]
    assert (position_of(stranger), stranger.needs_approval) == (1, False)


def test_a_pending_person_approved_with_a_full_city_waits(full, organiser):
    first, person = waiting(full, 1), ParticipantFactory(delegation=full, state="pending")

    assert approve(participant=person, by=organiser)
    assert not approve(participant=person, by=organiser)

    assert (person.state, position_of(person), position_of(first)) == ("waiting", 2, 1)
    assert mails(person) == [("quota_waiting", person.user.email)]
    assert "have approved your registration" in Message.objects.get().text


def test_approving_somebody_on_the_list_leaves_them_there(full, organiser):
    person = waiting(full, 1, needs_approval=True)

    assert approve(participant=person, by=organiser)

    assert (person.state, person.waiting_number, person.needs_approval) == ("waiting", 1, False)


def test_an_invited_coordinator_coordinates_once_registered(full, organiser):
    user = UserFactory()
    invitation = InvitationFactory(delegation=full, email=user.email, is_for_coordinator=True)
    lead = register(delegation=full, answers=ANSWERS, by=user, invitation=invitation)
    assert (lead.state, lead.is_coordinator) == ("waiting", False)

    leave("withdrawal", full.participants.registered().first(), organiser)

    lead.refresh_from_db()
    assert (lead.state, lead.is_coordinator) == ("registered", True)
    assert "coordinator" in Message.objects.get(kind="quota_promoted").text


@pytest.mark.parametrize("n_days", [1, 10])
def test_nobody_moves_up_once_the_edition_is_over(full, organiser, n_days):
    first, pending = waiting(full, 1), ParticipantFactory(delegation=full, state="pending")
    over = local_day(timezone.now(), full.edition.zone) - dt.timedelta(days=n_days)
    Edition.objects.update(first_on=over, last_on=over)

    leave("withdrawal", Participant.objects.registered().first(), organiser)

    assert states(first) == ["waiting"]
    Delegation.objects.update(quota=2)
    with pytest.raises(DelegationFullError):
        approve(participant=Participant.objects.get(pk=pending.pk), by=organiser)


@pytest.fixture
def over(full):
    """Girona after the end of the edition, with a number of its waiting list due, and room for one."""
    first = waiting(full, 1)
    day = timezone.now().date() - dt.timedelta(days=10)
    Edition.objects.update(first_on=day, last_on=day)
    Delegation.objects.filter(pk=full.pk).update(quota=4)
    return first


def test_once_the_edition_is_over_people_move_into_the_room_that_a_waiting_list_left(full, over, organiser):
    people = [ParticipantFactory(delegation=DelegationFactory(edition=full.edition)) for _ in range(2)]
    girona = Delegation.objects.get(pk=full.pk)

    assert move_to_city(participant=Participant.objects.get(pk=people[0].pk), delegation=girona, by=organiser)
    with pytest.raises(DelegationFullError):
        move_to_city(participant=Participant.objects.get(pk=people[1].pk), delegation=girona, by=organiser)

    assert states(over, *people) == ["waiting", "registered", "registered"]
    assert [it.delegation == full for it in people] == [True, False]


def test_once_the_edition_is_over_whose_turn_had_come_still_has_the_room(full, over, organiser):
    Participant.objects.filter(pk=over.pk).update(state="pending")
    other = ParticipantFactory(delegation=DelegationFactory(edition=full.edition))

    with pytest.raises(DelegationFullError):
        move_to_city(participant=other, delegation=Delegation.objects.get(pk=full.pk), by=organiser)

    assert approve(participant=Participant.objects.get(pk=over.pk), by=organiser)


def test_approving_somebody_on_the_list_of_an_edition_that_is_over_says_what_can_be_done(full, over, organiser):
    Participant.objects.filter(pk=over.pk).update(needs_approval=True)
    Delegation.objects.filter(pk=full.pk).update(quota=3)
    Participant.objects.registered().filter(delegation=full).first().delete()

    with pytest.raises(DelegationFullError, match="Register them out of turn"):
        approve(participant=Participant.objects.get(pk=over.pk), by=organiser)


def test_leaving_the_list_moves_the_others_up_and_says_so(full):
    first, second = waiting(full, 1), waiting(full, 2)

    assert withdraw(participant=first, by=first.user)

    assert (states(first, second), position_of(second)) == (["withdrawn", "waiting"], 1)
    assert "no longer on the waiting list of Girona" in Message.objects.get().subject


def test_a_raised_quota_serves_as_many_as_it_has_room_for(full, organiser):
    people = [waiting(full, number) for number in (1, 2, 3)]

    with transaction.atomic(), serving_waiting_lists([full.pk], by=organiser) as promoted:
        Delegation.objects.filter(pk=full.pk).update(quota=5)

    assert states(*people) == ["registered", "registered", "waiting"]
    assert promoted == people[:2]


def test_several_changes_serve_the_list_after_the_last(full, organiser):
    """Nobody is registered by the first and withdrawn by the second."""
    leaving, first, second = full.participants.first(), waiting(full, 1), waiting(full, 2)

    with transaction.atomic(), serving_waiting_lists([], by=organiser):
        withdraw(participant=leaving, by=organiser)
        withdraw(participant=first, by=organiser)

    assert states(first, second) == ["withdrawn", "registered"]
    assert mails(first) == [("withdrawn", first.user.email)]


def test_a_change_that_fails_serves_nobody(full, organiser):
    first, leaving = waiting(full, 1), full.participants.registered().first()

    with pytest.raises(RuntimeError), transaction.atomic(), serving_waiting_lists([full.pk], by=organiser):
        withdraw(participant=leaving, by=organiser)
        raise RuntimeError

    assert states(first, leaving) == ["waiting", "registered"]
    assert not Message.objects.exists()
    with transaction.atomic():  # and the next one is as usual
        withdraw(participant=leaving, by=organiser)
    assert states(first) == ["registered"]


def test_another_city_and_another_edition_are_left_alone(full, organiser):
    elsewhere = waiting(DelegationFactory(edition=full.edition, quota=1), 1)
    ParticipantFactory(delegation=elsewhere.delegation)
    other_year = waiting(DelegationFactory(quota=1, city=full.city), 1)
    ParticipantFactory(delegation=other_year.delegation)

    leave("withdrawal", full.participants.registered().first(), organiser)

    assert states(elsewhere, other_year) == ["waiting", "waiting"]


def test_an_email_that_a_change_overtakes_is_written_again(full, organiser):
    first = waiting(full, 1)
    starts_at = timezone.now() + dt.timedelta(days=9)
    TimedSessionFactory(edition=full.edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))
    leaving = full.participants.registered().first()
    withdraw(participant=leaving, by=organiser)
    full.edition.sessions.update(starts_at=starts_at + dt.timedelta(minutes=30))

    deliver_messages()
    deliver_messages()

    sent = Message.objects.filter(to=first.user.email).order_by("pk")
    assert [(it.kind, it.state) for it in sent] == [("quota_promoted", "outdated"), ("quota_promoted", "sent")]


# Organisers


def test_out_of_turn_raises_the_quota_of_a_full_city_by_one(full, organiser):
    first, second = waiting(full, 1), waiting(full, 2, needs_approval=True)

    assert register_out_of_turn(participant=second, reason="She speaks", by=organiser)
    assert not register_out_of_turn(participant=second, reason="She speaks", by=organiser)

    full.refresh_from_db()
    assert (full.quota, states(first, second)) == (4, ["waiting", "registered"])
    assert (second.is_out_of_turn, second.state_by, second.state_reason) == (True, organiser, "She speaks")
    assert mails(second) == [("quota_promoted", second.user.email)]


def test_out_of_turn_takes_no_room_from_who_is_next(full, organiser):
    stranger, second = waiting(full, 1, needs_approval=True), waiting(full, 2)
    leave("withdrawal", full.participants.registered().first(), organiser)

    register_out_of_turn(participant=second, reason="She speaks", by=organiser)
    approve(participant=Participant.objects.get(pk=stranger.pk), by=organiser)

    full.refresh_from_db()
    assert (full.quota, states(stranger, second)) == (4, ["registered", "registered"])


@pytest.mark.parametrize(("quota", "state", "kind"), [(1, "registered", "quota_promoted"), (0, "waiting", "moved")])
def test_moving_somebody_who_waits(full, organiser, quota, state, kind):
    first, second = waiting(full, 1), waiting(full, 2)
    other = DelegationFactory(edition=full.edition, quota=1 + quota)
    ParticipantFactory(delegation=other)

    assert move_to_city(participant=first, delegation=other, by=organiser)

    first.refresh_from_db()
    assert (first.delegation, first.state, position_of(second)) == (other, state, 1)
    assert mails(first) == [(kind, first.user.email)]


def test_nobody_is_moved_or_added_before_those_who_wait(full, organiser):
    waiting(full, 1)
    full.quota = 4
    full.save()
    other = ParticipantFactory(delegation__edition=full.edition)

    with pytest.raises(DelegationFullError, match="nobody else before the people on its waiting list"):
        move_to_city(participant=other, delegation=full, by=organiser)
    with pytest.raises(DelegationFullError):
        add_people(edition=full.edition, newcomers=[Newcomer(full, "x@girona.example", "X")], by=organiser)


def test_how_many_would_move_up(full):
    leaving, first = list(full.participants.all()), waiting(full, 1)
    other = ParticipantFactory(delegation__edition=full.edition)
    waiting(other.delegation, 1)
    waiting(full, 2)

    assert n_moving_up(leaving) == 2
    assert n_moving_up([*leaving, first, other]) == 2
    assert n_moving_up([first]) == 0


# The database


def test_the_database_refuses_a_wait_without_a_number_and_two_with_the_same(full):
    first = waiting(full, 1)

    with pytest.raises(IntegrityError, match="participant_waits_with_a_number"), transaction.atomic():
        Participant.objects.filter(pk=first.pk).update(waiting_number=None)
    with pytest.raises(IntegrityError, match="participant_waits_with_a_number"), transaction.atomic():
        Participant.objects.registered().update(needs_approval=True)
    with pytest.raises(IntegrityError, match="participant_out_of_turn_is_registered"), transaction.atomic():
        Participant.objects.filter(pk=first.pk).update(is_out_of_turn=True)
    with pytest.raises(IntegrityError, match="participant_one_waiting_number"), transaction.atomic():
        waiting(full, 1)


# Everybody at the same moment


def storm(delegation, n):
    """As many withdrawals as people who wait, at once."""
    leaving = list(delegation.participants.registered().order_by("pk")[:n])
    people = [waiting(delegation, number) for number in range(1, n + 1)]
    outcomes = in_threads([lambda it=it: withdraw(participant=it, by=it.user) for it in leaving])
    return people, outcomes


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("n", [2, 3])
def test_withdrawals_at_the_same_moment_serve_as_many_who_wait_once_each(full, n):
    people, outcomes = storm(full, n)

    assert outcomes == [True] * n
    assert states(*people) == ["registered"] * n
    assert sorted(mails(*people)) == sorted(("quota_promoted", it.user.email) for it in people)
    assert full.participants.registered().count() == 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_is_told_twice_and_the_other_waits_for_nothing(full, monkeypatch):
    """The negative control: both have looked who is next before either has written."""
    looked = threading.Barrier(2)

    def promote_carelessly(delegations):
        people = Participant.objects.next_in_turn(timezone.now()).filter(delegation__in=delegations)
        pks = list(people.values_list("pk", flat=True))
        looked.wait()
        for participant in Participant.objects.with_people().filter(pk__in=pks):
            promote(participant)
        return []

    def without_locking(delegations):
        pks = {it.pk for it in delegations}
        return list(Delegation.objects.filter(pk__in=pks).select_related("city", "edition__venue").order_by("pk"))

    monkeypatch.setattr(locks, "lock_delegations", without_locking)
    monkeypatch.setattr(city_waiting_lists, "promote_next", promote_carelessly)

    people, outcomes = storm(full, 2)

    assert outcomes == [True] * 2
    assert states(*people) == ["registered", "waiting"]
    assert mails(*people) == [("quota_promoted", people[0].user.email)] * 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_raised_quota_and_a_withdrawal_at_the_same_moment_serve_two(full, organiser):
    leaving = full.participants.registered().first()
    people = [waiting(full, number) for number in (1, 2, 3)]

    def raise_quota():
        with transaction.atomic(), serving_waiting_lists([full.pk], by=organiser):
            Delegation.objects.filter(pk=full.pk).update(quota=F("quota") + 1)

    outcomes = in_threads([raise_quota, lambda: withdraw(participant=leaving, by=leaving.user)])

    assert outcomes == [None, True]
    assert states(*people) == ["registered", "registered", "waiting"]
    assert sorted(mails(*people)) == sorted(("quota_promoted", it.user.email) for it in people[:2])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_and_somebody_who_registers_at_the_same_moment_overtake_nobody(full):
    leaving, first = full.participants.registered().first(), waiting(full, 1)
    user = UserFactory(email="ana@girona.example")

    in_threads(
        [
            lambda: withdraw(participant=leaving, by=leaving.user),
            lambda: register(delegation=full, answers=ANSWERS, by=user),
        ]
    )

    assert states(first, Participant.objects.get(user=user)) == ["registered", "waiting"]
