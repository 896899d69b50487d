"""Giving feedback: once, by who was there, in time; and nothing that is stored joins a person and their answers."""

import datetime as dt
from threading import Barrier, Thread

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from attendance.actions.feedback import give_feedback
from attendance.actions.feedback_emails import remind_of_feedback, send_feedback_requests
from attendance.models import Attendance, FeedbackGiven, FeedbackTally
from attendance.queries.feedback import asked_of, own_unanswered
from tests.factories.feedback import FeedbackSetFactory, was_there
from tests.factories.people import DelegationFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message

ANSWERS = {"satisfaction": "4", "useful": "5", "pace": "right", "change": "More examples"}


@pytest.fixture
def asked(over):
    """The session of yesterday, about which people are asked the usual questions."""
    FeedbackSetFactory(edition=over.edition)
    return over


def test_answers_are_counted_once(asked, delegation):
    (ana,) = was_there(asked, delegation)

    assert give_feedback(participant=ana, session=asked, answers=ANSWERS)
    assert not give_feedback(participant=ana, session=asked, answers=ANSWERS | {"satisfaction": "1"})

    tally = FeedbackTally.objects.get()
    assert tally.answers == {
        "satisfaction": {"4": 1},
        "useful": {"5": 1},
        "pace": {"right": 1},
        "change": ["More examples"],
    }
    assert (tally.n_given, tally.n_shown, tally.shown) == (1, 0, {})
    assert FeedbackGiven.objects.get().participant == ana


def test_no_row_says_whose_answers_are_whose_or_when(asked, delegation):
    """Each column of what is stored is named here, so that another one is a decision."""
    (ana,) = was_there(asked, delegation)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pghistory_context")
        (n_contexts,) = cursor.fetchone()

    give_feedback(participant=ana, session=asked, answers=ANSWERS)

    columns = {model: {it.attname for it in model._meta.concrete_fields} for model in (FeedbackGiven, FeedbackTally)}
    assert columns == {
        FeedbackGiven: {"id", "participant_id", "session_id", "edition_id"},
        FeedbackTally: {"session_id", "edition_id", "questions", "closes_on", "answers", "n_given", "shown", "n_shown"},
    }
    assert FeedbackGiven.objects.get().pk.version == 4  # random: it has no order
    assert not [it for it in apps.get_models() if it.__name__ in {"FeedbackGivenEvent", "FeedbackTallyEvent"}]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pghistory_context")
        assert cursor.fetchone() == (n_contexts,)


@pytest.mark.parametrize(
    ("status", "may"),
    [
        *(("present", True), ("counts", True), ("clicked", True), ("partial", True)),
        *(("to_decide", False), ("excused", False), ("made_up", False), ("absent", False), ("", False)),
    ],
)
def test_only_who_was_there_is_asked(asked, delegation, status, may):
    (ana,) = was_there(asked, delegation, status=status)

    assert [it.session for it in own_unanswered(ana, timezone.now())] == ([asked] if may else [])
    if not may:
        with refused("feedback_closed"):
            give_feedback(participant=ana, session=asked, answers=ANSWERS)
        assert not FeedbackGiven.objects.exists()


@pytest.mark.parametrize(
    ("moved", "is_open"),
    [
        (dt.timedelta(days=-1, hours=-2), False),
        (dt.timedelta(), True),
        (dt.timedelta(days=13), True),
        (dt.timedelta(days=15), False),
    ],
)
def test_people_answer_from_the_end_until_the_last_day(asked, delegation, moved, is_open):
    (ana,) = was_there(asked, delegation)

    with time_machine.travel(timezone.now() + moved, tick=False):
        assert bool(own_unanswered(ana, timezone.now())) == is_open
        if not is_open:
            with refused("feedback_closed"):
                give_feedback(participant=ana, session=asked, answers=ANSWERS)


def test_no_answer_at_all_is_refused(asked, delegation):
    (ana,) = was_there(asked, delegation)

    with refused("no_answers"):
        give_feedback(participant=ana, session=asked, answers={"satisfaction": "", "change": "  "})
    assert not FeedbackGiven.objects.exists()


def test_a_session_has_its_own_questions_until_somebody_answered_and_then_those(asked, delegation):
    ana, bea = was_there(asked, delegation, n=2)
    own = FeedbackSetFactory(session=asked, questions=FeedbackSetFactory.build(edition=asked.edition).questions[:2])
    give_feedback(participant=ana, session=asked, answers={"satisfaction": "5"})

    own.delete()
    question_keys = [it.key for it in asked_of(bea, asked).questions]

    assert question_keys == ["satisfaction", "useful"]


@pytest.mark.parametrize("answer", [{"satisfaction": "6"}, {"pace": "right away"}, {"unknown": "5"}])
def test_what_is_no_answer_to_the_questions_of_the_session_is_refused(asked, delegation, answer):
    ana, bea = was_there(asked, delegation, n=2)
    give_feedback(participant=ana, session=asked, answers=ANSWERS)
    before = FeedbackTally.objects.values().get()

    with refused("changed_meanwhile"):
        give_feedback(participant=bea, session=asked, answers=ANSWERS | answer)
    assert FeedbackTally.objects.values().get() == before
    assert FeedbackGiven.objects.get().participant == ana


def test_a_session_without_questions_and_an_edition_without_any_ask_nothing(asked, delegation):
    (ana,) = was_there(asked, delegation)
    FeedbackSetFactory(session=asked, questions=[])

    assert own_unanswered(ana, timezone.now()) == []


def test_what_is_shown_is_renewed_by_five(asked, delegation):
    shown = []
    for person in was_there(asked, DelegationFactory(edition=asked.edition, quota=11), n=11):
        give_feedback(participant=person, session=asked, answers={"satisfaction": "3"})
        shown.append(FeedbackTally.objects.get().n_shown)

    assert shown == [0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_count_once_and_two_people_both(asked, delegation):
    ana, bea = was_there(asked, delegation, n=2)
    barrier, outcomes = Barrier(3), []

    def answer(person):
        barrier.wait(timeout=30)
        try:
            outcomes.append(give_feedback(participant=person, session=asked, answers={"satisfaction": "2"}))
        finally:
            connection.close()

    threads = [Thread(target=answer, args=[it]) for it in (ana, ana, bea)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == [False, True, True]
    tally = FeedbackTally.objects.get()
    assert (tally.n_given, tally.answers) == (2, {"satisfaction": {"2": 2}})


def test_who_was_there_is_asked_once_about_all_sessions_of_the_day(asked, delegation):
    second = SessionFactory(
        edition=asked.edition, slug="second", starts_at=asked.ends_at, ends_at=asked.ends_at + dt.timedelta(minutes=30)
    )
    ana, bea = was_there(asked, delegation, n=2)
    Attendance.objects.create(
        participant=ana, session=second, edition=second.edition, status="partial", source="report"
    )
    give_feedback(participant=bea, session=asked, answers=ANSWERS)

    with time_machine.travel(second.ends_at + dt.timedelta(minutes=59), tick=False):
        assert send_feedback_requests() == 0  # the day's last session has just ended
    assert send_feedback_requests() == 1
    assert send_feedback_requests() == 0

    message = Message.objects.get()
    assert (message.kind, message.user, message.is_sensitive) == ("feedback", ana.user, True)
    assert message.text.count("/me/feedback/") == 2


def test_who_is_found_to_have_been_there_later_is_asked_then(asked, delegation):
    was_there(asked, delegation)
    send_feedback_requests()
    (late,) = was_there(asked, delegation)

    assert send_feedback_requests() == 1
    assert Message.objects.order_by("pk").last().user == late.user


def test_who_wants_no_optional_emails_is_asked_about_core_sessions_only(asked, delegation):
    (ana,) = was_there(asked, delegation, mutes_optional=True)
    asked.is_core = False
    asked.save()

    assert send_feedback_requests() == 0
    asked.is_core = True
    asked.save()
    assert send_feedback_requests() == 1
    assert Message.objects.get().user == ana.user


def test_who_has_not_answered_is_reminded_once(asked, delegation, organiser):
    ana, bea = was_there(asked, delegation, n=2)
    give_feedback(participant=bea, session=asked, answers=ANSWERS)
    of_session = asked_of(ana, asked)

    assert remind_of_feedback(asked=of_session, by=organiser) == 1
    assert remind_of_feedback(asked=of_session, by=organiser) == 0

    message = Message.objects.get()
    assert (message.kind, message.user) == ("feedback_reminder", ana.user)
    assert "More examples" not in message.text


def test_nobody_is_reminded_once_it_is_closed(asked, delegation, organiser):
    (ana,) = was_there(asked, delegation)
    of_session = asked_of(ana, asked)

    with time_machine.travel(timezone.now() + dt.timedelta(days=15)), refused("feedback_closed"):
        remind_of_feedback(asked=of_session, by=organiser)
    assert not Message.objects.exists()
