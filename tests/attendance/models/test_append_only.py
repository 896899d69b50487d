"""Evidence and decisions are added to, never changed: the database says so, whoever asks."""

import datetime as dt
import uuid

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from attendance.actions.retention import GUARDED, deletion_allowed
from attendance.models import Decision, Evidence
from attendance.triggers import NOT_EMPTIED
from tests.factories.attendance import DecisionFactory, EvidenceFactory
from tests.factories.people import ParticipantFactory

TABLES = {Evidence: "attendance_evidence", Decision: "attendance_decision"}
both = pytest.mark.parametrize("model", [Evidence, Decision])


@pytest.fixture
def _as_outside_of_tests(db):
    """See `django_db_setup`: for tests in a transaction, whose end takes it back."""
    pgtrigger.enable(*(f"{model}:{NOT_EMPTIED}" for model in GUARDED))


@pytest.fixture
def pieces(participant, session, organiser, fire_deferred_triggers):
    """A piece of evidence and a decision, as if committed."""
    evidence = EvidenceFactory(participant=participant, session=session, scan_id=uuid.uuid4(), note="as it was")
    decision = DecisionFactory(participant=participant, session=session, by=organiser, reason="as it was")
    fire_deferred_triggers()
    return {Evidence: evidence, Decision: decision}


@pytest.fixture
def more(participant, session, organiser):
    """What a retraction is made of, but for what it takes back."""
    about = {"participant": participant, "session": session}
    return {**about, "kind": "retraction", "by": organiser, "note": "The wrong person"}


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def contents():
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


def refused(change):
    """Whether the database refuses it as a change of what is kept, and nothing has changed."""
    before = contents()
    with pytest.raises(IntegrityError, match="is added to, never changed"), transaction.atomic():
        change()
    return contents() == before


@both
def test_a_row_is_not_changed_by_the_orm(pieces, model):
    row = model.objects.get()

    assert refused(row.save)
    assert refused(lambda: model.objects.update(edition=row.edition_id))
    assert refused(lambda: model.objects.bulk_update([row], ["edition"]))
    assert refused(lambda: model.objects.update_or_create(pk=row.pk, defaults={"edition": row.edition}))


def test_a_row_is_not_changed_by_adding_it_again(pieces):
    again = Evidence(participant_id=pieces[Evidence].participant_id, session_id=pieces[Evidence].session_id)
    again.edition_id, again.kind, again.scan_id = pieces[Evidence].edition_id, "door", pieces[Evidence].scan_id
    again.observed_at, again.note = timezone.now(), "as it never was"

    assert refused(
        lambda: Evidence.objects.bulk_create(
            [again], update_conflicts=True, unique_fields=["scan_id"], update_fields=["note"]
        )
    )


@both
def test_a_row_is_not_deleted_by_the_orm(pieces, model):
    assert refused(model.objects.get().delete)
    assert refused(model.objects.all().delete)
    assert refused(lambda: model.objects.all()._raw_delete("default"))


@both
@pytest.mark.usefixtures("_as_outside_of_tests")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET participant_id = participant_id",
        "UPDATE {} SET id = id + 1000",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "TRUNCATE {} CASCADE",
        "TRUNCATE {} RESTART IDENTITY",
        "TRUNCATE programme_session, {} CASCADE",
    ],
)
def test_a_row_is_neither_changed_nor_deleted_by_sql(pieces, model, statement):
    assert refused(lambda: sql(statement.format(TABLES[model])))


@pytest.mark.usefixtures("_as_outside_of_tests")
@pytest.mark.parametrize("table", ["programme_edition", "programme_participant", "programme_session"])
def test_a_row_is_not_emptied_with_the_table_it_refers_to(pieces, table):
    assert refused(lambda: sql(f"TRUNCATE {table} CASCADE"))


def test_what_a_row_is_about_is_not_deleted(pieces, session, participant, organiser):
    for row in (session, participant, session.edition, organiser):
        with pytest.raises(ProtectedError):
            row.delete()

    for row in (session, participant, organiser):
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(f"DELETE FROM {row._meta.db_table} WHERE id = %s", row.pk)
            sql("SET CONSTRAINTS ALL IMMEDIATE")


# What privacy asks to be forgotten


@both
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}"])
def test_forgetting_deletes(pieces, model, statement):
    with deletion_allowed():
        sql(statement.format(TABLES[model]))

    assert not model.objects.exists()


def test_forgetting_is_over_after_its_block(pieces):
    with deletion_allowed():
        Decision.objects.all().delete()

    assert refused(Evidence.objects.all().delete)


def test_forgetting_is_over_after_an_error(pieces):
    with pytest.raises(ZeroDivisionError), deletion_allowed():
        _ = 1 / 0

    assert refused(Evidence.objects.all().delete)
    assert refused(lambda: Decision.objects.update(reason="as it never was"))


@pytest.mark.django_db(transaction=True)
def test_forgetting_is_for_its_own_connection_only(pieces):
    other = connection.copy()
    try:
        with deletion_allowed(), pytest.raises(IntegrityError, match="never changed"), other.cursor() as cursor:
            cursor.execute("DELETE FROM attendance_evidence")
    finally:
        other.close()

    assert Evidence.objects.count() == 1


# Taking back


def test_a_retraction_is_kept_beside_what_it_takes_back(pieces, more, fire_deferred_triggers):
    retraction = EvidenceFactory(retracts=pieces[Evidence], **more)
    fire_deferred_triggers()

    assert set(Evidence.objects.all()) == {pieces[Evidence], retraction}
    assert not Evidence.objects.effective().exists()
    assert refused(retraction.delete)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"retracts": None}, "evidence_retraction_names_what_it_takes_back"),
        ({"kind": "door"}, "evidence_retraction_names_what_it_takes_back"),
        ({"by": None}, "evidence_retraction_says_who_and_why"),
        ({"note": ""}, "evidence_retraction_says_who_and_why"),
    ],
)
def test_a_retraction_names_what_it_takes_back_by_whom_and_why(pieces, more, values, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        EvidenceFactory(**{"retracts": pieces[Evidence], **more, **values})


def test_a_piece_is_taken_back_once(pieces, more):
    EvidenceFactory(retracts=pieces[Evidence], **more)

    with pytest.raises(IntegrityError, match="retracts_id"):
        EvidenceFactory(retracts=pieces[Evidence], **more)


def test_a_retraction_of_another_persons_evidence_is_refused(pieces, more, participant, fire_deferred_triggers):
    other = ParticipantFactory(delegation=participant.delegation)
    EvidenceFactory(retracts=pieces[Evidence], **(more | {"participant": other}))

    with pytest.raises(IntegrityError, match="attendance_evidence_retracts_same_cell"):
        fire_deferred_triggers()


def test_a_retraction_of_another_sessions_evidence_is_refused(pieces, more, session, fire_deferred_triggers):
    other = type(session).objects.create(edition=session.edition, slug="another", title="Another")
    EvidenceFactory(retracts=pieces[Evidence], **(more | {"session": other}))

    with pytest.raises(IntegrityError, match="attendance_evidence_retracts_same_cell"):
        fire_deferred_triggers()


# What else is refused


def test_evidence_does_not_end_before_it_starts(participant, session):
    now = timezone.now()

    with pytest.raises(IntegrityError, match="evidence_ends_after_it_starts"):
        EvidenceFactory(participant=participant, session=session, observed_at=now, ended_at=now - dt.timedelta(1))


def test_a_scan_is_recorded_once(pieces, participant, session):
    with pytest.raises(IntegrityError, match="scan_id"):
        EvidenceFactory(participant=participant, session=session, scan_id=pieces[Evidence].scan_id)


def test_a_decision_has_a_reason(participant, session, organiser):
    with pytest.raises(IntegrityError, match="decision_has_a_reason"):
        DecisionFactory(participant=participant, session=session, by=organiser, reason="")


@pytest.mark.parametrize("factory", [EvidenceFactory, DecisionFactory])
def test_a_row_about_somebody_of_another_edition_is_refused(session, organiser, factory, fire_deferred_triggers):
    factory(participant=ParticipantFactory(), session=session, by=organiser)

    with pytest.raises(IntegrityError, match="participant_id_same_edition"):
        fire_deferred_triggers()


# About somebody and a session that are there


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["attendance", "decision", "evidence", "excuse"])
def test_each_person_and_session_is_there_and_of_the_rows_edition(table):
    """Composite foreign keys say so, and need both columns to be filled; single ones would be checked once more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f' AND conname ~ '(participant|session|edition)'",
            [f"attendance_{table}"],
        )
        constraints = {
            name: definition for name, definition in cursor.fetchall() if "report" not in name and "kiosk" not in name
        }
        cursor.execute(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass AND attnotnull"
            " AND attname IN ('participant_id', 'session_id', 'edition_id')",
            [f"attendance_{table}"],
        )
        n_filled = cursor.fetchone()[0]

    assert constraints == {
        f"attendance_{table}_{what}_id_same_edition": (
            f"FOREIGN KEY ({what}_id, edition_id) REFERENCES programme_{what}(id, edition_id)"
            " DEFERRABLE INITIALLY DEFERRED"
        )
        for what in ("participant", "session")
    }
    assert n_filled == 3
