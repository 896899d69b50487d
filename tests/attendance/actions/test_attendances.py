import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.actions import attendances, locks
from attendance.actions.attendances import recompute_edition, recompute_session
from attendance.actions.check_ins import Scan, check_in
from attendance.actions.decisions import decide
from attendance.actions.evidence import record_join
from attendance.actions.excuses import approve_excuse, ask_excuse
from attendance.actions.locks import lock_attendances
from attendance.models import Attendance
from attendance.queries.attendance_records import is_of_any
from programme.actions.sessions import postpone_session, save_session
from programme.models import Edition, Session
from programme.programme_files.dump import dump_programme
from programme.programme_files.load import load_programme
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def arrive(session, participant):
    """Somebody comes through the door so many minutes after the start."""

    def make(minutes, participant=participant):
        EvidenceFactory(participant=participant, session=session, observed_at=session.starts_at + minutes * MINUTE)
        with transaction.atomic():
            attendances.recompute(lock_attendances([(participant, session)]))

    return make


def statuses():
    return list(Attendance.objects.order_by("participant_id").values_list("status", flat=True))


def move(session, minutes):
    session.starts_at += minutes * MINUTE
    session.ends_at += minutes * MINUTE
    session.save()


# In step


def test_moving_a_session_recomputes(session, arrive):
    arrive(30)
    assert statuses() == ["partial"]

    move(session, 30)

    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.arrived_at) == ("present", session.starts_at)


def test_moving_a_session_away_and_back_changes_nothing(session, arrive):
    arrive(5)
    before = Attendance.objects.values(*attendances.COMPUTED).get()

    move(session, 24 * 60)
    assert statuses() == [""]
    move(session, -24 * 60)

    assert Attendance.objects.values(*attendances.COMPUTED).get() == before


def test_a_session_without_a_day_has_no_attendance_but_what_was_decided(session, participant, arrive, organiser):
    other = ParticipantFactory(delegation=participant.delegation)
    arrive(5)
    decide(cells=[(other, session)], outcome="excused", reason="Ill", by=organiser)

    postpone_session(session=session, date_hint="December", by=organiser)

    assert statuses() == ["", "excused"]


def test_postponing_and_loading_a_file_recompute_as_saving_does(session, arrive, organiser):
    arrive(5)
    document = dump_programme(edition=session.edition)
    postpone_session(session=session, new_day=dt.date(2025, 9, 26), by=organiser)
    assert statuses() == [""]

    load_programme(document=document, by=organiser)

    assert statuses() == ["present"]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"attendance_share": 67}, "partial"),
        ({"attendance_share": 66}, "present"),
        ({"late_tolerance_minutes": 30}, "present"),
        ({"late_tolerance_minutes": 29}, "partial"),
        ({"name": "Another"}, "partial"),
    ],
)
def test_changing_the_editions_rules_recomputes(session, arrive, values, status):
    arrive(30)  # sixty of ninety minutes are left
    assert statuses() == ["partial"]

    edition = Edition.objects.get(pk=session.edition_id)
    for name, value in values.items():
        setattr(edition, name, value)
    edition.save()

    assert statuses() == [status]


def queries_about_attendance(instance, **changed):
    """Save with these values; how many queries ask for attendance."""
    for name, value in changed.items():
        setattr(instance, name, value)
    with CaptureQueriesContext(connection) as asked:
        instance.save()
    return sum("attendance_attendance" in query["sql"] for query in asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attendance_share", 50),
        ("late_tolerance_minutes", 30),
        ("click_counts", "never"),
        ("join_opens_minutes", 5),
    ],
)
def test_a_rule_that_attendance_depends_on_recomputes_once(session, name, value):
    assert queries_about_attendance(session.edition, **{name: value}) > 0
    assert queries_about_attendance(session.edition, **{name: value}) == 0


def test_a_time_recomputes_once_and_nothing_else_does(session):
    later = {"starts_at": session.starts_at + MINUTE, "ends_at": session.ends_at + MINUTE}

    assert queries_about_attendance(session, **later) > 0
    assert queries_about_attendance(session, **later) == 0
    assert queries_about_attendance(session, title="Another", status="tentative", meeting_url="https://x.example/") == 0
    assert queries_about_attendance(session.edition, name="Another", attendance_rule="each_city") == 0


def test_a_save_of_other_fields_does_not_recompute(session, django_assert_num_queries):
    session.starts_at -= MINUTE
    session.title = "Another"

    with django_assert_num_queries(1):
        session.save(update_fields=["title"])


def test_changing_the_rules_leaves_other_editions_alone(session, arrive, open_edition):
    arrive(30)

    open_edition.attendance_share = 10
    open_edition.save()

    assert statuses() == ["partial"]


def test_changing_the_rules_overturns_no_decision(session, participant, arrive, organiser):
    arrive(30)
    decide(cells=[(participant, session)], outcome="absent", reason="Asleep", by=organiser)

    session.edition.attendance_share = 10
    session.edition.save()

    assert statuses() == ["absent"]


def test_recomputing_changes_nothing(session, participant, arrive, organiser):
    people = ParticipantFactory.create_batch(2, delegation=participant.delegation)
    arrive(5)
    excuse = ask_excuse(participant=people[0], session=session, kind="excuse", reason="Ill", by=people[0].user)
    approve_excuse(excuse=excuse, by=organiser)
    decide(cells=[(people[1], session)], outcome="absent", reason="Not there", by=organiser)
    before = list(Attendance.objects.order_by("pk").values())

    assert [recompute_session(session), recompute_edition(session.edition)] == [0, 0]

    assert list(Attendance.objects.order_by("pk").values()) == before


def test_saving_a_session_again_changes_nothing(session, arrive):
    arrive(5)
    before = Attendance.objects.values().get()

    session.title = "Peers who learn"
    session.save()

    assert Attendance.objects.values().get() == before


def test_what_was_written_by_hand_is_put_right(session, arrive):
    arrive(30)
    Attendance.objects.update(status="present", source="report", minutes=90)

    assert recompute_session(session) == 1

    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.source, attendance.minutes) == ("partial", "door", 0)


# Locking


def test_locking_makes_what_is_missing_once(session, participant, arrive):
    other = ParticipantFactory(delegation=participant.delegation)
    arrive(5)

    with transaction.atomic():
        locked = lock_attendances([(other, session), (participant, session), (other, session)])

    assert [it.participant for it in locked] == [participant, other]
    assert statuses() == ["present", ""]


def test_locking_takes_the_cells_that_were_asked_for_only(session, participant):
    later = SessionFactory(edition=session.edition)
    other = ParticipantFactory(delegation=participant.delegation)
    for cell in [(participant, later), (other, session)]:
        Attendance.objects.create(participant=cell[0], session=cell[1])

    with transaction.atomic():
        locked = lock_attendances([(participant, session), (other, later)])

    assert [(it.participant, it.session) for it in locked] == [(participant, session), (other, later)]


def test_locking_nothing_makes_nothing(db):
    with transaction.atomic():
        assert lock_attendances([]) == []


# One edition


def test_somebody_of_another_edition_is_refused(session, fire_deferred_triggers):
    Attendance.objects.create(participant=ParticipantFactory(), session=session)

    with pytest.raises(IntegrityError, match="attendance_attendance_participant_id_same_edition"):
        fire_deferred_triggers()


def test_a_session_of_another_edition_is_refused(session, fire_deferred_triggers):
    stranger = ParticipantFactory()
    Attendance.objects.create(participant=stranger, session=session, edition=stranger.edition)

    with pytest.raises(IntegrityError, match="attendance_attendance_session_id_same_edition"):
        fire_deferred_triggers()


def test_a_decision_about_somebody_of_another_edition_is_refused(session, participant, organiser):
    cells = [(participant, session), (ParticipantFactory(), session)]

    with refused("other_edition"):
        decide(cells=cells, outcome="present", reason="Seen", by=organiser)

    assert not Attendance.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_joining_a_session_of_another_edition_leaves_no_trace(running):
    stranger = ParticipantFactory()

    with refused("other_edition"):
        record_join(participant=stranger, session=running, by=stranger.user)

    assert not Attendance.objects.exists()


def test_thousands_are_looked_up_and_not_joined_one_with_another(session, participant):
    """PostgreSQL expects nobody in a session that nobody has attended, and would join all with all."""
    Attendance.objects.create(participant=participant, session=session)
    numbers = [participant.pk, *range(10**6, 10**6 + 8000)]

    rows = Attendance.objects.filter(is_of_any(numbers), session=session)

    assert [it.participant_id for it in rows] == [participant.pk]
    assert "Loop" not in rows.explain()
    assert not Attendance.objects.filter(is_of_any([])).exists()


def test_there_is_one_attendance_of_a_person_and_a_session(session, participant):
    Attendance.objects.create(participant=participant, session=session)

    with pytest.raises(IntegrityError, match="attendance_once"):
        Attendance.objects.create(participant=participant, session=session)


# Queries


def test_recomputing_costs_the_same_for_one_and_for_thirty(session, participant, arrive, django_assert_num_queries):
    n_queries = 8  # a savepoint and its end, the rows, four to read, one to write
    arrive(30)
    Attendance.objects.update(status="")
    with django_assert_num_queries(n_queries):
        recompute_session(session)

    for one in ParticipantFactory.create_batch(30, delegation=DelegationFactory(edition=session.edition, quota=30)):
        arrive(30, one)
    Attendance.objects.update(status="")
    with django_assert_num_queries(n_queries):
        recompute_session(session)
    assert statuses() == ["partial"] * 31


def test_recomputing_an_edition_costs_the_same_for_one_session_and_for_five(
    session, participant, arrive, django_assert_num_queries
):
    n_queries = 8
    arrive(30)
    Attendance.objects.update(status="")
    with django_assert_num_queries(n_queries):
        recompute_edition(session.edition)

    for n in range(1, 5):
        starts_at = session.starts_at + n * dt.timedelta(days=7)
        later = SessionFactory(
            edition=session.edition, status="confirmed", starts_at=starts_at, ends_at=starts_at + 60 * MINUTE
        )
        EvidenceFactory(participant=participant, session=later, observed_at=starts_at)
        Attendance.objects.create(participant=participant, session=later)
    Attendance.objects.update(status="")
    with django_assert_num_queries(n_queries):
        recompute_edition(session.edition)
    assert sorted(statuses()) == ["partial"] + ["present"] * 4


# At once


@pytest.fixture
def crowd(open_edition):
    """Twelve people of four cities."""
    cities = [DelegationFactory(edition=open_edition) for _ in range(4)]
    return [ParticipantFactory(delegation=city) for city in cities for _ in range(3)]


@pytest.mark.django_db(transaction=True)
def test_evidence_while_the_session_moves_is_in_step_in_the_end(running, crowd, organiser):
    """Late by the plan, in time by the new one, whoever comes first."""
    later = Session.objects.get(pk=running.pk)
    later.starts_at, later.ends_at = timezone.now() - MINUTE, timezone.now() + 60 * MINUTE
    Session.objects.filter(pk=running.pk).update(starts_at=timezone.now() - 45 * MINUTE)
    running.refresh_from_db()

    outcomes = in_threads(
        [
            *(lambda it=it: record_join(participant=it, session=running, by=it.user) for it in crowd[:6]),
            lambda: save_session(session=later, by=organiser),
            *(
                lambda person=person: check_in(person=person.pk, session=running, scan=Scan(uuid.uuid4()), by=organiser)
                for person in crowd[6:]
            ),
        ]
    )

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert statuses() == ["clicked"] * 6 + ["present"] * 6
    assert recompute_session(later) == 0


@pytest.mark.django_db(transaction=True)
def test_evidence_while_the_rules_change_is_in_step_in_the_end(running, crowd, organiser):
    Session.objects.filter(pk=running.pk).update(starts_at=timezone.now() - 45 * MINUTE)
    edition = Edition.objects.get(pk=running.edition_id)
    edition.attendance_share = 10

    outcomes = in_threads(
        [
            *(lambda it=it: record_join(participant=it, session=running, by=it.user) for it in crowd),
            edition.save,
            lambda: decide(cells=[(it, running) for it in crowd[:2]], outcome="absent", reason="Not", by=organiser),
        ]
    )

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert statuses() == ["absent"] * 2 + ["clicked"] * 10
    assert recompute_edition(edition) == 0


@pytest.mark.django_db(transaction=True)
def test_evidence_while_the_session_moves_without_the_lock_is_out_of_step(running, ana, monkeypatch):
    """The negative control: the session moves after its times were read and before what follows is written."""
    later = Session.objects.get(pk=running.pk)
    later.starts_at, later.ends_at = (it - dt.timedelta(days=1) for it in (running.starts_at, running.ends_at))
    has_read, has_moved, copy_finding = threading.Event(), threading.Event(), attendances.copy_finding

    def copy_once_it_has_moved(row, finding):
        has_read.set()
        assert has_moved.wait(timeout=30)
        return copy_finding(row, finding)

    def move_once_it_was_read():
        assert has_read.wait(timeout=30)
        later.save()
        has_moved.set()

    monkeypatch.setattr(locks, "LOCK", locks.LOCK.replace("FOR SHARE", ""))
    monkeypatch.setattr(attendances, "copy_finding", copy_once_it_has_moved)

    outcomes = in_threads([lambda: record_join(participant=ana, session=running, by=ana.user), move_once_it_was_read])

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert statuses() == ["clicked"]
    assert recompute_session(later) == 1
    assert statuses() == [""]
