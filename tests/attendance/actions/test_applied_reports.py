"""What follows from a report when it is applied, and how exactly that is taken back."""

import datetime as dt
import random

import pytest

from attendance.actions.applied_reports import apply_report, undo_report
from attendance.actions.decisions import decide
from attendance.actions.evidence import retract
from attendance.actions.reported_people import share_connection
from attendance.actions.reports import Choices, add_reports
from attendance.models import Alias, Attendance, Evidence, Report
from attendance.queries.report_effects import effects_of
from attendance.rules.attendance import AttendanceStatus
from tests.attendance.meeting_reports.giving import choose_person
from tests.attendance.meeting_reports.reading import files
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads

MINUTE = dt.timedelta(minutes=1)


def give(session, by, *people, name="zoom.csv", make=files.zoom):
    content = make(people, session.starts_at, session.edition.zone)
    reports, _ = add_reports(
        edition=session.edition, name=name, content=content, choices=Choices(session=session), by=by
    )
    return reports[0]


def apply(report, by):
    return apply_report(report=report, is_confirmed=True, by=by)


def status(participant, session):
    attendance = Attendance.objects.filter(participant=participant, session=session).first()
    return (attendance.status, attendance.minutes, attendance.source) if attendance else None


@pytest.fixture
def bruno(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Bruno Bach")


def test_apply_report_makes_evidence_and_attendance(over, ana, bruno, organiser):
    report = give(over, organiser, ("Ana Anaya", "", 0, 30), ("Ana Anaya", "", 20, 40), ("Bruno Bach", "", 0, 10))

    assert apply(report, organiser) == 2

    assert status(ana, over) == ("present", 60, "report")
    assert status(bruno, over) == ("partial", 10, "report")
    piece = Evidence.objects.get(participant=ana)
    assert (piece.report, piece.by, piece.kind) == (report, organiser, "report")
    assert (piece.observed_at, piece.ended_at) == (over.starts_at, over.ends_at)


def test_apply_report_twice_changes_nothing(over, ana, organiser):
    report = give(over, organiser, ("Ana Anaya", "", 0, 60))

    assert apply(report, organiser) == 1
    assert apply(report, organiser) == 0

    assert Evidence.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_apply_report_by_two_at_once_counts_once(over, ana, organiser):
    report = give(over, organiser, ("Ana Anaya", "", 0, 60))

    results = in_threads([lambda: apply(report, organiser)] * 2)

    assert sorted(results) == [0, 1]
    assert Evidence.objects.count() == 1


def test_the_same_content_in_another_file_adds_nothing(over, ana, organiser):
    first = give(over, organiser, ("Ana Anaya", "", 0, 60))
    apply(first, organiser)
    second = give(over, organiser, ("Ana Anaya", "", 0, 60), make=files.teams, name="teams.csv")

    assert apply(second, organiser) == 0

    assert (Evidence.objects.count(), second.platform) == (1, "teams")


def test_several_files_of_a_session_are_united(over, ana, organiser):
    apply(give(over, organiser, ("Ana Anaya", "", 0, 30)), organiser)
    apply(give(over, organiser, ("Ana Anaya", "", 20, 40), name="restarted.csv"), organiser)

    assert status(ana, over) == ("present", 60, "report")


def test_undo_report_restores_everything(over, ana, bruno, organiser):
    before = sorted(Attendance.objects.established().values_list("participant", "status", "minutes"))
    report = give(over, organiser, ("Ana Anaya", "", 0, 60), ("Bruno Bach", "", 0, 60))
    apply(report, organiser)

    assert undo_report(report=report, by=organiser) == 2
    assert undo_report(report=report, by=organiser) == 0

    report.refresh_from_db()
    assert report.state == Report.State.READ
    assert sorted(Attendance.objects.established().values_list("participant", "status", "minutes")) == before
    assert Evidence.objects.effective().count() == 0
    assert Evidence.objects.count() == 4  # two pieces, and what takes them back
    assert apply(report, organiser) == 2


def test_undo_report_leaves_what_another_one_says_as_well(over, ana, organiser):
    first = give(over, organiser, ("Ana Anaya", "", 0, 60))
    second = give(over, organiser, ("Ana Anaya", "", 0, 60), make=files.teams)
    apply(first, organiser)
    apply(second, organiser)

    assert undo_report(report=first, by=organiser) == 0

    assert status(ana, over) == ("present", 60, "report")
    assert Evidence.objects.effective().get().report == second
    assert undo_report(report=second, by=organiser) == 1
    assert status(ana, over) == ("", 0, "")


def test_undo_report_brings_nothing_back_that_an_organiser_took_back(over, ana, organiser):
    first = give(over, organiser, ("Ana Anaya", "", 0, 60))
    second = give(over, organiser, ("Ana Anaya", "", 10, 50), make=files.teams)
    apply(first, organiser)
    apply(second, organiser)
    retract(evidence=second.evidence.get(), reason="Not her", by=organiser)

    undo_report(report=first, by=organiser)

    assert not Evidence.objects.effective().exists()


def test_apply_report_overrules_no_decision_and_no_excuse(over, ana, bruno, organiser):
    decide(cells=[(ana, over)], outcome="absent", reason="Left at once", by=organiser)
    ExcuseFactory(participant=bruno, session=over, state="approved", decided_by=organiser, decided_at=over.ends_at)
    report = give(over, organiser, ("Ana Anaya", "", 0, 60), ("Bruno Bach", "", 0, 10))

    effects = effects_of(report)
    apply(report, organiser)

    assert {(pk, it.says.status) for pk, it in effects.items() if it.is_overridden} == {
        (ana.pk, AttendanceStatus.PRESENT),
        (bruno.pk, AttendanceStatus.PARTIAL),
    }
    assert status(ana, over) == ("absent", 60, "decision")
    assert status(bruno, over) == ("excused", 10, "excuse")


def test_effects_are_what_applying_does(over, ana, bruno, organiser):
    report = give(over, organiser, ("Ana Anaya", "", 0, 60), ("Bruno Bach", "", 0, 10))

    effects = effects_of(report)
    assert not Evidence.objects.exists()
    n = apply(report, organiser)

    assert n == sum(it.changes for it in effects.values())
    assert {pk: (it.after.status, it.after.minutes) for pk, it in effects.items()} == {
        it.participant_id: (it.status, it.minutes) for it in Attendance.objects.all()
    }


def test_effects_cost_the_same_with_many(over, organiser, django_assert_max_num_queries):
    delegation = DelegationFactory(edition=over.edition, quota=10)
    people = [ParticipantFactory(delegation=delegation, user__name=f"Name{it} Family{it}") for it in range(8)]
    report = give(over, organiser, *[(str(it), "", 0, 60) for it in people])

    with django_assert_max_num_queries(8):
        assert len(effects_of(report)) == 8


def test_who_sat_beside_somebody_was_there_too(over, ana, bruno, organiser):
    report = give(over, organiser, ("Town hall", "", 0, 60))
    share_connection(person=report.people.get(), participant=bruno, note="On camera", by=organiser)

    apply(report, organiser)

    assert status(bruno, over) == ("present", 60, "report")
    assert Evidence.objects.get().note == "same connection as Town hall: On camera"


def test_minutes_without_times_count_from_the_start(over, ana, organiser):
    content = files.table(
        ["Name (Original Name)", "User Email", "Total Duration (Minutes)", "Guest"], ["Ana Anaya", "", 200, "Yes"]
    )
    (report,), _ = add_reports(
        edition=over.edition, name="z.csv", content=content.encode(), choices=Choices(session=over), by=organiser
    )

    apply(report, organiser)

    assert status(ana, over) == ("present", 60, "report")
    assert Evidence.objects.get().note == "200 minutes in total, without times"


def test_what_was_chosen_is_remembered(over, ana, organiser):
    first = give(over, organiser, ("Annie Ann (Lyon)", "annie@home.example", 0, 60))
    choose_person(person=first.people.get(), participant=ana, by=organiser)
    apply(first, organiser)
    later = SessionFactory(
        edition=over.edition,
        starts_at=over.starts_at - dt.timedelta(days=1),
        ends_at=over.ends_at - dt.timedelta(days=1),
    )

    by_name = give(later, organiser, ("annie ann (LYON)", "", 0, 60))
    by_email = give(later, organiser, ("Somebody", "Annie@home.example", 0, 60))

    assert [(it.people.get().how, it.people.get().participant) for it in (by_name, by_email)] == [("alias", ana)] * 2
    undo_report(report=first, by=organiser)
    assert not Alias.objects.exists()
    assert first.people.get().participant == ana


@pytest.mark.parametrize(
    "name", ["iPhone", "iPhone de Ana", "Annie", "Annie (Girona)", "Annie Girona", "Annie | Girona"]
)
def test_what_is_no_full_name_is_not_remembered(over, ana, organiser, name):
    report = give(over, organiser, (name, "", 0, 60))
    choose_person(person=report.people.get(), participant=ana, by=organiser)

    apply(report, organiser)

    assert not Alias.objects.exists()


def test_of_a_first_name_only_the_address_is_remembered(over, ana, organiser):
    report = give(over, organiser, ("Annie", "annie@home.example", 0, 60))
    choose_person(person=report.people.get(), participant=ana, by=organiser)

    apply(report, organiser)

    assert list(Alias.objects.values_list("name_key", "email_key", "participant")) == [
        ("", "annie@home.example", ana.pk)
    ]


def test_the_last_word_about_a_name_holds(over, ana, bruno, organiser):
    for number, participant in enumerate((ana, bruno)):
        report = give(over, organiser, ("The one", "", number, 50))
        choose_person(person=report.people.get(), participant=participant, by=organiser)
        apply(report, organiser)

    assert Alias.objects.get().participant == bruno


def test_apply_report_needs_a_session_with_a_time(over, organiser):
    report = give(over, organiser, ("Ana", "", 0, 60))
    Report.objects.update(session=SessionFactory(edition=over.edition, starts_at=None, ends_at=None))
    with refused("session_without_time"):
        apply(report, organiser)

    Report.objects.update(session=None)
    with refused("session_missing"):
        apply(report, organiser)


def test_apply_report_needs_doubts_confirmed(over, ana, organiser):
    text = files.TEAMS_LIST_UNKNOWN_WORDS.replace(
        "25.9.2025", f"{over.starts_at.astimezone(over.edition.zone):%d.%m.%Y}"
    )
    (report,), _ = add_reports(
        edition=over.edition,
        name="t.csv",
        content=text.encode(),
        choices=Choices(session=over, is_anyway=True),
        by=organiser,
    )
    assert report.doubts == ["labels"]

    with refused("reading_unconfirmed"):
        apply_report(report=report, is_confirmed=False, by=organiser)

    assert not Evidence.objects.exists()


def test_any_order_of_lines_gives_the_same_attendance(over, ana, organiser):
    people = [("Ana Anaya", "", late, 7) for late in range(0, 60, 10)]
    random.Random(7).shuffle(people)

    apply(give(over, organiser, *people), organiser)

    assert status(ana, over)[1] == 42
