"""The page of a personal link, and the way to it from the portal."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from attendance.models import FeedbackGiven, FeedbackTally
from attendance.personal_links.feedback_links import feedback_path
from tests.factories.feedback import FeedbackSetFactory, was_there

ANSWERS = {"answer_0": "5", "answer_1": "", "answer_2": "fast", "answer_3": "Ευχαριστώ"}


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
    assert [it.label for it in response.context["form"]] == [
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
    again = client.post(path, ANSWERS | {"answer_0": "1"})

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
        ({"answer_3": "  "}, None, "no_answers"),
        ({"answer_0": "6", "answer_3": "Kept"}, "answer_0", "invalid_choice"),
        ({"answer_3": "x" * 1001}, "answer_3", "max_length"),
    ],
)
def test_invalid_answers_keep_what_was_typed(client, asked, ana, answers, field, code):
    response = client.post(feedback_path(ana, asked), answers)

    assert response.status_code == 422
    assert response.context["form"].has_error(field or "__all__", code)
    assert answers.get("answer_3", "") in response.content.decode()
    assert not FeedbackGiven.objects.exists()


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
