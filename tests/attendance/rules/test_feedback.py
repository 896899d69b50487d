"""How answers are counted, and which figures may be seen. The means are worked out by hand."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.feedback import (
    FEWEST,
    Figure,
    add_answers,
    asks_at,
    closes_on,
    figures_of,
    n_answers,
    pooled,
    renewed,
)
from programme.rules.session_feedback import usual_questions

QUESTIONS = usual_questions()
SATISFACTION, USEFUL, PACE, CHANGE = QUESTIONS


def counted(answers):
    result = {}
    for one in answers:
        result = add_answers(result, QUESTIONS, one)
    return result


def test_answers_are_counted_and_texts_sorted():
    answers = [
        {"satisfaction": "4", "pace": "fast", "change": "More time"},
        {"satisfaction": "4", "change": "A break"},
        {"satisfaction": "5", "useful": "", "unknown": "1"},
    ]

    assert counted(answers) == {
        "satisfaction": {"4": 2, "5": 1},
        "pace": {"fast": 1},
        "change": ["A break", "More time"],
    }


ONE = st.fixed_dictionaries(
    {
        "satisfaction": st.sampled_from(["", "1", "3", "5"]),
        "pace": st.sampled_from(["", "slow", "fast"]),
        "change": st.sampled_from(["", "a", "b", "c"]),
    }
)


@given(st.lists(ONE, max_size=8).flatmap(lambda it: st.tuples(st.just(it), st.permutations(it))))
def test_what_is_stored_does_not_depend_on_who_came_when(orders):
    assert counted(orders[0]) == counted(orders[1])


@given(st.lists(ONE, max_size=12))
def test_no_figure_is_of_fewer_than_five(answers):
    figures = figures_of(QUESTIONS, counted(answers), len(answers))

    assert bool(figures) == (len(answers) >= FEWEST)
    for figure in figures:
        assert figure.counts is None or sum(figure.counts.values()) >= FEWEST
        assert not figure.texts or len(figure.texts) >= FEWEST
        assert figure.is_hidden == (not figure.counts and not figure.texts)


@given(st.lists(ONE, max_size=24))
def test_two_looks_at_a_question_never_differ_by_fewer_than_five_answers(answers):
    looks = [{}]
    for n in range(len(answers)):
        looks.append(renewed(looks[-1], counted(answers[: n + 1])))

    for before, after in pairwise(looks):
        more = {key: n_answers(it) - n_answers(before.get(key)) for key, it in after.items()}
        assert [n for n in more.values() if 0 < n < FEWEST] == []
    for key, it in counted(answers).items():  # and nothing is held back for longer
        assert n_answers(it) - n_answers(looks[-1].get(key)) < FEWEST


def test_five_have_figures_and_four_have_none():
    four = [{"satisfaction": it} for it in "2345"]

    assert figures_of(QUESTIONS, counted(four), 4) == []
    figures = figures_of(QUESTIONS, counted([*four, {"satisfaction": "5", "useful": "1", "change": "x"}]), 5)
    assert figures[0].counts == {"1": 0, "2": 1, "3": 1, "4": 1, "5": 2}
    assert figures[0].mean == 3.8  # (2 + 3 + 4 + 5 + 5) / 5
    assert (figures[1].counts, figures[2].counts) == (None, None)  # one has answered, and nobody
    assert (figures[3].texts, figures[3].is_hidden) == ((), True)  # a text gives its writer away no less
    figures = figures_of(QUESTIONS, counted([{"change": it} for it in "edcba"]), 5)
    assert (figures[3].texts, figures[3].is_hidden) == (list("abcde"), False)


@pytest.mark.parametrize(
    ("counts", "mean"),
    [
        ({"1": 5}, 1.0),
        ({"4": 3, "5": 1}, 4.3),  # 4.25, half up
        ({"3": 2, "4": 1}, 3.3),
        ({}, None),
    ],
)
def test_a_mean_has_one_decimal(counts, mean):
    assert Figure(SATISFACTION, counts).mean == mean


def test_a_sum_has_only_what_is_seen_in_its_parts():
    """Otherwise what is hidden of one session would be the sum without the others."""
    seen = Figure(SATISFACTION, {"4": 5})
    hidden = Figure(SATISFACTION, None)

    pool = pooled([seen, hidden, Figure(USEFUL, None)])

    assert {key: (it.n_sessions, it.figure().n, it.figure().mean) for key, it in pool.items()} == {
        "satisfaction": (1, 5, 4.0)
    }


def test_questions_of_one_key_that_differ_are_not_mixed():
    other = Figure(type(PACE)("satisfaction", PACE.kind, PACE.labels, PACE.choices), {"slow": 9})

    assert pooled([Figure(SATISFACTION, {"5": 5}), other])["satisfaction"].counts == {"5": 5}


def test_figures_of_a_question_are_renewed_by_five_who_answered_it():
    shown = {"satisfaction": {"4": 5}, "change": list("abcde")}

    assert renewed(shown, {"satisfaction": {"4": 9}, "change": list("abcdefghi"), "useful": {"1": 4}}) == shown
    now = {"satisfaction": {"4": 9, "1": 1}, "change": list("abcdef"), "useful": {"1": 5}}
    assert renewed(shown, now) == now | {"change": list("abcde")}


def test_people_are_asked_an_hour_after_the_last_session_of_a_day_and_answer_for_some_days():
    ends = [dt.datetime(2026, 11, 5, hour, tzinfo=dt.UTC) for hour in (11, 16)]

    assert asks_at(ends) == dt.datetime(2026, 11, 5, 17, tzinfo=dt.UTC)
    assert closes_on(dt.date(2026, 11, 5), 14) == dt.date(2026, 11, 19)
