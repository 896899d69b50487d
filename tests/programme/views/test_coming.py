"""The page that asks whether somebody still comes to the days in person."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from programme.models import ComingAnswer, Participant
from programme.queries.in_person_days import coming_rule_of, sessions_in_person
from programme.queries.todos import choose_tracks
from tests.client import text
from tests.factories.people import SeatFactory, UserFactory
from tests.programme.todos import has_todo


@pytest.fixture
def asked(tracks, open_edition, coordinator):
    """Somebody with a seat in person in a week, asked since a week."""
    open_edition.coming_question_days = 14
    open_edition.save()
    for name in ("governance-morning", "technical-afternoon"):
        SeatFactory(participant=coordinator, session=tracks[name])
    return coordinator


@pytest.fixture
def url(open_edition):
    return reverse("programme:coming", args=[open_edition.slug])


@pytest.fixture
def rule(asked):
    return coming_rule_of(asked.edition, sessions_in_person(asked.edition))


@pytest.fixture
def answer(client, url, rule):
    def post(answer, days=None):
        return client.post(url, {"answer": answer, "days": days or rule.days.key}, follow=True)

    return post


@pytest.fixture
def signed_in(client, asked):
    client.force_login(asked.user)
    return client


def todos(client, edition):
    portal = client.get(reverse("programme:portal", args=[edition.slug]))
    return portal, [it.title for it in portal.context["todos"]]


@pytest.mark.usefixtures("signed_in")
def test_a_no_and_one_step_back_wording(client, url, asked, answer):
    page = text(client.get(url))
    assert page.index("Yes, I am coming") < page.index("No, I cannot come")
    assert "You stay registered" in page

    page = text(answer("no"))
    assert "You said that you cannot come." in page
    assert "You no longer have a seat in “Governance in the morning”." in page
    assert "I can come after all" in page
    assert "No, I cannot come" not in page
    assert not asked.seats.exists()

    page = text(answer("yes"))
    assert "You have a seat in “Governance in the morning”." in page
    assert "You said that you are coming." in page
    assert asked.seats.held().count() == 2


def test_looking_answers_nothing(signed_in, url, asked):
    assert signed_in.get(url).status_code == signed_in.head(url).status_code == 200
    assert not ComingAnswer.objects.exists()


@pytest.mark.usefixtures("asked")
def test_who_is_not_signed_in_signs_in_first_whatever_they_send(client, url, rule):
    page, sent = client.get(url), client.post(url, {"answer": "no", "days": rule.days.key})

    assert page.url == sent.url == f"{reverse('account_request_login_code')}?next={url}"
    assert not ComingAnswer.objects.exists()


@pytest.mark.parametrize("state", ["pending", "withdrawn", "stranger"])
def test_who_is_not_registered_finds_no_page_and_changes_nothing(client, url, asked, rule, state):
    if state == "stranger":
        client.force_login(UserFactory())
    else:
        Participant.objects.filter(pk=asked.pk).update(state=state, is_coordinator=False)
        client.force_login(asked.user)

    assert client.get(url).status_code == 404
    assert client.post(url, {"answer": "no", "days": rule.days.key}).status_code == 404
    assert not ComingAnswer.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete"])
def test_other_methods_are_refused(signed_in, url, method):
    assert getattr(signed_in, method)(url).status_code == 405


@pytest.mark.parametrize("values", [{}, {"answer": "perhaps"}, {"answer": "no"}])
def test_a_post_without_an_answer_is_asked_again(signed_in, url, asked, rule, values):
    days = {"days": rule.days.key} if values.get("answer") != "no" else {}

    response = signed_in.post(url, values | days)

    assert response.status_code == 422
    assert "Select one of the buttons." in text(response)
    assert asked.seats.count() == 2


@pytest.mark.usefixtures("signed_in")
def test_an_answer_for_other_days_changes_nothing(answer, asked):
    page = text(answer("no", days="2025-11-06/2025-11-07"))

    assert "The days in person have changed. Please answer for the new days." in page
    assert asked.seats.count() == 2


@pytest.mark.usefixtures("signed_in")
def test_two_tabs_the_last_answer_counts(answer, asked):
    for given in ("yes", "no", "no"):
        answer(given)

    assert ComingAnswer.objects.get().is_coming is False
    assert not asked.seats.exists()


def test_before_and_after_there_is_no_button(signed_in, url, rule):
    for moment, sentence in (
        (rule.asks_at - dt.timedelta(minutes=1), "You can answer from"),
        (rule.ends_at, "You can no longer answer"),
    ):
        with time_machine.travel(moment, tick=False):
            page = text(signed_in.get(url))
        assert sentence in page
        assert "Yes, I am coming" not in page


def test_an_edition_that_does_not_ask_says_so(signed_in, url, asked):
    asked.edition.coming_question_days = 0
    asked.edition.save()

    assert "There is nothing to answer at the moment." in text(signed_in.get(url))
    assert "Are you still coming?" not in todos(signed_in, asked.edition)[1]


@pytest.mark.usefixtures("signed_in")
def test_the_portal_asks_until_there_is_an_answer_and_then_shows_it(client, answer, asked):
    portal, titles = todos(client, asked.edition)
    assert titles[0] == "Are you still coming?"
    assert "Change your answer" not in text(portal)

    answer("no")
    portal, titles = todos(client, asked.edition)
    assert "Are you still coming?" not in titles
    assert "You said that you cannot come on" in text(portal)
    assert not has_todo(portal, choose_tracks)  # the slots are all in person


def test_who_has_just_registered_or_has_nothing_in_person_has_no_to_do(signed_in, asked):
    Participant.objects.filter(pk=asked.pk).update(state_at=timezone.now())
    assert "Are you still coming?" not in todos(signed_in, asked.edition)[1]

    Participant.objects.filter(pk=asked.pk).update(state_at=timezone.now() - dt.timedelta(days=20))
    asked.seats.all().delete()
    assert "Are you still coming?" not in todos(signed_in, asked.edition)[1]


@pytest.mark.usefixtures("signed_in")
def test_an_answer_costs_the_portal_nothing(client, answer, asked, django_assert_num_queries):
    portal = reverse("programme:portal", args=[asked.edition.slug])
    client.get(portal)
    n_queries = 7
    with django_assert_num_queries(n_queries):
        client.get(portal)
    answer("yes")
    with django_assert_num_queries(n_queries):
        client.get(portal)


@pytest.mark.usefixtures("signed_in")
def test_the_team_page_knows_who_does_not_come(client, answer, asked):
    answer("no")

    team = client.get(reverse("programme:team", args=[asked.edition.slug]))

    assert team.context["not_coming"] == [asked]


@pytest.mark.usefixtures("signed_in")
def test_a_persons_page_in_the_admin_has_the_answer(client, answer, asked, organiser):
    client.force_login(organiser)
    page = f"/admin/programme/participant/{asked.pk}/change/"
    assert "Not answered" in text(client.get(page))

    client.force_login(asked.user)
    answer("no")
    client.force_login(organiser)

    assert "No, not on " in text(client.get(page))
