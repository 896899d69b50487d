"""Columns with answers in lists of people."""

from dataclasses import replace

import pytest

from programme.actions.people_import import import_people
from programme.actions.profiles import put_answers
from programme.imports.outcomes import Outcome
from programme.imports.reading import PEOPLE, as_text, packed, read_list, unpacked
from programme.models import Answer
from programme.queries.people_import import plan_people
from tests.factories.people import ParticipantFactory
from tests.factories.questions import QuestionFactory, choice

pytestmark = pytest.mark.django_db

HEAD = "City\tEmail\tName\tShirt\tWhich topics?\tphone\tShoe size\tArrives\tPassport"


@pytest.fixture
def kind(open_edition):
    made = [
        QuestionFactory(edition=open_edition, key="shirt", kind="yes_no", labels={"en": "Shirt"}),
        QuestionFactory(
            edition=open_edition,
            key="topics",
            kind="choices",
            labels={"en": "Which topics?"},
            choices=[choice("e", "Energy, water"), choice("m", "Mobility"), choice("old", "Old", is_retired=True)],
        ),
        QuestionFactory(edition=open_edition, key="phone", privacy="sensitive", kept_days=3),
        QuestionFactory(edition=open_edition, key="size", kind="number", labels={"en": "Shoe size"}),
        QuestionFactory(edition=open_edition, key="arrives", kind="date", labels={"en": "Arrives"}),
        QuestionFactory(edition=open_edition, key="passport", kind="country", labels={"en": "Passport"}),
    ]
    return PEOPLE.with_answers((f"q-{it.key}", str(it)) for it in made)


def rows_in(kind, *lines):
    """The rows of a pasted list, as the page keeps them between checking and importing."""
    read = read_list("\n".join([HEAD, *lines]).encode(), name="", kind=kind)
    assert read.unused == []
    return unpacked(packed(read.rows, kind), kind)


def test_answers_of_new_and_known_people_are_imported(kind, delegation, organiser):
    known = ParticipantFactory(delegation=delegation, user__email="bo@girona.example", user__name="Bo Bru")
    shirt = delegation.edition.questions.get(key="shirt")
    put_answers(known, {shirt: "no"})
    rows = rows_in(
        kind,
        "Girona\tana@girona.example\tAna\tsí\tMobility; energy, water\t+34 972 1\t38,5\t2026-11-05 00:00:00\tFrankreich",
        "Girona\tbo@girona.example\tBo Bru\tyes\t\t\t-3\t\t",
    )
    plan = plan_people(delegation.edition, rows, organiser)

    import_people(edition=delegation.edition, rows=rows, agreed_to=plan.token, by=organiser)

    assert [(it.field, it.before, it.after) for it in plan.rows[1].changes] == [
        ("Shirt", "No", "Yes"),
        ("Shoe size", "–", "-3"),
    ]
    contents = {(it.participant.user.name, it.question.key): it.content for it in Answer.objects.all()}
    assert contents == {
        ("Ana", "shirt"): "yes",
        ("Ana", "topics"): ["e", "m"],
        ("Ana", "phone"): "+34 972 1",
        ("Ana", "size"): "38.5",
        ("Ana", "arrives"): "2026-11-05",
        ("Ana", "passport"): "FR",
        ("Bo Bru", "shirt"): "yes",
        ("Bo Bru", "size"): "-3",
    }
    assert Answer.objects.get(question__key="phone").value is None


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("perhaps\t\t\t\t\t", "Shirt: Choose yes or no."),
        ("\tOld\t\t\t\t", "Which topics?: Choose from the list"),
        ("\t\t\tmany\t\t", "Shoe size: Enter a number"),
        ("\t\t\t\t5/11/2026\t", "Arrives: Enter a date"),
        ("\t\t\t\t\tKongo", "Passport: Choose a country."),
        ("\t\t=1+1\t\t\t", "is a formula"),
    ],
)
def test_a_cell_that_is_no_answer_refuses_its_row(kind, delegation, organiser, cells, why):
    (row,) = plan_people(delegation.edition, rows_in(kind, f"Girona\tana@girona.example\tAna\t{cells}"), organiser).rows

    assert row.outcome == "refused"
    assert why in row.why


def test_a_column_of_files_is_refused(delegation, organiser):
    cv = QuestionFactory(edition=delegation.edition, key="cv", kind="file")
    kind = PEOPLE.with_answers([("q-cv", str(cv))])
    read = read_list(b"City\tEmail\tcv\nGirona\tana@girona.example\tCV.pdf", name="", kind=kind)

    (row,) = plan_people(delegation.edition, read.rows, organiser).rows

    assert row.outcome == "refused"
    assert "cannot be imported" in row.why


def test_columns_of_the_list_itself_come_before_questions_with_the_same_name(delegation, organiser):
    names = ("City", "Email", "Job title", "First name")
    made = [
        QuestionFactory(edition=delegation.edition, key=it.lower().replace(" ", "-"), labels={"en": it}) for it in names
    ]
    kind = PEOPLE.with_answers((f"q-{it.key}", str(it)) for it in made)
    labels = "City\tEmail\tFirst name\tSurname\tJob title\tQuestion: City\tQuestion: job title"
    pasted = f"{labels}\nGirona\tana@girona.example\tAna\tRoca\tEngineer\tParis\tBoss"

    read = read_list(pasted.encode(), name="", kind=kind)

    assert read.unused == []
    assert dict(read.rows[0].cells) == {
        "city": "Girona",
        "name": "Ana Roca",
        "email": "ana@girona.example",
        "job_title": "Engineer",
        "q-city": "Paris",
        "q-job-title": "Boss",
    }
    assert read_list(as_text(read.rows, kind).encode(), name="", kind=kind).rows == [replace(read.rows[0], number=2)]
    assert not plan_people(delegation.edition, read.rows, organiser).of(Outcome.REFUSED)
