import datetime as dt

import pytest
from django.db import IntegrityError

from attendance.actions.actual_times import correct_actual_time, drop_actual_time, rehearse_actual_time
from attendance.actions.attendances import recompute_session
from attendance.actions.decisions import decide
from attendance.models import ActualTime, Attendance
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.refusals import refused
from tests.threads import in_threads

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def people(session, organiser):
    """Of ninety minutes planned: present for 80, partly present for 60, present by decision."""
    delegation = DelegationFactory(edition=session.edition)
    people = [ParticipantFactory(delegation=delegation) for _ in range(3)]
    for participant, minutes in zip(people, (80, 60, 60), strict=True):
        EvidenceFactory(
            participant=participant,
            session=session,
            kind="report",
            observed_at=session.starts_at,
            ended_at=session.starts_at + minutes * MINUTE,
        )
        Attendance.objects.create(participant=participant, session=session)
    decide(cells=[(people[2], session)], outcome="present", reason="Seen", by=organiser)
    recompute_session(session)
    return people


def taught(session, *, minutes=90, later=0, **more):
    starts_at = session.starts_at + later * MINUTE
    return {"session": session, "starts_at": starts_at, "ends_at": starts_at + minutes * MINUTE, **more}


def rows():
    return list(Attendance.objects.order_by("participant_id").values_list("status", "minutes"))


BEFORE = [("present", 80), ("partial", 60), ("present", 60)]


def test_attendance_is_measured_by_the_time_planned_while_nothing_else_is_said(people):
    assert rows() == BEFORE


def test_a_shorter_time_makes_present_and_says_whose_status_it_changed(session, people, organiser):
    changed = correct_actual_time(**taught(session, minutes=80), reason="Ended early", by=organiser)

    assert changed == {people[1].pk: ("partial", "present")}
    assert rows() == [("present", 80), ("present", 60), ("present", 60)]
    assert ActualTime.objects.get().reason == "Ended early"


def test_a_longer_time_makes_partial_and_overturns_no_decision(session, people, organiser):
    changed = correct_actual_time(**taught(session, minutes=120), reason="Went on", by=organiser)

    assert changed == {people[0].pk: ("present", "partial")}
    assert rows() == [("partial", 80), ("partial", 60), ("present", 60)]


def test_a_later_time_counts_only_what_was_within_it(session, people, organiser):
    correct_actual_time(**taught(session, later=30), reason="Began late", by=organiser)

    assert rows() == [("partial", 50), ("partial", 30), ("present", 30)]


def test_saying_the_same_again_changes_nothing(session, people, organiser):
    for expected in ({people[1].pk: ("partial", "present")}, {}):
        assert correct_actual_time(**taught(session, minutes=80), reason="Ended early", by=organiser) == expected

    assert ActualTime.objects.count() == 1


def test_another_correction_takes_the_place_of_the_one_before(session, people, organiser):
    correct_actual_time(**taught(session, minutes=80), reason="Ended early", by=organiser)

    changed = correct_actual_time(**taught(session), reason="No, as planned", by=organiser)

    assert changed == {people[1].pk: ("present", "partial")}
    assert rows() == BEFORE


def test_dropping_goes_back_to_the_plan(session, people, organiser):
    correct_actual_time(**taught(session, minutes=80), reason="Ended early", by=organiser)

    assert [drop_actual_time(session=session, by=organiser) for _ in range(2)] == [True, False]

    assert rows() == BEFORE
    assert not ActualTime.objects.exists()


def test_a_rehearsal_says_what_would_change_and_changes_nothing(session, people, organiser):
    assert rehearse_actual_time(**taught(session, minutes=80), by=organiser) == {people[1].pk: ("partial", "present")}

    assert rows() == BEFORE
    assert not ActualTime.objects.exists()


@pytest.mark.parametrize("minutes", [0, -1])
def test_what_ends_before_it_begins_is_refused(session, people, organiser, minutes):
    with refused("end_before_start"):
        correct_actual_time(**taught(session, minutes=minutes), reason="A slip", by=organiser)
    with refused("end_before_start"):
        rehearse_actual_time(**taught(session, minutes=minutes), by=organiser)

    assert rows() == BEFORE


def test_the_database_refuses_a_time_that_ends_before_it_begins(session):
    with pytest.raises(IntegrityError, match="actual_time_ends_after_it_starts"):
        ActualTime.objects.create(**taught(session, minutes=-1), reason="A slip")


def test_a_time_for_a_session_that_has_none_measures(edition, organiser, session, people):
    plan = taught(session)
    session.status, session.starts_at, session.ends_at, session.date_hint = "tentative", None, None, "In September"
    session.save()
    assert rows() == [("", 0), ("", 0), ("present", 0)]

    correct_actual_time(**(plan | {"session": session}), reason="It was then", by=organiser)

    assert rows() == BEFORE


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_end_as_one_of_them(session, people, organiser):
    outcomes = in_threads(
        [
            lambda minutes=minutes: correct_actual_time(
                **taught(session, minutes=minutes), reason="So long", by=organiser
            )
            for minutes in (80, 120)
        ]
    )

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert ActualTime.objects.count() == 1
    assert recompute_session(session) == 0


def test_a_correction_costs_the_same_for_three_and_for_thirty(session, people, organiser, django_assert_num_queries):
    n_queries = 22
    with django_assert_num_queries(n_queries):
        correct_actual_time(**taught(session, minutes=80), reason="Ended early", by=organiser)
    drop_actual_time(session=session, by=organiser)
    city = DelegationFactory(edition=session.edition, quota=30)
    cells = [(it, session) for it in ParticipantFactory.create_batch(30, delegation=city)]
    decide(cells=cells, outcome="absent", reason="Not there", by=organiser)

    with django_assert_num_queries(n_queries):
        correct_actual_time(**taught(session, minutes=80), reason="Ended early", by=organiser)
