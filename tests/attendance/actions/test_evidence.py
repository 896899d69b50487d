import datetime as dt
import threading
import uuid

import pghistory
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.actions import check_ins, evidence, locks
from attendance.actions.actual_times import correct_actual_time
from attendance.actions.attendances import recompute_session
from attendance.actions.check_ins import Scan, check_in
from attendance.actions.evidence import record_join, retract
from attendance.models import Attendance, Evidence
from attendance.queries.session_windows import door_window, join_window
from attendance.rules.check_in import ScanAnswer
from programme.actions.registrations import withdraw
from programme.actions.sessions import cancel_session
from programme.models import Participant, Session
from programme.rules.windows import Window
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def scan(**values):
    return Scan(uuid.uuid4(), **values)


def waited(minutes, clock=dt.datetime(1999, 1, 1, tzinfo=dt.UTC)):
    """A scan that was on a phone for so long; its clock is decades behind."""
    return scan(made_at=clock, sent_at=clock + minutes * MINUTE)


def status_of(participant):
    return tuple(Attendance.objects.values_list("status", "source").get(participant=participant))


def pieces():
    return list(Evidence.objects.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def bo(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Bo Berg")


@pytest.fixture
def ended(open_edition):
    """Core; it ended an hour ago, after an hour."""
    now = timezone.now()
    return SessionFactory(
        edition=open_edition,
        slug="ended",
        title="Ended",
        is_core=True,
        status="confirmed",
        meeting_url="https://meet.example/ended",
        starts_at=now - 120 * MINUTE,
        ends_at=now - 60 * MINUTE,
    )


@pytest.fixture
def parallel(tracks, running):
    """Two sessions of tracks that are on now, instead of the one for everybody."""
    starts_at, ends_at = running.starts_at, running.ends_at
    running.delete()
    sessions = [tracks["governance-morning"], tracks["technical-morning"]]
    for session in sessions:
        session.starts_at, session.ends_at = starts_at, ends_at
        session.meeting_url = "https://meet.example/track"
        session.save()
    return sessions


# Joining


@pytest.mark.parametrize(
    ("minutes", "join", "door"),
    [
        (-61, Window.NOT_YET, Window.NOT_YET),
        (-60, Window.NOT_YET, Window.OPEN),
        (-16, Window.NOT_YET, Window.OPEN),
        (-15, Window.OPEN, Window.OPEN),
        (89, Window.OPEN, Window.OPEN),
        (90, Window.OVER, Window.OVER),
    ],
)
def test_windows(session, minutes, join, door):
    now = session.starts_at + minutes * MINUTE

    assert join_window(session, now) == join
    assert door_window(session, now) == door


def test_windows_follow_the_edition(session):
    session.edition.join_opens_minutes = 30

    assert join_window(session, session.starts_at - 30 * MINUTE) == Window.OPEN
    assert join_window(session, session.starts_at - 31 * MINUTE) == Window.NOT_YET


@pytest.mark.parametrize(
    ("earlier", "longer", "opens", "closes"), [(30, 0, -45, 90), (0, 45, -15, 135), (-30, -30, -15, 90)]
)
def test_windows_are_of_the_plan_and_of_what_was_taught_whichever_is_longer(
    session, organiser, earlier, longer, opens, closes
):
    starts_at, ends_at = session.starts_at - earlier * MINUTE, session.ends_at + longer * MINUTE
    correct_actual_time(session=session, starts_at=starts_at, ends_at=ends_at, reason="So it was", by=organiser)
    session.refresh_from_db()

    assert join_window(session, session.starts_at + (opens - 1) * MINUTE) == Window.NOT_YET
    assert join_window(session, session.starts_at + opens * MINUTE) == Window.OPEN
    assert join_window(session, session.starts_at + (closes - 1) * MINUTE) == Window.OPEN
    assert join_window(session, session.starts_at + closes * MINUTE) == Window.OVER


def test_windows_of_a_session_without_a_time_are_unknown(edition):
    session = SessionFactory(edition=edition)

    assert join_window(session, timezone.now()) == Window.UNKNOWN


def test_joining_is_recorded_and_is_no_presence(running, ana):
    piece = record_join(participant=ana, session=running, by=ana.user)

    assert (piece.kind, piece.by, piece.edition) == ("join", ana.user, running.edition)
    assert status_of(ana) == ("clicked", "join")


def test_a_second_click_adds_nothing(running, ana):
    first, second = (record_join(participant=ana, session=running, by=ana.user) for _ in range(2))

    assert first == second
    assert pieces() == ["join"]


def test_a_click_after_one_that_was_taken_back_counts(running, ana, organiser):
    retract(evidence=record_join(participant=ana, session=running, by=ana.user), reason="A test", by=organiser)

    record_join(participant=ana, session=running, by=ana.user)

    assert pieces() == ["join", "retraction", "join"]
    assert status_of(ana) == ("clicked", "join")


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("cancelled", "session_cancelled"),
        ("over", "joining_closed"),
        ("too early", "joining_closed"),
        ("without a time", "joining_closed"),
        ("without a link", "meeting_link_missing"),
    ],
)
def test_joining_is_refused_and_records_nothing(running, ana, what, code):
    if what == "cancelled":
        running.status = "cancelled"
    elif what == "over":
        running.starts_at, running.ends_at = running.starts_at - 60 * MINUTE, timezone.now()
    elif what == "too early":
        running.starts_at = timezone.now() + 16 * MINUTE
    elif what == "without a time":
        running.status, running.starts_at, running.ends_at = "tentative", None, None
    else:
        running.meeting_url = ""
    running.save()

    with refused(code):
        record_join(participant=ana, session=running, by=ana.user)

    assert not Evidence.objects.exists()


def test_joining_a_parallel_session_needs_a_seat(parallel, ana):
    governance, technical = parallel
    SeatFactory(participant=ana, session=governance)

    record_join(participant=ana, session=governance, by=ana.user)
    with refused("no_seat"):
        record_join(participant=ana, session=technical, by=ana.user)

    assert Evidence.objects.get().session == governance


# What was seen before a session moved


def test_a_click_before_the_session_moved_does_not_stand_for_one_after(running, ana):
    EvidenceFactory(participant=ana, session=running, kind="join", observed_at=running.starts_at - dt.timedelta(days=1))

    record_join(participant=ana, session=running, by=ana.user)

    assert pieces() == ["join", "join"]
    assert status_of(ana) == ("clicked", "join")


def test_a_scan_before_the_session_moved_does_not_stand_for_one_after(running, ana, organiser):
    EvidenceFactory(participant=ana, session=running, kind="door", observed_at=running.starts_at - dt.timedelta(days=1))

    assert check_in(person=ana.pk, session=running, scan=scan(), by=organiser).answer is ScanAnswer.CHECKED_IN
    assert check_in(person=ana.pk, session=running, scan=scan(), by=organiser).answer is ScanAnswer.ALREADY
    assert status_of(ana) == ("present", "door")


# What a page knows may be older than what holds


def test_joining_a_session_cancelled_meanwhile_is_refused(running, ana, organiser):
    stale = Session.objects.get(pk=running.pk)
    cancel_session(session=running, by=organiser)

    with refused("session_cancelled"):
        record_join(participant=ana, session=stale, by=ana.user)

    assert pieces() == []


def test_joining_after_withdrawing_meanwhile_is_refused(running, ana):
    withdraw(participant=Participant.objects.get(pk=ana.pk), by=ana.user)

    with refused("not_registered"):
        record_join(participant=ana, session=running, by=ana.user)

    assert pieces() == []


def test_the_door_of_a_session_cancelled_meanwhile_is_closed(running, ana, organiser):
    stale = Session.objects.get(pk=running.pk)
    cancel_session(session=running, by=organiser)

    assert check_in(person=ana.pk, session=stale, scan=scan(), by=organiser).answer is ScanAnswer.CLOSED


def test_taking_back_for_a_reason_too_long_is_refused(running, ana, organiser):
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=organiser).evidence

    with refused("reason_too_long"):
        retract(evidence=piece, reason="x" * 301, by=organiser)

    assert pieces() == ["door"]


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one(running, ana):
    outcomes = in_threads([lambda: record_join(participant=ana, session=running, by=ana.user).pk] * 8)

    assert set(outcomes) == {Evidence.objects.get().pk}


# The door


def test_a_scan_checks_in(running, ana, desk):
    made = scan()

    verdict = check_in(person=ana.pk, session=running, scan=made, by=desk)

    assert (verdict.answer, verdict.participant, verdict.is_new) == (ScanAnswer.CHECKED_IN, ana, True)
    piece = Evidence.objects.get()
    assert verdict.evidence == piece
    assert (piece.kind, piece.by, piece.scan_id, piece.note) == ("door", desk, made.scan_id, "")
    assert status_of(ana) == ("present", "door")


def test_another_scan_of_the_same_person_finds_them_there_already(running, ana, desk):
    first = check_in(person=ana.pk, session=running, scan=scan(), by=desk)

    second = check_in(person=ana.pk, session=running, scan=scan(), by=desk)

    assert (second.answer, second.evidence, second.is_new) == (ScanAnswer.ALREADY, first.evidence, False)
    assert pieces() == ["door"]


def test_who_has_joined_online_is_checked_in_all_the_same(running, ana, desk):
    record_join(participant=ana, session=running, by=ana.user)

    verdict = check_in(person=ana.pk, session=running, scan=scan(), by=desk)

    assert verdict.answer == ScanAnswer.CHECKED_IN
    assert status_of(ana) == ("present", "door")


def test_the_same_scan_again_is_answered_alike(running, ana, desk):
    made = scan()
    first = check_in(person=ana.pk, session=running, scan=made, by=desk)

    again = check_in(person=ana.pk, session=running, scan=made, by=desk)

    assert (again.answer, again.evidence, again.is_new) == (ScanAnswer.CHECKED_IN, first.evidence, False)
    assert pieces() == ["door"]


def test_the_same_scan_again_is_answered_alike_after_the_end_and_after_withdrawing(running, ana, desk):
    made = scan()
    check_in(person=ana.pk, session=running, scan=made, by=desk)
    withdraw(participant=ana, by=ana.user)
    running.ends_at = timezone.now()
    running.save()
    ana.refresh_from_db()

    assert check_in(person=ana.pk, session=running, scan=made, by=desk).answer == ScanAnswer.CHECKED_IN
    assert check_in(person=ana.pk, session=running, scan=scan(), by=desk).answer == ScanAnswer.WITHDRAWN


@pytest.mark.parametrize(
    "answer", [ScanAnswer.UNKNOWN, ScanAnswer.WRONG_EDITION, ScanAnswer.WITHDRAWN, ScanAnswer.CLOSED]
)
def test_who_is_not_checked_in_leaves_no_trace(running, ana, desk, answer):
    participant = ana
    if answer == ScanAnswer.UNKNOWN:
        participant = None
    elif answer == ScanAnswer.WRONG_EDITION:
        participant = ParticipantFactory()
    elif answer == ScanAnswer.WITHDRAWN:
        withdraw(participant=ana, by=ana.user)
        participant.refresh_from_db()
    else:
        cancel_session(session=running, by=desk)
    person = participant.pk if participant else None

    verdict = check_in(person=person, session=running, scan=scan(is_anyway=True), by=desk)

    assert (verdict.answer, verdict.participant, verdict.is_new) == (answer, participant, False)
    assert not Evidence.objects.exists()
    assert not Attendance.objects.established().exists()


@pytest.mark.parametrize(
    ("minutes", "answer"),
    [(59, ScanAnswer.CLOSED), (61, ScanAnswer.CHECKED_IN), (119, ScanAnswer.CHECKED_IN), (181, ScanAnswer.CLOSED)],
)
def test_a_scan_that_waited_on_a_phone_is_judged_by_when_it_was_made(ended, ana, desk, minutes, answer):
    verdict = check_in(person=ana.pk, session=ended, scan=waited(minutes), by=desk)

    assert verdict.answer == answer
    assert Evidence.objects.count() == verdict.is_new


def test_a_scan_keeps_when_it_was_made_by_our_clock_and_by_the_phones(ended, ana, desk):
    made = waited(100)

    check_in(person=ana.pk, session=ended, scan=made, by=desk)

    piece = Evidence.objects.get()
    assert abs(timezone.now() - 100 * MINUTE - piece.observed_at) < MINUTE
    assert piece.device_at == made.made_at
    assert timezone.now() - piece.recorded_at < MINUTE
    assert status_of(ana) == ("partial", "door")  # twenty minutes late


def test_without_a_seat_one_is_sent_elsewhere_or_let_in_with_a_note(parallel, ana, desk):
    governance, technical = parallel
    seat = SeatFactory(participant=ana, session=governance)

    sent_away = check_in(person=ana.pk, session=technical, scan=scan(), by=desk)
    let_in = check_in(person=ana.pk, session=technical, scan=scan(is_anyway=True), by=desk)

    assert (sent_away.answer, sent_away.seat, sent_away.evidence) == (ScanAnswer.ELSEWHERE, seat, None)
    assert let_in.answer == ScanAnswer.CHECKED_IN
    assert Evidence.objects.get().note == "checked in without a seat in this session"


def test_without_any_seat_one_is_sent_away_from_a_parallel_session(parallel, ana, desk):
    verdict = check_in(person=ana.pk, session=parallel[0], scan=scan(), by=desk)

    assert (verdict.answer, verdict.seat) == (ScanAnswer.ELSEWHERE, None)
    assert not Evidence.objects.exists()


def test_a_scan_id_used_for_somebody_else_is_refused(running, ana, bo, desk):
    made = scan()
    check_in(person=ana.pk, session=running, scan=made, by=desk)

    with refused("scan_used"):
        check_in(person=bo.pk, session=running, scan=made, by=desk)

    assert Evidence.objects.get().participant == ana
    assert not Attendance.objects.established().filter(participant=bo).exists()


def test_a_scan_id_used_for_another_session_is_refused(running, ended, ana, desk):
    made = scan()
    check_in(person=ana.pk, session=running, scan=made, by=desk)

    with refused("scan_used"):
        check_in(person=ana.pk, session=ended, scan=made, by=desk)

    assert Evidence.objects.get().session == running


# Taking back


def test_what_was_undone_stays_undone_when_its_scan_comes_again(running, ana, desk):
    made = scan()
    verdict = check_in(person=ana.pk, session=running, scan=made, by=desk)
    retract(evidence=verdict.evidence, reason="The wrong badge", by=desk)

    again = check_in(person=ana.pk, session=running, scan=made, by=desk)

    assert (again.answer, again.evidence, again.is_new) == (ScanAnswer.UNDONE, verdict.evidence, False)
    assert pieces() == ["door", "retraction"]
    assert status_of(ana) == ("", "")


def test_a_new_scan_after_an_undone_one_checks_in(running, ana, desk):
    verdict = check_in(person=ana.pk, session=running, scan=scan(), by=desk)
    retract(evidence=verdict.evidence, reason="The wrong badge", by=desk)

    assert check_in(person=ana.pk, session=running, scan=scan(), by=desk).answer == ScanAnswer.CHECKED_IN

    assert pieces() == ["door", "retraction", "door"]
    assert status_of(ana) == ("present", "door")


def test_a_retraction_says_what_by_whom_and_why(running, ana, desk, organiser):
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=desk).evidence

    assert retract(evidence=piece, reason=" The wrong badge ", by=organiser)

    taken = Evidence.objects.get(kind="retraction")
    assert (taken.retracts, taken.by, taken.note) == (piece, organiser, "The wrong badge")
    assert (taken.participant, taken.session) == (ana, running)


def test_a_retraction_leaves_the_other_evidence(running, ana, desk):
    record_join(participant=ana, session=running, by=ana.user)
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=desk).evidence

    retract(evidence=piece, reason="The wrong badge", by=desk)

    assert status_of(ana) == ("clicked", "join")


def test_a_second_retraction_changes_nothing(running, ana, desk):
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=desk).evidence

    assert [retract(evidence=piece, reason="The wrong badge", by=desk) for _ in range(2)] == [True, False]

    assert pieces() == ["door", "retraction"]


def test_a_retraction_has_a_reason_and_is_not_taken_back(running, ana, desk):
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=desk).evidence
    with refused("reason_missing"):
        retract(evidence=piece, reason=" ", by=desk)
    assert pieces() == ["door"]
    retract(evidence=piece, reason="The wrong badge", by=desk)

    with refused("evidence_is_retraction"):
        retract(evidence=Evidence.objects.get(kind="retraction"), reason="It was the right one", by=desk)

    assert pieces() == ["door", "retraction"]


def test_taking_back_a_report_keeps_the_attendance_in_step(session, participant, organiser):
    report = EvidenceFactory(
        participant=participant,
        session=session,
        kind="report",
        observed_at=session.starts_at,
        ended_at=session.ends_at,
    )
    EvidenceFactory(participant=participant, session=session, observed_at=session.starts_at + 60 * MINUTE)

    retract(evidence=report, reason="Somebody else's name", by=organiser)

    assert status_of(participant) == ("partial", "door")
    assert recompute_session(session) == 0


# Everybody at once


@pytest.mark.django_db(transaction=True)
def test_the_same_scan_twenty_times_at_once_is_one_piece_and_twenty_good_answers(running, ana, organiser):
    made = scan()

    outcomes = in_threads([lambda: check_in(person=ana.pk, session=running, scan=made, by=organiser)] * 20)

    piece = Evidence.objects.get()
    assert [(it.answer, it.evidence) for it in outcomes] == [(ScanAnswer.CHECKED_IN, piece)] * 20
    assert sum(it.is_new for it in outcomes) == 1
    assert Attendance.objects.get().status == "present"


@pytest.mark.django_db(transaction=True)
def test_the_same_scan_twenty_times_at_once_without_the_lock_is_nineteen_errors(running, ana):
    """The negative control: looking first and adding then, with nothing in between."""
    made, looked = scan(), threading.Barrier(20)

    def check_in_carelessly():
        with transaction.atomic():
            is_known = Evidence.objects.filter(scan_id=made.scan_id).exists()
            looked.wait()
            return is_known or EvidenceFactory(participant=ana, session=running, scan_id=made.scan_id)

    outcomes = in_threads([check_in_carelessly] * 20)

    assert sum(isinstance(it, IntegrityError) for it in outcomes) == 19


def two_desks(running, ana, organiser):
    made = [scan(), scan()]
    return in_threads([lambda it=it: check_in(person=ana.pk, session=running, scan=it, by=organiser) for it in made])


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_scan_one_person_hear_checked_in_and_already(running, ana, organiser):
    first, second = sorted(two_desks(running, ana, organiser), key=lambda it: it.answer, reverse=True)

    assert (first.answer, second.answer) == (ScanAnswer.CHECKED_IN, ScanAnswer.ALREADY)
    assert first.evidence == second.evidence == Evidence.objects.get()


@pytest.mark.django_db(transaction=True)
def test_two_desks_without_the_lock_check_one_person_in_twice(running, ana, organiser, monkeypatch):
    """The negative control: both have looked before either has recorded."""
    looked, look = threading.Barrier(2, timeout=10), evidence.locked_cell
    Attendance.objects.create(participant=ana, session=running)

    def look_together(*cell):
        read = look(*cell)
        looked.wait()
        return read

    monkeypatch.setattr(evidence, "lock_cells", lambda _cells: list(Attendance.objects.all()))
    monkeypatch.setattr(check_ins, "locked_cell", look_together)

    outcomes = two_desks(running, ana, organiser)

    assert [it.answer for it in outcomes] == [ScanAnswer.CHECKED_IN] * 2
    assert Evidence.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_scan_id_for_two_people_at_once_is_one_of_them(running, ana, bo, organiser):
    made = scan()

    outcomes = in_threads(
        [lambda it=it: check_in(person=it.pk, session=running, scan=made, by=organiser) for it in (ana, bo)]
    )

    assert sorted(type(it).__name__ for it in outcomes) == ["ProgrammeError", "Verdict"]
    assert list(Attendance.objects.established()) == [
        Attendance.objects.get(participant=Evidence.objects.get().participant)
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_undo_one_scan_at_once_take_it_back_once(running, ana, organiser):
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=organiser).evidence

    outcomes = in_threads([lambda: retract(evidence=piece, reason="The wrong badge", by=organiser)] * 4)

    assert sorted(outcomes) == [False, False, False, True]
    assert pieces() == ["door", "retraction"]


@pytest.mark.django_db(transaction=True)
def test_a_click_a_scan_and_an_undo_at_once_leave_the_attendance_in_step(running, ana, organiser):
    piece = check_in(person=ana.pk, session=running, scan=scan(), by=organiser).evidence

    outcomes = in_threads(
        [
            lambda: record_join(participant=ana, session=running, by=ana.user),
            lambda: retract(evidence=piece, reason="The wrong badge", by=organiser),
            lambda: check_in(person=ana.pk, session=running, scan=scan(), by=organiser),
        ]
    )

    assert [it for it in outcomes if isinstance(it, Exception)] == []
    assert recompute_session(running) == 0


# Who waits for a session that is being moved


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def while_moving(running, task, *, waits):
    """Run the task while a transaction has moved the session to tomorrow and has not ended; what the task returned."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.extend(in_threads([task])))
    with transaction.atomic():
        running.starts_at, running.ends_at = running.starts_at + DAY, running.ends_at + DAY
        running.save()
        thread.start()
        until = timezone.now() + dt.timedelta(seconds=10)
        while waits and not somebody_waits():
            assert timezone.now() < until, "nobody waits"
        if not waits:
            thread.join(timeout=10)
    thread.join(timeout=10)
    return outcomes[0]


@pytest.mark.django_db(transaction=True)
def test_who_is_scanned_while_the_session_moves_is_judged_by_its_new_times(running, ana, organiser):
    verdict = while_moving(
        running, lambda: check_in(person=ana.pk, session=running, scan=scan(), by=organiser), waits=True
    )

    assert verdict.answer is ScanAnswer.CLOSED
    assert pieces() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_session_a_scan_goes_by_the_old_times(running, ana, organiser, monkeypatch):
    """The negative control: the same statement, but nobody waits for the session."""
    monkeypatch.setattr(locks, "LOCK", locks.LOCK.replace("FOR SHARE", ""))

    verdict = while_moving(
        running, lambda: check_in(person=ana.pk, session=running, scan=scan(), by=organiser), waits=False
    )

    assert verdict.answer is ScanAnswer.CHECKED_IN


# What it costs, and what history says


def statements(task):
    """What the task asked of the database, transactions aside."""
    with CaptureQueriesContext(connection) as asked:
        task()
    return [it["sql"] for it in asked if not it["sql"].startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))]


def test_a_first_scan_takes_eight_statements(parallel, ana, desk):
    SeatFactory(participant=ana, session=parallel[0])
    session, made = Session.objects.get(pk=parallel[0].pk), scan()

    assert len(statements(lambda: check_in(person=ana.pk, session=session, scan=made, by=desk))) <= 8
    assert pieces() == ["door"]


def test_a_first_click_takes_eight_statements(running, ana):
    assert len(statements(lambda: record_join(participant=ana, session=running, by=ana.user))) <= 8
    assert pieces() == ["join"]


def test_the_door_says_in_which_sessions_somebody_has_a_seat(parallel, ana, desk):
    SeatFactory(participant=ana, session=parallel[0])

    assert check_in(person=ana.pk, session=parallel[0], scan=scan(), by=desk).participant.held_in == [parallel[0].pk]


def test_who_waits_for_a_seat_has_none(parallel, ana, desk):
    SeatFactory(participant=ana, session=parallel[0], state="waiting")

    verdict = check_in(person=ana.pk, session=parallel[0], scan=scan(), by=desk)

    assert (verdict.answer, verdict.participant.held_in) == (ScanAnswer.ELSEWHERE, [])


def test_history_says_whose_doing_it_was(running, ana, bo, desk):
    with pghistory.context(url="/check-in/"):
        check_in(person=ana.pk, session=running, scan=scan(), by=desk)
    record_join(participant=bo, session=running, by=bo.user)

    events = apps.get_model("attendance", "AttendanceEvent").objects.order_by("pgh_id")
    assert list(events.values_list("pgh_label", "participant", "status", "pgh_context__metadata")) == [
        ("insert", ana.pk, "", {"url": "/check-in/", "user": desk.pk}),
        ("update", ana.pk, "present", {"url": "/check-in/", "user": desk.pk}),
        ("insert", bo.pk, "", {"user": bo.user.pk}),
        ("update", bo.pk, "clicked", {"user": bo.user.pk}),
    ]
