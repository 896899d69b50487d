"""Every field of every model is declared: whose, why, how long. What is not, no download, notice or erasure would know of."""

from django.apps import apps

from udtacademy.personal_data import KEPT, WHY, declarations, record_of_processing, undeclared


def test_every_field_is_declared_once():
    assert undeclared() == []


def test_an_undeclared_field_is_noticed(monkeypatch):
    field = apps.get_model("programme", "Seat")._meta.get_field("reason")
    monkeypatch.setattr(field, "name", "remark")

    assert undeclared() == ["programme.Seat.reason", "programme.Seat.remark"]


def test_what_is_personal_says_why_and_how_long():
    personal = [it for it in declarations().values() if it.is_personal]

    assert {it.why for it in personal} == set(WHY)
    assert {it.kept for it in personal} == set(KEPT)
    assert [it for it in declarations().values() if it.is_personal == bool(it.nobody)] == []


def test_the_record_of_processing_names_every_personal_model_once():
    kinds = [name for _why, rows in record_of_processing() for name, _kept in rows]

    assert len(kinds) == len([it for it in declarations().values() if it.is_personal])
    assert "Seats" in kinds
