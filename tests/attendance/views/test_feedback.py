"""The page of a personal link, and the way to it from the portal."""

import datetime as dt
from threading import Thread

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from attendance.models import FeedbackGiven, FeedbackTally
from attendance.personal_links.feedback_links import feedback_path
from programme.models import FeedbackSet
from programme.rules.session_feedback import token_of, usual_questions
from tests.factories.feedback import FeedbackSetFactory, was_there
from tests.waiting import until_waited_for

SEEN = {"seen": token_of(usual_questions())}
ANSWERS = SEEN | {"answer_satisfaction": "5", "answer_useful": "", "answer_pace": "fast", "answer_change": "Ευχαριστώ"}


@pytest.fixture
def asked(over):
    FeedbackSetFactory(edition=over.edition)
    return over


@pytest.fixture
def ana(asked, delegation):
    (ana,) = was_there(asked, delegation, user__name="Ana Anaya")
    return ana


def test_the_link_shows_the_questions_and_changes_nothing(client, asked, ana):
    response = client.get(feedback_path(ana, asked))

    assert response.status_code == 200
    assert [it.label for it in response.context["form"] if not it.is_hidden] == [
        "How satisfied are you with this session?",
        "How useful is it for your city?",
        "How was the pace?",
        "What should we do differently next time?",
    ]
    assert "Ana" not in response.content.decode()
    assert not FeedbackGiven.objects.exists()
    assert not FeedbackTally.objects.exists()


def test_answers_are_taken_once_without_signing_in(client, asked, ana):
    path = feedback_path(ana, asked)

    first = client.post(path, ANSWERS)
    again = client.post(path, ANSWERS | {"answer_satisfaction": "1"})

    assert (first.status_code, first.url) == (302, path)
    assert (again.status_code, again.context["is_done"]) == (200, True)
    assert FeedbackTally.objects.get().answers == {
        "satisfaction": {"5": 1},
        "pace": {"fast": 1},
        "change": ["Ευχαριστώ"],
    }


@pytest.mark.parametrize(
    ("answers", "field", "code"),
    [
        ({"answer_change": "  "}, None, "no_answers"),
        ({"answer_satisfaction": "6", "answer_change": "Kept"}, "answer_satisfaction", "invalid_choice"),
        ({"answer_change": "x" * 1001}, "answer_change", "max_length"),
    ],
)
def test_invalid_answers_keep_what_was_typed(client, asked, ana, answers, field, code):
    response = client.post(feedback_path(ana, asked), SEEN | answers)

    assert response.status_code == 422
    assert response.context["form"].has_error(field or "__all__", code)
    assert answers.get("answer_change", "") in response.content.decode()
    assert not FeedbackGiven.objects.exists()


def questions_change(change):
    """Change the questions as organisers do, while a page is open."""
    (row,) = FeedbackSet.objects.all()
    row.questions = change(row.questions)
    row.save()


def test_answers_belong_to_their_questions_in_whatever_order_these_are(client, asked, ana):
    questions_change(lambda rows: rows[::-1])

    assert client.post(feedback_path(ana, asked), ANSWERS).status_code == 302
    assert FeedbackTally.objects.get().answers["pace"] == {"fast": 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[1:],
        lambda rows: [rows[0] | {"labels": {"en": "How bad was it?"}}, *rows[1:]],
        lambda rows: [*rows[:2], rows[2] | {"choices": rows[2]["choices"][::-1]}, rows[3]],
    ],
)
def test_questions_that_have_changed_are_answered_again(client, asked, ana, change):
    questions_change(change)
    path = feedback_path(ana, asked)

    response = client.post(path, ANSWERS)

    form = response.context["form"]
    assert (response.status_code, form.has_error("__all__", "changed_meanwhile")) == (409, True)
    assert (form["answer_pace"].value(), form["answer_change"].value()) == ("fast", "Ευχαριστώ")
    assert not FeedbackGiven.objects.exists()
    assert not FeedbackTally.objects.exists()
    assert client.post(path, ANSWERS | {"seen": form["seen"].value()}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_questions_that_another_answer_fixes_at_this_moment_are_answered_again(client, asked, ana):
    """Between reading the questions and counting the answers there are now others: nobody is counted who has not read them."""
    others, responses = [it.as_row() for it in usual_questions()[::3]], []

    def answer():
        try:
            responses.append(client.post(feedback_path(ana, asked), ANSWERS))
        finally:
            connection.close()

    thread = Thread(target=answer)
    with transaction.atomic():
        FeedbackTally.objects.create(
            session=asked, edition=asked.edition, questions=others, closes_on=dt.date(2099, 1, 1), n_given=1
        )
        thread.start()
        until_waited_for()
    thread.join(timeout=30)

    (response,) = responses
    form = response.context["form"]
    assert (response.status_code, form.has_error("__all__", "changed_meanwhile")) == (409, True)
    assert [it.key for it in form.questions] == ["satisfaction", "change"]
    assert form["answer_change"].value() == "Ευχαριστώ"
    assert (FeedbackTally.objects.get().n_given, FeedbackGiven.objects.count()) == (1, 0)


def test_a_stranger_an_absent_person_and_a_cut_link_find_nothing(client, asked, ana, coordinator):
    path, absent = feedback_path(ana, asked), feedback_path(coordinator, asked)

    for url in (path[:-9] + "/", absent):
        assert client.post(url, ANSWERS).status_code == 404
    client.force_login(coordinator.user)
    assert client.get("/portal/academy/feedback/over/").status_code == 404
    assert not FeedbackGiven.objects.exists()


def test_who_withdraws_no_longer_answers(client, asked, ana):
    ana.state = "withdrawn"
    ana.save()

    assert client.post(feedback_path(ana, asked), ANSWERS).status_code == 404
    assert not FeedbackGiven.objects.exists()


def test_after_the_last_day_the_page_says_so(client, asked, ana):
    path = feedback_path(ana, asked)

    with time_machine.travel(timezone.now() + dt.timedelta(days=15)):
        shown, refused = client.get(path), client.post(path, ANSWERS)

    assert (shown.status_code, shown.context["is_open"], refused.status_code) == (200, False, 422)
    assert not FeedbackGiven.objects.exists()


def test_the_portal_leads_to_it_until_it_is_answered(client, asked, ana):
    client.force_login(ana.user)
    todo = next(it for it in client.get("/portal/academy/").context["todos"] if "/feedback/" in it.url)

    response = client.get(todo.url)

    assert response.url == feedback_path(ana, asked)
    client.post(response.url, ANSWERS)
    assert not [it for it in client.get("/portal/academy/").context["todos"] if "/feedback/" in it.url]
    assert client.get("/portal/academy/feedback/over/").status_code == 302  # which says that it is done
