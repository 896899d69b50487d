"""Evidence and decisions are added to, never changed: the database says so, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from attendance.models import Decision, Evidence
from attendance.retention import forgetting
from tests.factories.attendance import DecisionFactory, EvidenceFactory
from tests.factories.people import ParticipantFactory


@pytest.fixture
def kept(participant, session, organiser):
    EvidenceFactory(participant=participant, session=session)
    DecisionFactory(participant=participant, session=session, by=organiser)
    return {Evidence: "attendance_evidence", Decision: "attendance_decision"}


@pytest.mark.parametrize("model", [Evidence, Decision])
@pytest.mark.parametrize("way", ["save", "update", "delete", "delete many", "SQL update", "SQL delete", "truncate"])
def test_a_row_is_neither_changed_nor_deleted(kept, model, way, fire_deferred_triggers):
    row, table = model.objects.get(), kept[model]
    ways = {
        "save": row.save,
        "update": lambda: model.objects.update(participant=row.participant),
        "delete": row.delete,
        "delete many": lambda: model.objects.all().delete(),
        "SQL update": lambda: connection.cursor().execute(f"UPDATE {table} SET id = id"),
        "SQL delete": lambda: connection.cursor().execute(f"DELETE FROM {table}"),
        "truncate": lambda: connection.cursor().execute(f"TRUNCATE {table} CASCADE"),
    }

    fire_deferred_triggers()
    with pytest.raises(IntegrityError, match="added to, never changed"), transaction.atomic():
        ways[way]()

    assert model.objects.get() == row


@pytest.mark.parametrize("model", [Evidence, Decision])
def test_what_privacy_asks_for_is_deleted(kept, model):
    with forgetting():
        model.objects.all().delete()

    assert not model.objects.exists()


def test_a_retraction_is_about_whom_it_takes_back(kept, session, organiser, participant, fire_deferred_triggers):
    other = ParticipantFactory(delegation=participant.delegation)
    more = {"session": session, "kind": "retraction", "by": organiser, "note": "A mistake"}

    with pytest.raises(IntegrityError), transaction.atomic():
        EvidenceFactory(participant=other, retracts=Evidence.objects.get(), **more)
        fire_deferred_triggers()
    with pytest.raises(IntegrityError, match="says_who_and_why"), transaction.atomic():
        EvidenceFactory(participant=participant, retracts=Evidence.objects.get(), **(more | {"note": ""}))
    with pytest.raises(IntegrityError, match="names_what"), transaction.atomic():
        EvidenceFactory(participant=participant, **more)
