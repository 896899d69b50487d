import pytest

from programme.rules.session_feedback import (
    FeedbackKind,
    FeedbackQuestion,
    contradiction,
    questions_of,
    usual_questions,
)


def question(key="a", kind="scale", n=0):
    return FeedbackQuestion(key, FeedbackKind(kind), {"en": "?"}, {str(it): {"en": "x"} for it in range(n)})


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ([], ""),
        ([question()], "number_of_questions"),
        ([question("a"), question("b", "choice", 2)], ""),
        ([question(str(it)) for it in range(6)], "number_of_questions"),
        ([question(), question()], "key_twice"),
        ([question("a"), question("b", "choice", 1)], "number_of_choices"),
        ([question("a"), question("b", "choice", 9)], "number_of_choices"),
        ([question("a"), question("b", "text", 2)], "number_of_choices"),
    ],
)
def test_what_is_wrong_with_a_set_of_questions(questions, code):
    assert contradiction(questions) == code


def test_the_usual_questions_are_a_set_and_survive_as_rows():
    usual = usual_questions()

    assert contradiction(usual) == ""
    assert questions_of(it.as_row() for it in usual) == usual
