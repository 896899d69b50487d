"""Deciding about applications: delegations, invitations, undoing, races, scores, and what is deleted in time."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programme.actions.application_decisions import check_told, decide_applications, tell_decisions, undo_decision
from programme.actions.application_retention import empty_applications
from programme.actions.application_scores import (
    CriterionRow,
    add_note,
    declare_conflict,
    lift_conflict,
    save_criteria,
    save_scores,
)
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import (
    Application,
    ApplicationConflict,
    ApplicationDecision,
    ApplicationScore,
    City,
    Delegation,
    Invitation,
)
from programme.queries.application_decisions import plan_decision
from programme.queries.applications import applications_seen_by
from programme.rules.applications import Points, mean_of
from tests.factories.action_plans import ActionPlanFactory, PartFactory
from tests.factories.applications import ApplicationFactory, CriterionFactory, ScoreFactory, takes_applications
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.properties import examples
from tests.refusals import refused
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def academy(open_edition):
    return takes_applications(open_edition)


@pytest.fixture
def tampere(academy):
    return ApplicationFactory(
        edition=academy, city_name="Tampere", country="FI", contact__name="Aino", contact__email="aino@tampere.example"
    )


def decide(outcome, *applications, by, **values):
    values = ({"quota": 4} if outcome == "accepted" else {}) | values
    seen = {it.pk: it.state for it in applications}
    return decide_applications(edition=applications[0].edition, outcome=outcome, seen=seen, by=by, **values)


def tell(time_machine):
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=16), tick=False)
    return tell_decisions()


def test_accepting_makes_a_delegation_and_invites_the_applicant(tampere, organiser, time_machine):
    decide("accepted", tampere, by=organiser, text="Welcome!")
    delegation = Delegation.objects.get()
    assert (str(delegation), delegation.quota, delegation.coordinator_email) == (
        "Tampere (FI)",
        4,
        "aino@tampere.example",
    )
    assert not Message.objects.exists()

    assert tell(time_machine) == 1
    assert tell_decisions() == 0

    tampere.refresh_from_db()
    invitation = Invitation.objects.get()
    assert (tampere.state, tampere.told_state, tampere.delegation) == ("accepted", "accepted", delegation)
    assert (invitation.email, invitation.is_for_coordinator) == ("aino@tampere.example", True)
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["application_accepted", "coordinator_invited"]
    assert "Welcome!" in Message.objects.get(kind="application_accepted").text


def test_a_city_that_takes_part_keeps_its_delegation(tampere, academy, organiser, time_machine):
    city = City.objects.create(name="TAMPERE", country="FI")
    there = DelegationFactory(edition=academy, city=city, quota=9, coordinator_email="other@tampere.example")

    (decision,) = decide("accepted", tampere, by=organiser)
    tell(time_machine)

    assert Delegation.objects.get() == there
    assert (decision.makes_delegation, Delegation.objects.get().quota) == (False, 9)
    assert not Invitation.objects.exists()
    assert "has a coordinator already" in Message.objects.get().text
    assert "register 9 people" in Message.objects.get().text


def test_a_contact_person_who_coordinates_already_is_not_sent_to_themselves(tampere, academy, organiser, time_machine):
    there = DelegationFactory(edition=academy, city=City.objects.create(name="Tampere", country="FI"))
    ParticipantFactory(delegation=there, user=tampere.contact, is_coordinator=True)

    decide("accepted", tampere, by=organiser)
    tell(time_machine)

    assert "You coordinate the team of your city already" in Message.objects.get().text


def test_who_takes_part_for_another_city_is_told_so_and_not_invited(tampere, academy, organiser, time_machine):
    girona = DelegationFactory(edition=academy, city__name="Girona")
    ParticipantFactory(delegation=girona, user=tampere.contact, is_coordinator=True)

    plan = plan_decision(academy, "accepted", [tampere.pk], organiser)
    decide("accepted", tampere, by=organiser)
    tell(time_machine)

    assert plan.elsewhere == [(tampere, "Girona")]
    assert not Invitation.objects.exists()
    assert "You take part for another city already" in Message.objects.get().text


def test_a_city_whose_delegation_was_deleted_can_be_accepted_again(tampere, academy, organiser, time_machine):
    decide("accepted", tampere, by=organiser)
    tell(time_machine)
    assert plan_decision(academy, "accepted", [tampere.pk], organiser).chosen == []
    Invitation.objects.all().delete()
    Delegation.objects.get().delete()
    tampere.refresh_from_db()

    assert plan_decision(academy, "accepted", [tampere.pk], organiser).chosen == [tampere]
    decide("accepted", tampere, by=organiser, reason="Deleted by mistake")

    tampere.refresh_from_db()
    assert tampere.delegation == Delegation.objects.get()


def test_cities_apply_until_all_decisions_are_told(tampere, academy, organiser, time_machine):
    decide("declined", tampere, by=organiser)
    with refused("decisions_untold"):
        check_told(academy)

    tell(time_machine)
    check_told(academy)


def test_declining_one_of_two_of_a_city_withdraws_only_its_invitation(tampere, academy, organiser, time_machine):
    twin = ApplicationFactory(edition=academy, city_name="Tampere", country="FI", contact__email="b@tampere.example")
    decide("accepted", tampere, by=organiser)
    decide("accepted", twin, by=organiser)
    tell(time_machine)
    tampere.refresh_from_db()

    plan = plan_decision(academy, "declined", [tampere.pk], organiser)
    decide("declined", tampere, by=organiser, reason="Withdrew")

    assert (plan.ending, plan.can_be_undone) == ([], False)
    assert Delegation.objects.get().coordinator_email == "b@tampere.example"
    assert not Invitation.objects.unused().exists()


def test_where_nobody_can_be_invited_the_invitation_comes_later(tampere, academy, organiser, time_machine):
    academy.registration_opens_at = None
    academy.save()

    decide("accepted", tampere, by=organiser)
    tell(time_machine)

    assert not Invitation.objects.exists()
    assert "as soon as people can register" in Message.objects.get().text


def test_a_decision_is_undone_until_its_email_leaves(tampere, organiser, time_machine):
    (decision,) = decide("accepted", tampere, by=organiser)

    assert undo_decision(decision=decision, by=organiser)
    assert not undo_decision(decision=decision, by=organiser)
    assert tell(time_machine) == 0

    tampere.refresh_from_db()
    assert (tampere.state, tampere.delegation) == ("submitted", None)
    assert not Delegation.objects.exists()
    assert not Message.objects.exists()
    (decision,) = decide("declined", tampere, by=organiser)
    tell(time_machine)
    assert not undo_decision(decision=decision, by=organiser)


def test_another_decision_takes_the_place_back_unless_people_take_part(tampere, organiser, time_machine):
    decide("accepted", tampere, by=organiser)
    tell(time_machine)
    tampere.refresh_from_db()
    person = ParticipantFactory(delegation=tampere.delegation)

    with pytest.raises(ProgrammeError) as refused:
        decide("declined", tampere, by=organiser, reason="Withdrew")
    person.delete()
    decide("declined", tampere, by=organiser, reason="Withdrew")

    assert refused.value.code == "city_takes_part"
    assert not Delegation.objects.exists()
    assert [it.outcome for it in tampere.decisions.all()] == ["declined", "accepted"]


def test_a_place_is_not_taken_back_with_what_the_city_has_written(tampere, organiser, time_machine):
    decide("accepted", tampere, by=organiser)
    tell(time_machine)
    tampere.refresh_from_db()
    part = PartFactory(plan=ActionPlanFactory(delegation=tampere.delegation))

    with pytest.raises(ProgrammeError) as refused:
        decide("declined", tampere, by=organiser, reason="Withdrew")

    assert refused.value.code == "city_has_written"
    assert part.versions.exists()


def test_nothing_is_decided_if_one_has_changed_meanwhile(tampere, academy, organiser):
    other = ApplicationFactory(edition=academy, state="withdrawn")

    with pytest.raises(NotAsReadError):
        decide("declined", tampere, other, by=organiser)
    with pytest.raises(NotAsReadError):
        decide_applications(edition=academy, outcome="declined", seen={tampere.pk: "waiting"}, by=organiser)

    assert not ApplicationDecision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_organisers_who_accept_at_once_make_one_delegation(tampere, academy):
    twin = ApplicationFactory(edition=academy, city_name="tampere", country="FI")
    people = [UserFactory(is_staff=True, is_superuser=True) for _number in range(4)]

    def accept(number):
        try:
            return len(decide("accepted", (tampere, twin)[number % 2], by=people[number]))
        except NotAsReadError:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        n_made = sum(pool.map(accept, range(4)))

    assert n_made == 2
    assert ApplicationDecision.objects.count() == 2
    assert Delegation.objects.count() == City.objects.count() == 1


def test_who_has_a_conflict_neither_scores_nor_decides_nor_sees_the_scores(tampere, academy, organiser):
    criterion = CriterionFactory(edition=academy)
    colleague = UserFactory(is_staff=True)
    save_scores(application=tampere, points={criterion.pk: 5}, by=organiser)
    save_scores(application=tampere, points={criterion.pk: 1}, by=colleague)

    declare_conflict(application=tampere, reason="I worked there", by=organiser)

    (listed,) = applications_seen_by(academy, organiser)
    (seen,) = applications_seen_by(academy, colleague)
    assert (listed.mean, listed.n_scorers, listed.rank) == (None, 0, None)
    assert (seen.mean, seen.n_scorers) == (Decimal("1.00"), 1)
    with pytest.raises(ProgrammeError) as refused:
        save_scores(application=tampere, points={criterion.pk: 5}, by=organiser)
    assert refused.value.code == "conflict_of_interest"
    with pytest.raises(NotAsReadError):
        decide("accepted", tampere, by=organiser)
    conflict = ApplicationConflict.objects.get()
    with pytest.raises(ProgrammeError):
        lift_conflict(conflict=conflict, by=organiser)
    assert lift_conflict(conflict=conflict, by=colleague)


def test_who_has_a_conflict_neither_undoes_nor_notes(tampere, organiser):
    (decision,) = decide("declined", tampere, by=UserFactory(is_staff=True))
    declare_conflict(application=tampere, reason="I worked there", by=organiser)

    for refuse in (
        lambda: undo_decision(decision=decision, by=organiser),
        lambda: add_note(application=tampere, text="Strong", by=organiser),
    ):
        with pytest.raises(ProgrammeError) as refused:
            refuse()
        assert refused.value.code == "conflict_of_interest"
    assert tampere.decisions.untold().exists()
    assert not tampere.notes.exists()


def test_who_applied_for_the_city_has_a_conflict(tampere, academy, organiser):
    criterion = CriterionFactory(edition=academy)
    own = ApplicationFactory(edition=academy, city_name="TAMPERE", country="FI", contact=organiser)
    elsewhere = ApplicationFactory(edition=academy, city_name="Tampere", country="ES")

    for it in (tampere, own):
        with pytest.raises(ProgrammeError):
            save_scores(application=it, points={criterion.pk: 5}, by=organiser)
        with pytest.raises(NotAsReadError):
            decide("accepted", it, by=organiser)
    save_scores(application=elsewhere, points={criterion.pk: 5}, by=organiser)

    seen = {it.application.pk for it in applications_seen_by(academy, organiser) if it.application.has_conflict}
    assert seen == {tampere.pk, own.pk}


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_database_means_what_the_rule_means(data, academy, tampere, organiser):
    ApplicationScore.objects.all().delete()
    academy.criteria.all().delete()
    weights = data.draw(st.lists(st.integers(0, 7), min_size=1, max_size=4))
    criteria = [CriterionFactory(edition=academy, weight=it) for it in weights]
    scorers = [organiser, UserFactory(is_staff=True)]
    given_points = [
        Points(scorer.pk, criterion.pk, points)
        for scorer in scorers
        for criterion in criteria
        if (points := data.draw(st.none() | st.integers(0, 5))) is not None
    ]
    for it in given_points:
        ScoreFactory(application=tampere, criterion_id=it.criterion, scorer_id=it.scorer, points=it.points, scorer=None)

    (listed,) = applications_seen_by(academy, organiser)

    assert listed.mean == mean_of(given_points, {it.pk: it.weight for it in criteria})
    counted = {it.scorer for it in given_points if next(c for c in criteria if c.pk == it.criterion).weight}
    assert listed.n_scorers == len(counted)


def test_criteria_with_scores_stay(tampere, academy, organiser):
    save_criteria(edition=academy, rows=[CriterionRow(None, "Need", 2), CriterionRow(None, "Team", 1)], by=organiser)
    need, team = academy.criteria.all()
    save_scores(application=tampere, points={need.pk: 3}, by=organiser)

    with pytest.raises(ProgrammeError) as refused:
        save_criteria(edition=academy, rows=[CriterionRow(team.pk, "Team", 1)], by=organiser)
    save_criteria(edition=academy, rows=[CriterionRow(need.pk, "Need", 0)], by=organiser)

    assert refused.value.code == "criterion_with_scores"
    assert list(academy.criteria.values_list("name", "weight")) == [("Need", 0)]


def test_what_came_to_nothing_is_emptied_with_its_history(tampere, academy, organiser, time_machine):
    add_note(application=tampere, text="A private thought", by=organiser)
    decide("declined", tampere, by=organiser, text="Sorry, Aino", reason="Too late")
    tell(time_machine)
    assert empty_applications() == 0

    time_machine.move_to(timezone.now() + dt.timedelta(days=182))
    assert empty_applications() == 1
    assert empty_applications() == 0

    tampere.refresh_from_db()
    decision = tampere.decisions.get()
    assert (tampere.contact, tampere.state, str(tampere)) == (None, "declined", "Tampere (FI)")
    assert (decision.text, decision.reason, decision.decided_by) == ("", "", organiser)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM programme_applicationnoteevent")
        assert cursor.fetchone() == (0,)
    assert Application.objects.count() == 1
