import datetime as dt
import uuid

import pytest
from django.utils import timezone

from attendance.actions.attendances import recompute, recompute_session
from attendance.actions.check_ins import Scan, check_in
from attendance.actions.decisions import decide, undo
from attendance.actions.evidence import record_join
from attendance.actions.locks import lock_attendances
from attendance.models import Attendance
from attendance.queries import changes
from programme.models import Edition
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, ParticipantFactory

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def people(running):
    city = DelegationFactory(edition=running.edition)
    return [ParticipantFactory(delegation=city, user__name=f"Person {n}") for n in range(3)]


def changes_of(session, moment=LONG_AGO):
    return [
        (str(change.participant), str(change.session), change.before, change.after, change.source, change.by)
        for change in changes.since(session.edition, moment)
    ]


def test_a_click_is_a_change_by_who_clicked(running, people):
    record_join(participant=people[0], session=running, by=people[0].user)

    assert changes_of(running) == [("Person 0", "Peer-learning", "–", "here so far", "join click", "Person 0")]


def test_decisions_are_changes_by_who_decided_the_last_first(running, people, organiser):
    cell = [(people[0], running)]
    batch, _n = decide(cells=cell, outcome="counts", reason="Nearly all of it", by=organiser)
    decide(cells=cell, outcome="absent", reason="No, another one", by=organiser)

    undo(batch=batch, by=organiser)  # stays: it was decided anew

    assert changes_of(running) == [
        ("Person 0", "Peer-learning", "partly present, counts", "absent", "decision", "Olga Organiser"),
        ("Person 0", "Peer-learning", "–", "partly present, counts", "decision", "Olga Organiser"),
    ]


def test_what_is_lifted_is_a_change_to_nothing(running, people, organiser):
    batch, _n = decide(cells=[(people[0], running)], outcome="absent", reason="Not there", by=organiser)

    undo(batch=batch, by=organiser)

    assert changes_of(running)[0] == ("Person 0", "Peer-learning", "absent", "–", "", "Olga Organiser")


def test_what_changes_no_status_is_no_change(running, people):
    record_join(participant=people[0], session=running, by=people[0].user)
    before = changes_of(running)

    Attendance.objects.update(minutes=5)
    recompute_session(running)
    record_join(participant=people[0], session=running, by=people[0].user)

    assert changes_of(running) == before


def test_a_row_that_says_nothing_is_no_change(running, people):
    Attendance.objects.create(participant=people[0], session=running)

    assert changes_of(running) == []


def test_new_rules_are_changes(over):
    person = ParticipantFactory(delegation__edition=over.edition, user__name="Person 0")
    late = over.starts_at + dt.timedelta(minutes=10)  # of sixty
    EvidenceFactory(participant=person, session=over, observed_at=late)
    recompute(lock_attendances([(person, over)]))
    edition = Edition.objects.get(pk=over.edition_id)
    edition.attendance_share, edition.late_tolerance_minutes = 100, 0
    edition.save()

    assert changes_of(over)[0][:5] == (
        "Person 0",
        "From challenge to use case",
        "present",
        "partly present",
        "door scan",
    )


def test_before_the_end_what_evidence_changes_is_no_change_of_the_word(running, people, desk):
    record_join(participant=people[0], session=running, by=people[0].user)

    check_in(person=people[0].pk, session=running, scan=Scan(uuid.uuid4()), by=desk)

    assert [it[2:5] for it in changes_of(running)] == [("–", "here so far", "join click")]


def test_changes_of_other_editions_are_left_out(running, people, session):
    record_join(participant=people[0], session=running, by=people[0].user)

    assert changes_of(session) == []


@pytest.mark.django_db(transaction=True)
def test_changes_are_those_since_a_moment_with_what_was_before_it(running, people, organiser):
    decide(cells=[(people[0], running)], outcome="absent", reason="Not there", by=organiser)
    moment = timezone.now()
    decide(cells=[(people[0], running)], outcome="present", reason="At the back", by=organiser)

    assert [it[2:4] for it in changes_of(running, moment)] == [("absent", "present")]
    assert changes_of(running, timezone.now()) == []
    assert len(changes_of(running)) == 2


def test_the_last_ones_are_told_when_there_are_too_many(running, people, organiser, monkeypatch):
    monkeypatch.setattr(changes, "MOST", 2)
    for participant in people:
        decide(cells=[(participant, running)], outcome="absent", reason="Not there", by=organiser)

    assert [it[0] for it in changes_of(running)] == ["Person 2", "Person 1"]


def test_telling_costs_the_same_for_one_and_for_many(running, people, organiser, django_assert_num_queries):
    decide(cells=[(people[0], running)], outcome="absent", reason="Not there", by=organiser)
    with django_assert_num_queries(4):
        assert len(changes_of(running)) == 1

    for participant in people:
        record_join(participant=participant, session=running, by=participant.user)
    with django_assert_num_queries(4):
        assert len(changes_of(running)) == 3
