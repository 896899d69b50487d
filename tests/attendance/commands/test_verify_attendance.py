"""What was changed behind the application's back is named, record by record; and a proof holds without the application."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from attendance.actions import seals
from attendance.actions.excuses import approve_excuse
from attendance.actions.retention import deletion_allowed
from attendance.actions.seals import seal_records
from attendance.models import Seal, SealedRecord
from attendance.queries import seal_verification
from attendance.queries.seal_verification import count_waiting, record_faults, seal_faults
from tests.factories.attendance import CertificateFactory, DecisionFactory, EvidenceFactory, ExcuseFactory
from tests.factories.people import ParticipantFactory
from tests.factories.programme import EditionFactory, SessionFactory
from tests.threads import in_threads


def behind(statement, *values):
    """Change the database as its owner could: without triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def faults(edition):
    return [(it.kind, it.pk, it.what) for checked in (record_faults, seal_faults) for it in checked(edition)]


@pytest.fixture
def evidence(participant, session, organiser):
    """Two pieces of evidence, and another two that come after the first seal; all sealed."""
    about = {"participant": participant, "session": session}
    first = [EvidenceFactory(**about, kind="word", by=organiser, note="Ž. saw her"), EvidenceFactory(**about)]
    seal_records()
    later = [EvidenceFactory(**about, ended_at=timezone.now() + dt.timedelta(hours=1)), EvidenceFactory(**about)]
    seal_records()
    return [*first, *later]


@pytest.fixture
def others(participant, session, organiser):
    """One record of each other kind, sealed: a decision, a decided request, a certificate and its revocation."""
    decision = DecisionFactory(participant=participant, session=session, by=organiser)
    excuse = ExcuseFactory(participant=participant, session=session)
    approve_excuse(excuse=excuse, reason="Get well", by=organiser)
    certificate = CertificateFactory(participant=participant, issued_by=organiser)
    certificate.revoked_at, certificate.revoked_by, certificate.revoked_reason = timezone.now(), organiser, "Wrong name"
    certificate.save()
    seal_records()
    return {"decision": decision, "excuse": excuse, "certificate": certificate, "revocation": certificate}


def test_what_was_sealed_and_left_alone_agrees(edition, evidence, others, capsys):
    call_command("verify_attendance", edition.slug)

    assert faults(edition) == []
    assert set(SealedRecord.objects.values_list("kind", flat=True)) == set(SealedRecord.Kind.values)
    last = Seal.objects.get(edition=edition, number=3)
    assert f"Last seal: 3, {last.sealed_at:%Y-%m-%dT%H:%M:%S}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE attendance_evidence SET ended_at = ended_at + interval '1 minute' WHERE id = %s", "changed"),
        ("UPDATE attendance_evidence SET note = 'Nobody saw her' WHERE id = %s", "changed"),
        ("UPDATE attendance_sealedrecord SET salt = decode(repeat('00', 16), 'hex') WHERE record = %s", "changed"),
        ("DELETE FROM attendance_evidence WHERE id = %s", "removed"),
        ("DELETE FROM attendance_sealedrecord WHERE record = %s", "inserted"),
    ],
)
def test_one_changed_removed_or_inserted_record_is_named(edition, evidence, statement, expected):
    behind(statement, evidence[2].pk)

    assert ("evidence", evidence[2].pk, expected) in faults(edition)
    with pytest.raises(CommandError, match=f"evidence {evidence[2].pk} was {expected}"):
        call_command("verify_attendance", edition.slug)


def test_a_row_inserted_without_triggers_is_named(edition, evidence):
    copied = "participant_id, session_id, edition_id, kind, observed_at, recorded_at, note"
    behind(
        f"INSERT INTO attendance_evidence ({copied}) SELECT {copied} FROM attendance_evidence WHERE id = %s",
        evidence[0].pk,
    )
    seal_records()

    ((kind, _pk, what),) = faults(edition)

    assert (kind, what) == ("evidence", "inserted")


def test_a_swapped_pair_is_named(edition, evidence):
    one, other = evidence[0].pk, evidence[2].pk
    for old, new in ((one, -1), (other, one), (-1, other)):
        behind("UPDATE attendance_evidence SET id = %s WHERE id = %s", new, old)

    assert faults(edition) == [("evidence", one, "changed"), ("evidence", other, "changed")]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("decision", "attendance_decision SET outcome = 'absent'"),
        ("decision", "attendance_decision SET reason = 'Another'"),
        ("excuse", "attendance_excuse SET state = 'declined'"),
        ("certificate", "attendance_certificate SET minutes = minutes + 1"),
        ("certificate", "attendance_certificate SET name = 'Somebody Else'"),
        ("revocation", "attendance_certificate SET revoked_reason = 'Another'"),
    ],
)
def test_every_kind_is_covered(edition, others, kind, change):
    behind(f"UPDATE {change} WHERE id = %s", others[kind].pk)

    assert faults(edition) == [(kind, others[kind].pk, "changed")]


@pytest.mark.parametrize(
    "change",
    [
        "attendance_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 1",
        "attendance_sealedrecord SET digest = commitment WHERE position = 0",
        "attendance_sealedrecord SET position = 7 WHERE position = 0",
    ],
)
def test_a_rewritten_chain_is_named(edition, evidence, change):
    behind(f"UPDATE {change}")

    assert ("seal", 1, "changed") in faults(edition)


def test_a_seal_taken_out_is_missed(edition, evidence):
    behind("DELETE FROM attendance_sealedrecord WHERE seal_id IN (SELECT id FROM attendance_seal WHERE number = 1)")
    behind("DELETE FROM attendance_seal WHERE number = 1")

    assert ("seal", 2, "moved") in faults(edition)


def test_a_hash_from_outside_finds_its_seal(edition, evidence, capsys):
    kept = bytes(Seal.objects.get(number=1).digest).hex()

    call_command("verify_attendance", edition.slug, seal=kept)

    assert "The hash is that of seal 1" in capsys.readouterr().out
    for wrong in ("00" * 32, "no hash"):
        with pytest.raises(CommandError, match="hash"):
            call_command("verify_attendance", edition.slug, seal=wrong)


def test_what_is_personal_can_be_erased_and_the_chain_verifies(edition, evidence):
    behind("UPDATE attendance_evidence SET note = '' WHERE id = %s", evidence[0].pk)
    assert faults(edition) == [("evidence", evidence[0].pk, "changed")]

    SealedRecord.objects.filter(kind="evidence", record=evidence[0].pk).update(salt=None)

    assert faults(edition) == []


@pytest.mark.parametrize("change", [{"digest": b"x" * 32}, {"salt": b"x" * 16}, {"seal": None}])
def test_the_database_refuses_to_change_what_is_sealed(edition, evidence, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        SealedRecord.objects.filter(record=evidence[0].pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        SealedRecord.objects.all().delete()

    assert faults(edition) == []


def test_a_record_that_went_before_it_was_sealed_is_named_and_holds_up_nothing(edition, participant, session):
    gone, stays = (EvidenceFactory(participant=participant, session=session) for _ in range(2))
    behind("DELETE FROM attendance_evidence WHERE id = %s", gone.pk)

    assert seal_records() == 1

    assert faults(edition) == [("evidence", gone.pk, "removed")]
    assert SealedRecord.objects.get(record=stays.pk).seal is not None


def test_editions_have_chains_of_their_own(edition, evidence):
    other = EditionFactory()
    person = ParticipantFactory(delegation__edition=other)
    EvidenceFactory(participant=person, session=SessionFactory(edition=other), edition=other)

    seal_records()

    assert (Seal.objects.filter(edition=other).count(), Seal.objects.filter(edition=edition).count()) == (1, 2)
    assert faults(other) == []


def test_sealing_and_verifying_take_the_same_statements_for_more_records(
    edition, participant, session, django_assert_num_queries
):
    for n_more in (1, 30):
        for _ in range(n_more):
            EvidenceFactory(participant=participant, session=session)
        with django_assert_num_queries(13):
            seal_records()
        with django_assert_num_queries(12):
            assert faults(edition) == []


@pytest.mark.django_db(transaction=True)
def test_two_processes_seal_each_record_once(edition, participant, session):
    for _ in range(20):
        EvidenceFactory(participant=participant, session=session)

    in_threads([seal_records] * 4)
    seal_records()

    assert count_waiting(edition) == 0
    assert faults(edition) == []


def test_a_proof_is_checked_by_the_script_of_the_docs(
    edition, participant, session, evidence, others, tmp_path, capsys
):
    """It shares no code with the application. One changed digit is refused."""
    (script,) = re.findall(r"```python\n(.*?)```", Path(settings.BASE_DIR, "docs/proof.md").read_text(), re.DOTALL)
    call_command("verify_attendance", edition.slug, proof=(str(participant.pk), session.slug))
    proof = capsys.readouterr().out

    def check(text, kept):
        (tmp_path / "proof.json").write_text(text)
        command = [sys.executable, "-c", script, str(tmp_path / "proof.json"), kept]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    first, last = (bytes(it.digest).hex() for it in (Seal.objects.earliest("number"), Seal.objects.latest("number")))
    assert len(script.splitlines()) <= 50
    assert check(proof, last).stdout.splitlines()[-1] == f"Proved by the seal with the hash {last}"
    assert len(check(proof, last).stdout.splitlines()) == 4 + 1 + 1 + 1  # evidence, decision, request, the last line
    assert check(proof, first).returncode == 1  # kept before the last records
    assert check(proof, "00" * 32).returncode == 1
    for change in (("Ž. saw her", "Z. saw her"), ('"outcome": "present"', '"outcome": "absent"'), (last[:6], "000000")):
        assert proof.count(change[0]) >= 1
        assert check(proof.replace(*change), last).returncode == 1


def test_there_is_no_proof_while_records_wait_or_without_any(edition, participant, session, evidence):
    proof = (str(participant.pk), session.slug)
    EvidenceFactory(participant=participant, session=session)

    with pytest.raises(CommandError, match="4 records about them are sealed, 1 wait"):
        call_command("verify_attendance", edition.slug, proof=proof)
    SessionFactory(edition=edition, slug="another")
    with pytest.raises(CommandError, match="0 records"):
        call_command("verify_attendance", edition.slug, proof=(str(participant.pk), "another"))


@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_and_sealed_during_the_verification_is_no_fault(edition, participant, session, monkeypatch):
    EvidenceFactory(participant=participant, session=session)
    seal_records()

    def record_and_seal(read):
        def read_later(*args):
            in_threads([lambda: (EvidenceFactory(participant=participant, session=session), seal_records())])
            yield from read(*args)

        return read_later

    for name in ("places_of", "records_of"):
        original = getattr(seal_verification, name)
        monkeypatch.setattr(seal_verification, name, record_and_seal(original))

    call_command("verify_attendance", edition.slug)

    assert Seal.objects.count() > 1


def test_many_records_that_are_gone_do_not_hold_up_the_others(edition, participant, session, monkeypatch):
    monkeypatch.setattr(seals, "MOST_IN_A_SEAL", 2)
    gone = [EvidenceFactory(participant=participant, session=session) for _ in range(5)]
    stays = EvidenceFactory(participant=participant, session=session)
    for it in gone:
        behind("DELETE FROM attendance_evidence WHERE id = %s", it.pk)

    assert seal_records() == 1
    assert SealedRecord.objects.get(record=stays.pk).seal is not None


def test_retention_can_delete_what_is_sealed(edition, evidence):
    with deletion_allowed():
        SealedRecord.objects.all().delete()
        Seal.objects.all().delete()

    assert not Seal.objects.exists()


@pytest.mark.parametrize("proof", [("0", "peer-learning"), ("x", "peer-learning"), ("1", "nothing")])
def test_a_proof_about_nobody_is_a_sentence(edition, session, proof):
    with pytest.raises(CommandError, match="There is no such participant|There is no such session"):
        call_command("verify_attendance", edition.slug, proof=proof)
