"""Who has still to answer which question: the same on their to-dos, for reminders, in the list of people and for selections."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.actions.profiles import put_answers
from programme.admin.answer_columns import is_open
from programme.models import Participant
from programme.queries.answer_selections import unanswered_options
from programme.queries.answers import unanswered_in
from programme.queries.asked import lacks_answer
from programme.queries.participant_programme import own_programme
from programme.queries.published_programme import published_programme
from programme.queries.question_reminders import questions_left
from programme.queries.questions import listed_questions
from programme.queries.selections import people_of
from programme.selections import NoSelectionError, Selection
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.factories.questions import QuestionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(delegation, coordinator):
    """Ana has answered nothing, Bea has left each own question empty; Carme coordinates and has answered everything."""
    type(delegation).objects.filter(pk=delegation.pk).update(quota=9)
    nothing = {"job_title": "", "expo_pass": "not_asked", "photo_consent": None}
    ana, bea = (ParticipantFactory(delegation=delegation, user__name=it, **nothing) for it in ("Ana", "Bea"))
    Participant.objects.filter(pk=coordinator.pk).update(expo_pass="wanted", photo_consent=False)
    return [ana, bea, coordinator]


@pytest.fixture
def questions(open_edition, people):
    """Own questions of every kind of need, and the system questions with conditions of their own."""
    tomorrow = timezone.localdate(timezone.now(), open_edition.zone) + dt.timedelta(days=1)
    expo = open_edition.questions.get(key="wants_expo_pass")
    make = lambda **values: QuestionFactory(edition=open_edition, **values)  # noqa: E731 - short
    shirt = make(kind="yes_no")
    secret = make(kind="yes_no", privacy="sensitive", kept_days=1)
    by_shirt = {"asked_of": "answer", "depends_on": shirt, "depends_answers": ["no"]}
    made = [
        shirt,
        secret,
        make(is_required=True),
        make(is_required=True, required_from=tomorrow),
        make(asked_of="others"),
        make(asked_of="coordinators", is_required=True),
        make(**by_shirt, is_required=True),
        make(asked_of="answer", depends_on=expo, depends_answers=["yes"]),
        make(asked_of="answer", depends_on=secret, depends_answers=["no"]),
        make(is_retired=True, is_required=True),
    ]
    open_edition.questions.filter(key="photo_consent").update(is_required=False)
    open_edition.questions.filter(key="job_title").update(asked_of="answer", depends_on=shirt, depends_answers=["no"])
    _ana, bea, carme = people
    put_answers(bea, dict.fromkeys(made))
    put_answers(bea, {shirt: "no"})
    put_answers(carme, {it: "no" if it.kind == "yes_no" else "Yes" for it in made})
    return list(open_edition.questions.select_related("depends_on").in_order())


@pytest.mark.parametrize("formats", [(), ("external",), ("in_person", "external")])
@pytest.mark.usefixtures("people", "questions")
def test_who_has_still_to_answer_is_the_same_everywhere(open_edition, formats):
    """For each question and person; also that a question about sessions that there are none of is asked of nobody."""
    now = timezone.now()
    for it in formats:
        SessionFactory(edition=open_edition, format=it)
    registered = list(Participant.objects.registered().filter(edition=open_edition).with_people())
    questions = published_programme(open_edition.slug).questions
    by_number, today = {it.pk: it for it in questions}, timezone.localdate(now, open_edition.zone)
    left = dict(questions_left(open_edition, registered, now))
    todos = {it: unanswered_in(own_programme(it.user, open_edition.slug), now) for it in registered}

    for question in questions:
        lacking = {it for it in registered if question in todos[it]}
        condition = lacks_answer(question, by_number, formats=set(formats), today=today)
        if condition is None:
            assert question.depends_on.is_sensitive
        else:
            assert set(Participant.objects.registered().filter(condition, edition=open_edition)) == lacking, question
        if not question.is_system:
            assert {it for it in registered if question in left[it]} == lacking
            assert {it for it in registered if is_open(question, by_number, it)} == lacking
    (listed,) = (it for it in listed_questions(open_edition) if it.question.key == "wants_expo_pass")
    assert listed.n_asked == (3 if "external" in formats else 0)


def selected(edition, value):
    people = people_of(edition, Selection.from_key(f"unanswered:{value}"), timezone.now())
    return sorted(people.values_list("user__name", flat=True))


@pytest.mark.usefixtures("questions")
def test_selections_of_system_questions_know_whether_they_are_asked(open_edition):
    assert selected(open_edition, "profile") == ["Bea"]
    assert selected(open_edition, "expo-pass") == []

    SessionFactory(edition=open_edition, format="external")

    assert selected(open_edition, "expo-pass") == ["Ana", "Bea"]


def test_what_depends_on_an_encrypted_answer_is_not_offered(open_edition, questions):
    (hidden,) = (it for it in questions if it.depends_on and it.depends_on.is_sensitive)
    open_edition.questions.filter(key="hopes").update(
        asked_of="answer", depends_on=hidden.depends_on, depends_answers=["no"]
    )

    offered = dict(unanswered_options(open_edition))

    assert {f"question-{hidden.depends_on_id}", "photos"} < offered.keys()
    assert not {f"question-{hidden.pk}", "profile"} & offered.keys()
    for value in (f"question-{hidden.pk}", "profile"):
        with pytest.raises(NoSelectionError):
            selected(open_edition, value)
