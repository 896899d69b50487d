"""Questions in programme files and copies."""

import datetime as dt

import pytest

from programme.actions.profiles import put_answers
from programme.models import Question
from programme.programme_files.clone import clone_edition
from programme.programme_files.dump import dump_programme, dumps
from programme.programme_files.load import load_programme
from programme.programme_files.mistakes import DocumentError
from programme.programme_files.reading import loads
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.questions import QuestionFactory, choice

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking(edition):
    """An edition with questions of many kinds, one of which depends on a later one, and a system question worded otherwise."""
    size = QuestionFactory(edition=edition, key="size", kind="choice", position=1, is_required=True)
    shirt = QuestionFactory(edition=edition, key="shirt", kind="yes_no", hints={"en": "For the photo."}, position=50)
    Question.objects.filter(pk=size.pk).update(asked_of="answer", depends_on=shirt, depends_answers=["yes"])
    QuestionFactory(
        edition=edition, key="phone", privacy="sensitive", kept_days=14, asked_when="coordinators", is_on_lists=True
    )
    QuestionFactory(
        edition=edition, key="old", kind="choices", is_retired=True, choices=[choice("a"), choice("b", is_retired=True)]
    )
    QuestionFactory(edition=edition, is_required=True, required_from=dt.date(2025, 10, 1))
    edition.questions.filter(key="hopes").update(labels={"en": "Your goal"}, is_required=False, position=60)
    edition.questions.filter(key="dietary_needs").update(kept_days=7)
    edition.questions.filter(key="photo_consent").update(is_retired=True)
    return edition


def facts_of(edition):
    """What an edition asks, without what differs from row to row."""
    left_out = {"id", "edition_id", "depends_on_id", "asked_since", "_state", "_depends_on", "position"}
    return [
        {name: it for name, it in vars(question).items() if name not in left_out}
        | {"parent": question.depends_on and question.depends_on.key}
        for question in edition.questions.in_order()
    ]


def test_questions_are_dumped_and_loaded_without_loss(asking):
    source = dumps(dump_programme(edition=asking)).encode()

    assert load_programme(document=loads(source), by=None)[1].made == []
    new, _changes = load_programme(document=loads(source.replace(asking.slug.encode(), b"udt-2099")), by=None)
    assert facts_of(new) == facts_of(asking)
    assert dump_programme(edition=new).questions == loads(source).questions


def test_a_copy_has_the_retired_choices_with_which_others_are_asked(edition):
    """Otherwise its programme file would ask for an answer that is not there."""
    choices = [choice("red"), choice("blue", is_retired=True), choice("green", is_retired=True)]
    parent = QuestionFactory(edition=edition, kind="choice", choices=choices)
    QuestionFactory(edition=edition, asked_of="answer", depends_on=parent, depends_answers=["blue"])

    copied = clone_edition(edition=edition, slug="udt-2099", first_day=dt.date(2099, 9, 15), by=None).edition

    assert [it.key for it in copied.questions.get(key=parent.key).all_choices] == ["red", "blue"]
    assert loads(dumps(dump_programme(edition=copied)).encode()).questions


def test_an_edition_that_asks_as_usual_has_no_questions_in_its_file(edition):
    assert dump_programme(edition=edition).questions == ()


def test_a_choice_that_a_file_leaves_out_stays_theirs_who_chose_it(asking):
    question = asking.questions.get(key="size")
    person = ParticipantFactory(delegation=DelegationFactory(edition=asking))
    put_answers(person, {question: "red"})
    source = dumps(dump_programme(edition=asking))
    start = source.index('key = "red"')
    shorter = source[:start] + source[start:].replace('key = "red"', 'key = "pink"', 1)

    load_programme(document=loads(shorter.encode()), by=None)

    question = Question.objects.get(pk=question.pk)
    assert [(it.key, it.is_retired) for it in question.all_choices] == [
        ("pink", False),
        ("blue", False),
        ("green", False),
        ("red", True),
    ]
    assert load_programme(document=loads(shorter.encode()), by=None)[1].made == []


def test_a_copy_asks_the_same_but_for_what_is_no_longer_asked(asking):
    clone = clone_edition(edition=asking, slug="udt-2026", first_day=dt.date(2026, 9, 15), by=None).edition

    before = [it for it in facts_of(asking) if it["key"] != "old"]
    after = facts_of(clone)
    assert {it["key"]: it["required_from"] for it in after if it["required_from"]} == {
        it["key"]: dt.date(2026, 9, 30) for it in before if it["required_from"]
    }
    for facts in (*before, *after):
        facts.pop("required_from")
    assert after == before


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ('key = "a"', "expected a kind"),
        ('key = "a"\nkind = "line"', "expected labels"),
        ('key = "a"\nkind = "choice"\nlabels = {en = "A?"}', "expected choices"),
        ('key = "a"\nkind = "line"\nlabels = {en = "A?"}\nprivacy = "personal"', "expected kept_days"),
        (
            'key = "a"\nkind = "line"\nlabels = {en = "A?"}\nprivacy = "sensitive"\nkept_days = 1\nis_on_badge = true',
            "expected is_on_badge",
        ),
        *(
            (f'key = "a"\nkind = "file"\nlabels = {{en = "A?"}}\n{given}', expected)
            for given, expected in [
                ('asked_when = "application"', "expected asked_when"),
                ('privacy = "sensitive"\nkept_days = 1', "expected another privacy"),
                ("is_on_lists = true", "expected is_on_lists and is_on_badge"),
            ]
        ),
        ('key = "hopes"\nkind = "line"', "expected no kind"),
        ('key = "arrives_at"\nis_required = true', "expected no is_required"),
        ('key = "a"\nkind = "line"\nlabels = {en = "A?"}\nasked_of = "answer"', "expected depends_on"),
        (
            'key = "a"\nkind = "yes_no"\nlabels = {en = "A?"}\nasked_of = "answer"\ndepends_on = "a"\ndepends_answers = ["yes"]',
            "its own answer",
        ),
        ('key = "a"\nkind = "drawing"', "expected one of"),
        ('key = "a"\nkind = "line"\nlabels = {en = 1}', "expected text"),
    ],
)
def test_mistakes_in_questions_are_named(edition, table, mistake):
    source = dumps(dump_programme(edition=edition)) + f"\n[[questions]]\n{table}\n"

    with pytest.raises(DocumentError) as error:
        loads(source.encode())

    assert mistake in str(error.value)
    assert "questions[0]" in str(error.value)
