"""What one statement does must be what the long way does, or nothing at all."""

import datetime as dt
import threading
import uuid

import pghistory
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from attendance.access import attended_session
from attendance.actions.actual_times import correct_taught_time
from attendance.actions.decisions import decide
from attendance.actions.evidence import Scan, _check_in, _scanned, check_in, check_in_at_once, record_join, retract
from attendance.actions.first_evidence import add_first
from attendance.models import Attendance, Evidence
from attendance.rules.attendance import Answer, Outcome
from programme.actions.registrations import withdraw
from programme.actions.sessions import cancel_session
from programme.models import Edition, Session
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import TrackFactory
from tests.threads import in_threads

MINUTE = dt.timedelta(minutes=1)
RESTS_ON = ("kind", "observed_at", "ended_at", "by", "device_at", "note", "edition", "session", "report", "retracts")
FOLLOWS = ("status", "source", "minutes", "arrived_at", "edition", "session")


@pytest.fixture
def bo(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Bo Berg")


@pytest.fixture
def known(running):
    """The session as pages read it: they keep it, and know of which version it is."""
    return attended_session(running.edition, running.slug)


@pytest.fixture
def parallel(running):
    """It is one of a track now."""
    running.track = TrackFactory(edition=running.edition)
    running.save()
    return attended_session(running.edition, running.slug)


def scan():
    return Scan(uuid.uuid4())


def at_once(participant, session, by, made=None):
    return check_in_at_once(person=participant.pk, session=session, scan=made or scan(), by=by)


def recorded(participant):
    return (
        Evidence.objects.filter(participant=participant).values_list(*RESTS_ON).get(),
        Attendance.objects.filter(participant=participant).values_list(*FOLLOWS).get(),
    )


def nothing_is_recorded():
    return not Evidence.objects.exists() and not Attendance.objects.exists()


# The same as the long way


@pytest.mark.parametrize("minutes", [-60, -1, 0, 14, 15, 16, 30, 59])
def test_a_check_in_is_what_the_long_way_makes_of_it(running, ana, bo, desk, minutes):
    moment = timezone.now()
    running.starts_at, running.ends_at = moment - minutes * MINUTE, moment + (60 - minutes) * MINUTE
    running.save()
    known, clock = attended_session(running.edition, running.slug), dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
    made = [Scan(uuid.uuid4(), made_at=clock, sent_at=clock) for _ in range(2)]
    pieces = [_scanned(it.pk, one, desk) for it, one in zip((ana, bo), made, strict=True)]
    for piece in pieces:
        piece.observed_at = moment

    assert add_first(pieces[0], known)
    _check_in(bo, running, pieces[1], is_anyway=False)

    assert recorded(ana) == recorded(bo)
    assert Evidence.objects.get(participant=ana).scan_id == made[0].scan_id


def test_joining_is_what_the_long_way_makes_of_it(running, known, ana, bo, django_assert_num_queries):
    with django_assert_num_queries(1):
        piece = record_join(participant=ana, session=known, by=ana.user)
    record_join(participant=bo, session=running, by=ana.user)

    (seen, follows), (seen_too, follows_too) = recorded(ana), recorded(bo)
    assert piece == Evidence.objects.get(participant=ana)
    assert (seen[0], *seen[2:]) == (seen_too[0], *seen_too[2:])
    assert (follows[:3], follows[4:]) == (follows_too[:3], follows_too[4:])


def test_the_door_hears_all_that_it_says_in_one_statement(known, ana, desk, django_assert_num_queries):
    with django_assert_num_queries(1):
        verdict = at_once(ana, known, desk)
        said = str(verdict.participant), str(verdict.participant.delegation), verdict.participant.expo_pass

    assert said == ("Ana Anaya", str(ana.delegation), "not_asked")
    assert (verdict.answer, verdict.participant, verdict.held_in) == (Answer.CHECKED_IN, ana, [])
    assert (verdict.is_new, verdict.evidence) == (True, Evidence.objects.get())


def test_somebody_without_a_name_is_called_by_their_address(known, ana, desk):
    ana.user.name = ""
    ana.user.save()

    assert str(at_once(ana, known, desk).participant) == ana.user.email


def test_history_says_whose_doing_it_was(known, ana, bo, desk):
    with pghistory.context(url="/check-in/"):
        at_once(ana, known, desk)
    record_join(participant=bo, session=known, by=bo.user)

    events = apps.get_model("attendance", "AttendanceEvent").objects.order_by("pgh_id")
    found = events.values_list("pgh_label", "participant", "pgh_context__metadata")
    assert list(found) == [
        ("insert", ana.pk, {"url": "/check-in/", "user": desk.pk}),
        ("insert", bo.pk, {"user": bo.user.pk}),
    ]


def test_a_session_of_a_track_takes_those_with_a_seat_in_it(parallel, ana, bo, desk):
    SeatFactory(participant=ana, session=parallel)
    SeatFactory(participant=bo, session=parallel, state="waiting")

    assert at_once(ana, parallel, desk).held_in == [parallel.pk]
    assert at_once(bo, parallel, desk) is None
    assert Evidence.objects.get().participant == ana


# Nothing at all


def test_what_speaks_against_it(running, known, ana, desk):
    changes = {
        "withdrawn": lambda: withdraw(participant=ana, by=ana.user),
        "cancelled": lambda: cancel_session(session=Session.objects.get(pk=running.pk), by=desk),
        "unpublished": lambda: Session.objects.filter(pk=running.pk).update(is_published=False),
        "moved": lambda: Session.objects.filter(pk=running.pk).update(ends_at=running.ends_at + MINUTE),
        "other rules": lambda: Edition.objects.filter(pk=running.edition_id).update(attendance_share=90),
        "taught at another time": lambda: correct_taught_time(
            session=running, starts_at=running.starts_at, ends_at=running.ends_at + MINUTE, reason="So it was", by=desk
        ),
    }
    for word, change in changes.items():
        undo = transaction.savepoint()
        change()

        assert at_once(ana, known, desk) is None, word
        assert nothing_is_recorded(), word
        transaction.savepoint_rollback(undo)
    assert at_once(ana, known, desk)


def test_whom_it_does_not_know(known, desk):
    stranger = ParticipantFactory()

    assert at_once(stranger, known, desk) is None
    assert check_in_at_once(person=stranger.pk + 1, session=known, scan=scan(), by=desk) is None
    assert check_in_at_once(person=None, session=known, scan=scan(), by=desk) is None
    assert nothing_is_recorded()


@pytest.mark.parametrize("what", ["checked in", "joined", "decided", "taken back", "looked at"])
def test_of_whom_something_is_recorded_the_long_way_decides(running, known, ana, desk, organiser, what):
    if what == "decided":
        decide(cells=[(ana, running)], outcome=Outcome.ABSENT, reason="Seen elsewhere", by=organiser)
    elif what == "joined":
        record_join(participant=ana, session=running, by=ana.user)
    elif what == "looked at":
        Attendance.objects.create(participant=ana, session=running)
    else:
        piece = check_in(person=ana.pk, session=running, scan=scan(), by=desk).evidence
        if what == "taken back":
            retract(evidence=piece, reason="The wrong badge", by=desk)
    before = Evidence.objects.count(), Attendance.objects.values_list(*FOLLOWS).get()

    assert at_once(ana, known, desk) is None
    assert (Evidence.objects.count(), Attendance.objects.values_list(*FOLLOWS).get()) == before


def test_a_scan_that_was_uploaded_about_somebody_else(known, ana, bo, desk):
    made = scan()
    at_once(ana, known, desk, made)

    assert at_once(bo, known, desk, made) is None
    assert Attendance.objects.get().participant == ana


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_door_that_is_closed_asks_nothing(running, ana, desk, hours, django_assert_num_queries):
    for name in ("starts_at", "ends_at"):
        setattr(running, name, getattr(running, name) + dt.timedelta(hours=hours))
    running.save()
    known = attended_session(running.edition, running.slug)

    with django_assert_num_queries(0):
        assert at_once(ana, known, desk) is None


def test_a_session_of_which_no_version_is_known(running, ana, desk):
    assert at_once(ana, running, desk) is None
    assert nothing_is_recorded()


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_many_scans_of_one_person_check_in_once(known, ana, organiser):
    outcomes = in_threads([lambda: at_once(ana, known, organiser)] * 8)

    assert sorted(it is None for it in outcomes) == [False] + [True] * 7
    assert Evidence.objects.get().participant == ana


@pytest.mark.django_db(transaction=True)
def test_one_scan_of_two_people_checks_one_in(known, ana, bo, organiser):
    made = scan()

    outcomes = in_threads([lambda it=it: at_once(it, known, organiser, made) for it in (ana, bo)])

    assert sorted(it is None for it in outcomes) == [False, True]
    assert Attendance.objects.get().participant == Evidence.objects.get().participant


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def while_it_moves(running, task):
    """Run the task while a transaction has moved the session and is not through: what the task returned afterwards."""
    found = []
    waiting = threading.Thread(target=lambda: found.extend(in_threads([task])))
    with transaction.atomic():
        running.ends_at += 60 * MINUTE
        running.save()
        waiting.start()
        until = timezone.now() + dt.timedelta(seconds=10)
        while not somebody_waits():
            assert timezone.now() < until, "nobody waits"
    waiting.join()
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_a_session_that_moves_goes_by_its_new_times(running, known, ana, organiser):
    made = scan()

    assert while_it_moves(running, lambda: at_once(ana, known, organiser, made)) is None
    assert nothing_is_recorded()
    assert check_in(person=ana.pk, session=known, scan=made, by=organiser).is_new


@pytest.mark.django_db(transaction=True)
def test_without_a_look_at_the_version_it_would_go_by_the_old_ones(running, known, ana, organiser):
    """The negative control: the same statement, but of whatever version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('attendance_add_first'::regproc)")
        (function,) = cursor.fetchone()
        careless = function.replace("AND concat_ws('/', s.id, s.xmin, s.ctid) = session_version", "")
        careless = careless.replace("AND concat_ws('/', e.id, e.xmin, e.ctid) = edition_version", "")
        assert careless != function
        cursor.execute(careless)
        try:
            verdict = while_it_moves(running, lambda: at_once(ana, known, organiser))
        finally:
            cursor.execute(function)

    assert verdict.is_new
