"""What organisers see: nothing of fewer than five, neither of a session, nor as what is left of a sum."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.actions.feedback import give_feedback
from attendance.models import FeedbackTally
from programme.models import FeedbackSet, StaffAssignment
from tests.factories.feedback import FeedbackSetFactory, was_there
from tests.factories.people import DelegationFactory
from tests.factories.programme import EditionFactory, SessionFactory
from udtacademy.outbox.models import Message


@pytest.fixture
def asked(over):
    FeedbackSetFactory(edition=over.edition)
    return over


@pytest.fixture
def team(open_edition):
    return DelegationFactory(edition=open_edition, quota=50)


def page(name, *args):
    return reverse(f"attendance-staff:{name}", args=["academy", *args])


def answered(session, team, values, **more):
    for value in values:
        (person,) = was_there(session, team)
        give_feedback(participant=person, session=session, answers={"satisfaction": value} | more)


def test_four_answers_are_hidden_and_five_are_shown(client, organiser, asked, team):
    client.force_login(organiser)
    answered(asked, team, "5544", change="Less text")

    hidden = client.get(page("feedback-session", "over"))
    answered(asked, team, "2", change="More pictures")
    shown = client.get(page("feedback-session", "over"))

    assert (hidden.context["one"].figures, hidden.context["charts"], hidden.context["texts"]) == ([], [], [])
    assert "Less text" not in hidden.content.decode()
    assert [bar.counts for bar in shown.context["charts"][0].bars] == [[0], [1], [0], [2], [2]]
    assert [figure.mean for _label, figure in shown.context["means"]] == [4.0]  # (5 + 5 + 4 + 4 + 2) / 5
    ((_label, texts),) = shown.context["texts"]
    assert sorted(texts) == ["Less text"] * 4 + ["More pictures"]
    assert shown.context["hidden"] == ["How useful is it for your city?", "How was the pace?"]


def test_the_sixth_answer_is_not_the_difference_between_two_looks(client, organiser, asked, team):
    client.force_login(organiser)
    answered(asked, team, "55555")
    before = client.get(page("feedback-session", "over")).context["one"].figures
    answered(asked, team, "1")

    assert client.get(page("feedback-session", "over")).context["one"].figures == before
    with time_machine.travel(timezone.now() + dt.timedelta(days=15)):  # closed: all are counted
        assert client.get(page("feedback-session", "over")).context["one"].satisfaction.n == 6


def test_one_answer_among_five_new_people_is_not_the_difference_between_two_looks(client, organiser, asked, team):
    client.force_login(organiser)
    answered(asked, team, "55555", useful="5", change="Less text")
    before = client.get(page("feedback-session", "over")).context["one"].figures
    answered(asked, team, "4", useful="1", change="Nothing")
    answered(asked, team, "4444")

    satisfaction, *others = client.get(page("feedback-session", "over")).context["one"].figures

    assert satisfaction.n == 10
    assert others == before[1:]


def test_what_fewer_than_five_wrote_is_hidden(client, organiser, asked, team):
    client.force_login(organiser)
    answered(asked, team, "5555", change="Less text")
    answered(asked, team, "5")

    open_page = client.get(page("feedback-session", "over"))
    with time_machine.travel(timezone.now() + dt.timedelta(days=15)):
        closed_page = client.get(page("feedback-session", "over"))

    for response in (open_page, closed_page):
        assert response.context["one"].satisfaction.n == 5
        assert (response.context["texts"], len(response.context["hidden"])) == ([], 3)
        assert "Less text" not in response.content.decode()


@pytest.mark.parametrize("change", ["last_day", "own_set", "no_set", "unended"])
def test_no_setting_shows_the_answers_in_between(client, organiser, asked, team, change):
    """Ending it, looking, and opening it again would show what one person said."""
    answered(asked, team, "555551")
    if change == "last_day":
        FeedbackSet.objects.update(open_days=1)
    elif change == "own_set":
        FeedbackSetFactory(session=asked, questions=[])
    elif change == "no_set":
        FeedbackSet.objects.all().delete()
    else:
        asked.ends_at = timezone.now() + dt.timedelta(hours=1)
        asked.save()
    client.force_login(organiser)

    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        response = client.get(page("feedback-session", "over"))

    assert response.context["one"].satisfaction.n == 5


def test_the_sum_of_an_edition_leaves_out_what_is_hidden(client, organiser, asked, team):
    small = SessionFactory(
        edition=asked.edition, slug="small", starts_at=asked.starts_at - dt.timedelta(hours=3), ends_at=asked.starts_at
    )
    answered(asked, team, "44444")
    answered(small, team, "111")
    client.force_login(organiser)

    response = client.get(page("feedback"))

    assert [bar.counts for bar in response.context["charts"][0].bars] == [[0], [0], [0], [5], [0]]
    assert [(it.session.slug, it.n_given, it.n_there, it.n_missing) for it in response.context["results"]] == [
        ("small", 3, 3, 2),
        ("over", 5, 5, 0),
    ]


def test_editions_are_compared_by_key_as_far_as_somebody_works_in_them(client, staff_of, asked, team):
    organiser = staff_of("organiser")
    former = EditionFactory(slug="former", name="Former", first_on=dt.date(2023, 9, 1), last_on=dt.date(2023, 12, 1))
    session = SessionFactory(
        edition=former,
        starts_at=timezone.now() - dt.timedelta(days=900),
        ends_at=timezone.now() - dt.timedelta(days=899),
    )
    questions = FeedbackSetFactory(edition=former).questions
    FeedbackTally.objects.create(
        session=session,
        edition=former,
        questions=questions,
        closes_on=dt.date(2024, 1, 1),
        answers={"satisfaction": {"3": 6}, "useful": {"1": 2}},
        n_given=6,
    )
    answered(asked, team, "55444")
    client.force_login(organiser)

    compared = client.get(page("feedback")).context["compared"]

    assert [
        (label, [(str(it), figure.mean, figure.n) for it, figure in years]) for label, _chart, years in compared
    ] == [("How satisfied are you with this session?", [("Former", 3.0, 6), (str(asked.edition), 4.4, 5)])]
    assignment = StaffAssignment.objects.create(user=organiser)
    assignment.editions.add(asked.edition)
    assert client.get(page("feedback")).context["compared"] == []


def test_organisers_remind_once_who_has_not_answered(client, organiser, asked, team):
    answered(asked, team, "5")
    was_there(asked, team, n=2)
    client.force_login(organiser)

    before = client.get(page("feedback-session", "over")).context["n_to_remind"]
    client.post(page("feedback-remind", "over"))
    response = client.post(page("feedback-remind", "over"), follow=True)

    assert (before, response.context["n_to_remind"]) == (2, 0)
    assert Message.objects.filter(kind="feedback_reminder").count() == 2


def test_a_viewer_reads_and_changes_nothing(client, staff_of, asked, team):
    was_there(asked, team)
    client.force_login(staff_of("viewer"))

    assert client.get(page("feedback")).status_code == 200
    assert client.post(page("feedback-remind", "over")).status_code == 403
    assert client.post(page("feedback-questions"), {}).status_code == 403
    assert not Message.objects.exists()


def test_pages_cost_the_same_with_more_sessions(client, organiser, asked, team):
    client.force_login(organiser)
    answered(asked, team, "55555")
    client.get(page("feedback"))
    with CaptureQueriesContext(connection) as one:
        client.get(page("feedback"))
    for number in range(3):
        SessionFactory(
            edition=asked.edition,
            starts_at=asked.starts_at - dt.timedelta(hours=2 + number),
            ends_at=asked.starts_at - dt.timedelta(hours=1 + number),
        )
    with CaptureQueriesContext(connection) as four:
        client.get(page("feedback"))

    assert len(four) == len(one)
