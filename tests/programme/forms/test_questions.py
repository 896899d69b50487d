"""Random registries of questions and random answers: what was typed is what is exported, what is hidden is not required."""

import datetime as dt
from decimal import Decimal

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from programme.forms.questions import QuestionsForm, name_of, typed_own_answers
from programme.models import Answer, Edition, Question
from programme.rules.questions import MOST_QUESTIONS, OF_PROFILE, When
from tests.factories.questions import choice
from udtacademy.db.encryption import is_encrypted

EDITION = Edition(pk=1, slug="academy", time_zone="Europe/Madrid")
KEYS = ["red", "blue", "green"]
TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=40)
TYPED = {  # kind → what is typed, and the cell of a spreadsheet that it becomes
    "line": TEXTS.map(lambda it: ([f"  {it}\t{it} "], f"{it} {it}")),
    "text": TEXTS.map(lambda it: ([f"{it}\r\n\r\n{it} "], f"{it}\n\n{it}")),
    "address": TEXTS.map(lambda it: ([f" {it} 1 \r\n\r\n08001  {it}"], f"{it} 1\n08001 {it}")),
    "choice": st.sampled_from(KEYS).map(lambda it: ([it], it.capitalize())),
    "choices": st.sets(st.sampled_from(KEYS), min_size=1).map(
        lambda keys: (sorted(keys), "; ".join(it.capitalize() for it in KEYS if it in keys))
    ),
    "yes_no": st.sampled_from(["yes", "no"]).map(lambda it: ([it], it.capitalize())),
    "number": st.decimals(-(10**11), 10**11, places=3).map(
        lambda it: ([str(it).replace(".", ",")], it.normalize() + 0)
    ),
    "date": st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)).map(lambda it: ([it.isoformat()], it)),
    "file": st.sampled_from(["CV.pdf", "سيرة.odt"]).map(lambda it: ([f"{'A' * 22}/{it}"], it)),
    "country": st.sampled_from([("ES", "Spain"), ("PT", "Portugal")]).map(lambda it: ([it[0]], it[1])),
}
CONDITIONS = {"choice": KEYS, "choices": KEYS, "yes_no": ["yes", "no"]}


@st.composite
def registries(draw):
    """Questions in any order, of which each may depend on any that was drawn before it, with what is typed: None for nothing."""
    questions, typed = [], {}
    for number in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(sorted(TYPED)))
        parents = [it for it in questions if it.kind in CONDITIONS]
        question = Question(
            pk=number + 1,
            edition=EDITION,
            key=f"q{number}",
            kind=kind,
            labels={"en": f"Question {number}?"},
            choices=[choice(key) for key in KEYS] if kind in {"choice", "choices"} else [],
            asked_of=draw(
                st.sampled_from(["everybody", "coordinators", "others", *(["answer"] * 3 if parents else [])])
            ),
            asked_when=draw(st.sampled_from(["registration", "registration", "later", "coordinators"])),
            is_required=draw(st.booleans()),
            privacy=draw(st.sampled_from(["plain", "personal", "sensitive"])),
            is_retired=draw(st.sampled_from([False, False, False, True])),
        )
        if question.asked_of == "answer":
            question.depends_on = draw(st.sampled_from(parents))
            answers = CONDITIONS[question.depends_on.kind]
            question.depends_answers = sorted(draw(st.sets(st.sampled_from(answers), min_size=1)))
        questions.append(question)
        typed[question.key] = draw(st.none() | TYPED[kind])
    return draw(st.permutations(questions)), typed


def is_for(question, typed, *, is_coordinator, occasions):
    """Whether a question is to be answered, worked out from what is typed. The oracle."""
    if question.is_retired or question.asked_when not in occasions:
        return False
    if question.asked_of == "everybody":
        return True
    if question.asked_of != "answer":
        return (question.asked_of == "coordinators") == is_coordinator
    parent = question.depends_on
    given_to_parent = typed[parent.key][0] if typed[parent.key] else []
    return is_for(parent, typed, is_coordinator=is_coordinator, occasions=occasions) and bool(
        set(given_to_parent) & set(question.depends_answers)
    )


@given(registries(), st.booleans(), st.sampled_from([{When.REGISTRATION}, OF_PROFILE, {When.COORDINATORS}]))
def test_what_was_typed_is_what_is_exported_and_what_is_hidden_is_not_required(registry, is_coordinator, occasions):
    questions, typed = registry
    posted = QueryDict(mutable=True)
    for question in questions:
        posted.setlist(name_of(question), typed[question.key][0] if typed[question.key] else [""])
    shown = {it.key for it in questions if is_for(it, typed, is_coordinator=is_coordinator, occasions=occasions)}

    form = QuestionsForm(posted)
    form.ask(EDITION, questions, occasions=occasions, is_coordinator=is_coordinator)

    missing = {name_of(it) for it in questions if it.key in shown and it.is_required and not typed[it.key]}
    assert set(form.errors) == missing
    if missing:
        return
    answers = form.own_answers()
    assert set(answers) == {it.pk for it in questions if it.key in shown}
    for question in questions:
        if question.key in shown:
            assert exported(question, answers[question.pk]) == (typed[question.key][1] if typed[question.key] else "")


def exported(question, content):
    """The cell that an answer becomes, once it was stored."""
    row = Answer(question=question)
    row.put(content, is_sensitive=question.is_sensitive)
    row.private_value = row._meta.get_field("private_value").pre_save(row, add=True)  # as in the database
    if question.is_sensitive:
        assert row.value is None
        assert content is None or is_encrypted(row.__dict__["private_value"])
    cell = question.as_cell(row.content)
    return cell.normalize() + 0 if isinstance(cell, Decimal) else cell


@given(
    st.dictionaries(st.text() | st.from_regex(r"\Aq-[a-z0-9-]{1,80}\Z"), st.lists(st.text()) | st.text() | st.none())
)
def test_what_is_kept_for_a_draft_is_small_and_of_questions_only(posted):
    kept = typed_own_answers(posted)

    assert len(kept) <= MOST_QUESTIONS
    assert all(name.startswith("q-") and "\0" not in str(text) for name, text in kept.items())
