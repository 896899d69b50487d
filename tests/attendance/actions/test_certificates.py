import datetime as dt

import pytest
from django.db import DatabaseError, DataError, transaction
from django.utils import timezone

from attendance.actions.actual_times import correct_actual_time, drop_actual_time
from attendance.actions.attendances import CertificateAtStakeError, recompute
from attendance.actions.certificate_files import digest_of, file_of, make_files
from attendance.actions.certificate_runs import continue_runs, issue_some, start_run
from attendance.actions.certificates import issue_certificate, reissue_certificate, revoke_certificate
from attendance.actions.decisions import decide, undo
from attendance.actions.locks import lock_attendances
from attendance.actions.retention import deletion_allowed
from attendance.models import Attendance, Certificate, CertificateFile, CertificateSession, StatusListEntry
from programme.errors import ProgrammeError
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.models import Message


@pytest.fixture
def attended(over, ana, organiser):
    """Ana was at the only core session."""
    decide(cells=[(ana, over)], outcome="present", reason="I saw her", by=organiser)
    return ana


@pytest.fixture
def by_scan(over, ana):
    """Ana was scanned at the only core session."""
    EvidenceFactory(participant=ana, session=over, observed_at=over.starts_at)
    recompute(lock_attendances([(ana, over)]))


@pytest.fixture
def certificate(attended, organiser):
    return issue_certificate(participant=attended, by=organiser)


def status_of(person):
    return Attendance.objects.get(participant=person).status


def test_a_certificate_says_what_was_attended_and_stays_so(certificate, over, ana):
    over.title, ana.user.name = "Another title", "Another Name"
    over.save()
    ana.user.save()

    frozen = Certificate.objects.get()

    assert (frozen.kind, frozen.name, frozen.minutes, frozen.is_revoked) == ("completed", "Ana Anaya", 60, False)
    rows = frozen.sessions.values_list("title", "counted_as", "is_listed", "minutes", "held_on")
    assert list(rows) == [("From challenge to use case", "attended", True, 60, over.local_day)]
    assert len(frozen.code) == 20


def test_who_only_took_part_gets_that(over, ana, organiser):
    workshop = SessionFactory(
        edition=over.edition,
        slug="workshop",
        status="confirmed",
        starts_at=over.starts_at - dt.timedelta(days=7),
        ends_at=over.ends_at - dt.timedelta(days=7),
    )
    decide(cells=[(ana, workshop)], outcome="present", reason="I saw her", by=organiser)

    certificate = issue_certificate(participant=ana, by=organiser)

    assert (certificate.kind, [it.session for it in certificate.sessions.all()]) == ("attended", [workshop])


@pytest.mark.parametrize("outcome", ["absent", "excused"])
def test_who_attended_nothing_gets_none(over, ana, organiser, outcome):
    decide(cells=[(ana, over)], outcome=outcome, reason="Ill", by=organiser)

    with refused("nothing_attended"):
        issue_certificate(participant=ana, by=organiser)


def test_an_excuse_counts_and_is_not_listed(over, ana, organiser):
    other = SessionFactory(
        edition=over.edition,
        slug="other",
        is_core=True,
        status="confirmed",
        starts_at=over.starts_at - dt.timedelta(days=7),
        ends_at=over.ends_at - dt.timedelta(days=7),
    )
    decide(cells=[(ana, over)], outcome="present", reason="I saw her", by=organiser)
    decide(cells=[(ana, other)], outcome="excused", reason="Ill", by=organiser)

    certificate = issue_certificate(participant=ana, by=organiser)

    rows = certificate.sessions.values_list("session__slug", "counted_as", "is_listed")
    assert (certificate.kind, certificate.minutes) == ("completed", 60)
    assert list(rows) == [("other", "excused", False), ("over", "attended", True)]


@pytest.mark.parametrize("outcome", ["excused", "present"])
def test_what_was_decided_about_a_core_session_to_come_is_a_ground_and_not_listed(over, ana, organiser, outcome):
    ahead = SessionFactory(
        edition=over.edition,
        slug="ahead",
        is_core=True,
        status="confirmed",
        starts_at=over.starts_at + dt.timedelta(days=8),
        ends_at=over.ends_at + dt.timedelta(days=8),
    )
    decide(cells=[(ana, over)], outcome="present", reason="I saw her", by=organiser)
    decide(cells=[(ana, ahead)], outcome=outcome, reason="On a journey", by=organiser)

    certificate = issue_certificate(participant=ana, by=organiser)

    rows = certificate.sessions.values_list("session__slug", "is_listed")
    assert (certificate.kind, certificate.minutes, list(rows)) == ("completed", 60, [("over", True), ("ahead", False)])
    with refused("certificate_at_stake"):
        decide(cells=[(ana, ahead)], outcome="lifted", reason="She is here", by=organiser)


def test_who_has_given_no_name_gets_none_until_then(attended, organiser):
    attended.user.name = ""
    attended.user.save()

    with refused("name_missing"):
        issue_certificate(participant=attended, by=organiser)


def test_a_second_certificate_is_refused(certificate, ana, organiser):
    with refused("certificate_exists"):
        issue_certificate(participant=ana, by=organiser)

    assert Certificate.objects.count() == 1


def test_what_a_valid_certificate_rests_on_cannot_be_decided_otherwise(certificate, over, ana, organiser):
    with refused("certificate_at_stake"):
        decide(cells=[(ana, over)], outcome="absent", reason="It was her sister", by=organiser)

    assert status_of(ana) == "present"
    decide(cells=[(ana, over)], outcome="counts", reason="She left early", by=organiser)  # it still counts
    assert status_of(ana) == "counts"


def test_undoing_the_decision_it_rests_on_is_refused(over, ana, organiser):
    batch, _n = decide(cells=[(ana, over)], outcome="present", reason="I saw her", by=organiser)
    issue_certificate(participant=ana, by=organiser)

    with refused("certificate_at_stake"):
        undo(batch=batch, by=organiser)

    assert status_of(ana) == "present"


def test_a_decision_can_revoke_in_the_same_step(certificate, over, ana, organiser):
    decide(cells=[(ana, over)], outcome="absent", reason="It was her sister", by=organiser, revokes=[certificate.pk])

    certificate.refresh_from_db()
    assert (status_of(ana), certificate.revoked_reason, certificate.revoked_by) == (
        "absent",
        "It was her sister",
        organiser,
    )
    assert list(Message.objects.values_list("kind", flat=True)) == ["certificate_revoked"]


def test_only_the_certificates_that_were_shown_are_revoked(certificate, over, ana, delegation, organiser):
    bea = ParticipantFactory(delegation=delegation, user__name="Bea Later")
    decide(cells=[(bea, over)], outcome="present", reason="I saw her", by=organiser)
    issue_certificate(participant=bea, by=organiser)
    absent = {"cells": [(ana, over), (bea, over)], "outcome": "absent", "reason": "Not held", "by": organiser}

    with pytest.raises(CertificateAtStakeError) as caught:
        decide(**absent, revokes=[certificate.pk])

    assert [it.name for it in caught.value.certificates] == ["Bea Later"]
    assert Certificate.objects.valid().count() == 2


def test_a_decision_about_who_held_the_place_before_is_not_told_to_the_holder(over, ana, delegation, organiser):
    earlier = SessionFactory(
        edition=over.edition,
        slug="earlier",
        is_core=True,
        status="confirmed",
        starts_at=over.starts_at - dt.timedelta(days=7),
        ends_at=over.ends_at - dt.timedelta(days=7),
    )
    left_at = over.starts_at - dt.timedelta(days=3)
    before = ParticipantFactory(delegation=delegation, state="withdrawn", state_at=left_at, handed_over_to=ana)
    decide(cells=[(ana, over), (before, earlier)], outcome="present", reason="I saw them", by=organiser)
    certificate = issue_certificate(participant=ana, by=organiser)
    assert (certificate.kind, certificate.sessions.count()) == ("completed", 2)

    decide(cells=[(before, earlier)], outcome="absent", reason="He lied", by=organiser, revokes=[certificate.pk])

    certificate.refresh_from_db()
    assert certificate.is_revoked
    assert "He lied" not in certificate.revoked_reason
    assert "He lied" not in Message.objects.get(kind="certificate_revoked").text


def test_the_database_refuses_it_too(certificate, ana):
    with pytest.raises(DatabaseError, match="a valid certificate rests on"), transaction.atomic():
        Attendance.objects.filter(participant=ana).update(status="absent")


@pytest.mark.parametrize("change", [{"name": "Somebody Else"}, {"minutes": 999}, {"layout": {}}])
def test_the_database_refuses_to_change_a_valid_certificate(certificate, organiser, change):
    revoking = {"revoked_at": timezone.now(), "revoked_by": organiser, "revoked_reason": "Misspelt"}

    for changes in (change, change | revoking):
        with pytest.raises(DatabaseError, match="only revoked"), transaction.atomic():
            Certificate.objects.update(**changes)
    assert Certificate.objects.update(**revoking) == 1


@pytest.mark.parametrize("change", [{"name": "Somebody Else"}, {"minutes": 999}, {"revoked_by": None}])
def test_the_database_refuses_to_change_a_revoked_certificate(certificate, organiser, change):
    revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)

    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        CertificateSession.objects.update(minutes=999)
    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.update(revoked_at=None, revoked_by=None, revoked_reason="")


def test_corrected_times_are_refused_while_a_certificate_rests_on_them(by_scan, over, ana, organiser):
    issue_certificate(participant=ana, by=organiser)
    later = {"starts_at": over.starts_at - dt.timedelta(hours=5), "ends_at": over.ends_at - dt.timedelta(hours=4)}

    with refused("certificate_at_stake"):
        correct_actual_time(session=over, reason="The clock was wrong", by=organiser, **later)

    assert status_of(ana) == "present"


def test_times_that_a_certificate_prints_are_not_corrected_under_it(attended, over, organiser):
    longer = {"session": over, "starts_at": over.starts_at, "ends_at": over.ends_at + dt.timedelta(minutes=30)}
    correct_actual_time(reason="It took longer", by=organiser, **longer)
    certificate = issue_certificate(participant=attended, by=organiser)
    longest = longer | {"ends_at": over.ends_at + dt.timedelta(hours=1)}

    with refused("certificate_at_stake"):
        correct_actual_time(reason="Longer still", by=organiser, **longest)
    with refused("certificate_at_stake"):
        drop_actual_time(session=over, by=organiser)

    correct_actual_time(reason="It took longer indeed", by=organiser, **longer)  # says the same
    revoke_certificate(certificate=certificate, reason="The times were wrong", by=organiser)
    assert drop_actual_time(session=over, by=organiser)


def test_times_stay_while_certificates_are_issued(attended, over, organiser, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as asked:
        issue_certificate(participant=attended, by=organiser)

    statements = [it["sql"] for it in asked.captured_queries]
    locking = next(n for n, sql in enumerate(statements) if "FOR SHARE" in sql and "programme_session" in sql)
    assert not [sql for sql in statements[:locking] if "attendance_attendance" in sql or "attendance_actualtime" in sql]


def test_changed_rules_leave_what_a_certificate_rests_on_until_it_is_revoked(by_scan, over, ana, organiser):
    certificate = issue_certificate(participant=ana, by=organiser)
    over.starts_at, over.ends_at = over.starts_at - dt.timedelta(hours=5), over.ends_at - dt.timedelta(hours=4)
    over.save()  # she was seen after its end now

    assert status_of(ana) == "present"
    revoke_certificate(certificate=certificate, reason="The times were wrong", by=organiser)
    assert status_of(ana) == ""


def test_revoking_needs_a_reason_and_happens_once(certificate, organiser):
    with refused("reason_missing"):
        revoke_certificate(certificate=certificate, reason=" ", by=organiser)

    assert revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)
    assert not revoke_certificate(certificate=certificate, reason="Again", by=organiser)
    assert Certificate.objects.get().revoked_reason == "Misspelt"


def test_issuing_again_replaces_it_with_the_present_facts(certificate, ana, organiser):
    ana.user.name = "Ana Anaya Puig"
    ana.user.save()

    again = reissue_certificate(certificate=certificate, reason="Her whole name", by=organiser)

    certificate.refresh_from_db()
    assert (again.replaces, again.name, certificate.is_revoked) == (certificate, "Ana Anaya Puig", True)
    assert again.code != certificate.code
    with refused("certificate_revoked"):
        reissue_certificate(certificate=certificate, reason="Twice", by=organiser)


def test_issuing_again_what_can_no_longer_be_issued_changes_nothing(certificate, over, ana, organiser):
    type(over).objects.filter(pk=over.pk).update(is_published=False)

    with refused("nothing_attended"):
        reissue_certificate(certificate=certificate, reason="Again", by=organiser)

    assert not Certificate.objects.get().is_revoked


def test_certificates_can_be_deleted_when_retention_ends(certificate):
    make_files()
    with deletion_allowed():
        for model in (CertificateFile, CertificateSession, Certificate):
            model.objects.all().delete()

    assert not Certificate.objects.exists()
    assert StatusListEntry.objects.revoked().get().certificate is None  # nobody vouches for the credential


def test_the_file_is_made_once_and_its_holder_told(certificate):
    assert make_files() == 1
    assert make_files() == 0

    file = file_of(certificate)
    assert bytes(file.content).startswith(b"%PDF")
    assert file.digest == digest_of(bytes(file.content))
    assert list(Message.objects.values_list("kind", "user")) == [
        ("certificate_issued", certificate.participant.user_id)
    ]


def test_a_run_that_fails_is_stopped_and_holds_up_no_other(over, attended, edition, organiser, monkeypatch):
    failing = start_run(edition=edition, with_attended=True, by=organiser)
    start_run(edition=over.edition, with_attended=True, by=organiser)

    def issue(pk):
        if pk == failing.pk:
            raise DataError("value out of range")
        return issue_some(pk)

    monkeypatch.setattr("attendance.actions.certificate_runs.issue_some", issue)

    assert continue_runs() == 1
    failing.refresh_from_db()
    assert (failing.has_failed, failing.finished_at is None) == (True, False)
    assert start_run(edition=edition, with_attended=True, by=organiser)  # it can be asked for again


def test_a_session_of_many_days_is_issued(attended, over, organiser):
    correct_actual_time(
        session=over, starts_at=over.starts_at - dt.timedelta(days=30), ends_at=over.ends_at, reason="-", by=organiser
    )

    assert issue_certificate(participant=attended, by=organiser).minutes == 30 * 24 * 60 + 60


def test_a_run_goes_by_what_is_true_when_it_runs(over, attended, delegation, organiser):
    late = ParticipantFactory(delegation=delegation)
    start_run(edition=over.edition, with_attended=False, by=organiser)
    decide(cells=[(attended, over)], outcome="absent", reason="Mistaken", by=organiser)
    decide(cells=[(late, over)], outcome="present", reason="There", by=organiser)

    continue_runs()

    assert Certificate.objects.get().participant == late


def test_a_run_counts_who_has_no_name_apart(over, attended, delegation, organiser):
    ParticipantFactory(delegation=delegation, user__name="")
    run = start_run(edition=over.edition, with_attended=True, by=organiser)

    continue_runs()

    run.refresh_from_db()
    assert (run.n_issued, run.n_left_out, run.n_nameless) == (1, 0, 1)


def test_a_run_issues_to_all_who_may_have_one_and_goes_on_after_a_crash(over, delegation, organiser, monkeypatch):
    type(delegation).objects.filter(pk=delegation.pk).update(quota=9)
    people = [ParticipantFactory(delegation=delegation) for _n in range(5)]
    decide(cells=[(it, over) for it in people[:4]], outcome="present", reason="I saw them", by=organiser)
    issue_certificate(participant=people[0], by=organiser)
    monkeypatch.setattr("attendance.actions.certificate_runs.AT_A_TIME", 2)
    run = start_run(edition=over.edition, with_attended=True, by=organiser)
    with refused("run_open"):
        start_run(edition=over.edition, with_attended=True, by=organiser)

    issue_some(run.pk)  # and then the worker is killed
    assert Certificate.objects.count() == 3
    assert continue_runs() == 1

    run.refresh_from_db()
    assert run.finished_at is not None
    assert (run.n_issued, run.n_left_out, Certificate.objects.count()) == (3, 1, 4)


@pytest.mark.django_db(transaction=True)
def test_two_organisers_who_issue_at_once_issue_one(attended, organiser):
    outcomes = in_threads([lambda: issue_certificate(participant=attended, by=organiser)] * 2)

    assert sorted(getattr(it, "code", "") == "certificate_exists" for it in outcomes) == [False, True]
    assert Certificate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_issuing_while_somebody_decides_otherwise_leaves_no_certificate_without_grounds(attended, over, organiser):
    def deny():
        return decide(cells=[(attended, over)], outcome="absent", reason="It was her sister", by=organiser)

    issued, denied = in_threads([lambda: issue_certificate(participant=attended, by=organiser), deny])

    codes = [it.code for it in (issued, denied) if isinstance(it, ProgrammeError)]
    assert (codes, status_of(attended), Certificate.objects.valid().count()) in [
        (["certificate_at_stake"], "present", 1),  # the certificate came first
        (["nothing_attended"], "absent", 0),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_about_sessions_of_one_certificate_wait_for_each_other(attended, over, organiser):
    second = SessionFactory(
        edition=over.edition,
        slug="second",
        status="confirmed",
        starts_at=over.starts_at - dt.timedelta(days=7),
        ends_at=over.ends_at - dt.timedelta(days=7),
    )
    decide(cells=[(attended, second)], outcome="present", reason="There", by=organiser)
    certificate = issue_certificate(participant=attended, by=organiser)

    def deny(session):
        cells = [(attended, session)]
        return lambda: decide(cells=cells, outcome="absent", reason="No", by=organiser, revokes=[certificate.pk])

    outcomes = in_threads([deny(over), deny(second)])

    assert [it for it in outcomes if isinstance(it, Exception)] == []  # as in a deadlock
    assert set(Attendance.objects.values_list("status", flat=True)) == {"absent"}
