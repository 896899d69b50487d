"""Settings › Questions: adding, changing, ordering and ending questions."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from programme.actions.profiles import put_answers
from programme.actions.questions import move_question
from programme.models import Question
from tests.client import levels_of, text
from tests.factories.people import ParticipantFactory
from tests.factories.questions import QuestionFactory, choice

pytestmark = pytest.mark.django_db
QUESTIONS = "/admin/editions/academy/settings/questions/"
NEW = {
    "label_en": "Which size?",
    "kind": "choice",
    "asked_when": "registration",
    "asked_of": "everybody",
    "privacy": "plain",
    "choices-TOTAL_FORMS": "0",
    "choices-INITIAL_FORMS": "0",
    "added": "Small\nLarge\nSmall\n",
}
FILE = {"kind": "file", "added": ""}


@pytest.fixture
def admin(client, organiser, open_edition):
    client.force_login(organiser)
    return client


def url_of(question, name="question-change"):
    return reverse(f"programme-staff:{name}", args=["academy", question.pk])


def test_a_question_is_added_with_its_choices_and_a_condition(admin, open_edition):
    shirt = QuestionFactory(edition=open_edition, kind="yes_no")
    condition = {"asked_of": "answer", "condition": [f"{shirt.pk}=yes"], "is_required": "on"}

    response = admin.post(f"{QUESTIONS}add/", NEW | condition)

    assert response.url == QUESTIONS
    question = Question.objects.get(key="which-size")
    assert [(it.key, str(it)) for it in question.all_choices] == [("small", "Small"), ("large", "Large")]
    assert (question.depends_on, question.depends_answers, question.is_required) == (shirt, ["yes"], True)
    page = text(admin.get(QUESTIONS))
    assert "by their answer to" in page
    assert "get one email on" in page
    assert (page.count('name="up"'), page.count('name="down"')) == (10, 10)
    open_edition.questions.filter(key="dietary_needs").update(kept_days=0)
    page = text(admin.get(QUESTIONS))
    assert f"deleted on {date_format(open_edition.last_on + dt.timedelta(days=1), 'j F Y')}" in page


def test_the_page_of_a_question_has_all_fields_of_its_form(admin, open_edition):
    question = QuestionFactory(edition=open_edition, kind="choices")

    for page in (admin.get(f"{QUESTIONS}add/"), admin.get(url_of(question))):
        html, form = page.content.decode(), page.context["form"]
        assert [it.html_name for it in form if f'name="{it.html_name}' not in html] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label_en": ""}, "label_en"),
        ({"added": ""}, "__all__"),
        ({"asked_of": "answer"}, "condition"),
        ({"privacy": "personal"}, "kept_days"),
        ({"privacy": "sensitive", "kept_days": "9", "is_on_badge": "on"}, "__all__"),
        ({"kind": "moment"}, "kind"),
        ({**FILE, "privacy": "sensitive", "kept_days": "9"}, "privacy"),
        ({**FILE, "asked_when": "coordinators"}, "asked_when"),
        ({**FILE, "is_on_lists": "on"}, "is_on_lists"),
        ({**FILE, "is_on_badge": "on"}, "is_on_badge"),
        ({"kept_days": "99999", "privacy": "personal"}, "kept_days"),
        ({"kept_days": "30"}, "kept_days"),
        ({"required_from": "2025-10-01"}, "required_from"),
        ({"is_required": "on", "required_from": "9999-12-31"}, "required_from"),
    ],
)
def test_a_question_that_cannot_be_is_422_and_not_added(admin, change, field):
    response = admin.post(f"{QUESTIONS}add/", NEW | change)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Question.objects.own().exists()


def test_a_question_for_a_file_is_added(admin):
    response = admin.post(f"{QUESTIONS}add/", NEW | FILE)

    assert response.status_code == 302
    assert Question.objects.own().get().has_file


def test_a_change_says_how_many_answers_stay_and_a_choice_taken_out_stays_theirs(admin, open_edition, coordinator):
    question = QuestionFactory(edition=open_edition, kind="choice")
    put_answers(coordinator, {question: "red"})
    posted = NEW | {"choices-TOTAL_FORMS": "3", "choices-INITIAL_FORMS": "3", "added": ""}
    for number, key in enumerate(["red", "blue", "green"]):
        posted |= {f"choices-{number}-key": key, f"choices-{number}-label_en": key.upper()}
    posted |= {"choices-1-is_offered": "on", "choices-2-is_offered": "on"}

    response = admin.post(url_of(question), posted, follow=True)

    assert levels_of(response) == ["success", "info", "info"]
    page = text(response)
    assert "1 person has answered. The answer stays." in page
    assert "1 person chose “Red”. It stays theirs, and is no longer offered." in page
    question = Question.objects.get(pk=question.pk)
    assert [(it.key, str(it), it.is_retired) for it in question.all_choices] == [
        ("blue", "BLUE", False),
        ("green", "GREEN", False),
        ("red", "Red", True),
    ]


def test_choices_and_conditions_of_a_question_without_them_are_422_and_not_lost(admin, open_edition):
    shirt = QuestionFactory(edition=open_edition, kind="yes_no")

    response = admin.post(f"{QUESTIONS}add/", NEW | {"kind": "line", "condition": [f"{shirt.pk}=yes"]})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["condition"]
    assert list(response.context["choices"].new.errors) == ["added"]
    assert "Small\nLarge" in response.text
    assert list(Question.objects.own()) == [shirt]


def test_a_choice_that_people_chose_is_reworded_only_if_it_means_the_same(admin, open_edition, coordinator):
    question = QuestionFactory(edition=open_edition, kind="choice")
    put_answers(coordinator, {question: "red"})
    posted = NEW | {"choices-TOTAL_FORMS": "3", "choices-INITIAL_FORMS": "3", "added": ""}
    for number, key in enumerate(["red", "blue", "green"]):
        posted |= {f"choices-{number}-key": key, f"choices-{number}-label_en": f"{key.title()}!"}
        posted |= {f"choices-{number}-is_offered": "on"}

    refused = admin.post(url_of(question), posted)
    question.refresh_from_db()
    labels = [str(it) for it in question.all_choices]
    agreed = admin.post(url_of(question), posted | {"choices-0-means_the_same": "on"})

    assert refused.status_code == 422
    assert [[*it.errors] for it in refused.context["choices"].present] == [["label_en"], [], []]
    assert "choices-0-means_the_same" in refused.text
    assert "choices-1-means_the_same" not in refused.text
    assert labels == ["Red", "Blue", "Green"]
    assert agreed.url == QUESTIONS
    assert [it["labels"]["en"] for it in Question.objects.get(pk=question.pk).choices] == ["Red!", "Blue!", "Green!"]


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(admin, open_edition):
    question = QuestionFactory(edition=open_edition, kind="choice", choices=[choice("x")])
    as_read = admin.get(url_of(question)).context["as_read"]
    posted = NEW | {"choices-TOTAL_FORMS": "1", "choices-INITIAL_FORMS": "1", "as_read": as_read}
    posted |= {"choices-0-key": "x", "choices-0-label_en": "X", "choices-0-is_offered": "on"}

    first, again = (admin.post(url_of(question), posted | {"added": "Yes"}) for _twice in range(2))
    move_question(question=question, is_up=True, by=None)
    stale = admin.post(url_of(question), posted | {"added": "Zero"})

    assert [it.status_code for it in (first, again, stale)] == [302, 302, 409]
    assert stale.context["choices"].new["added"].value() == "Zero"
    assert [it["key"] for it in Question.objects.get(pk=question.pk).choices] == ["x", "yes"]


def test_choices_that_are_offered_do_not_go_with_their_kind(admin, open_edition):
    question = QuestionFactory(edition=open_edition, kind="choices", choices=[choice("x")])
    posted = NEW | {"kind": "line", "choices-TOTAL_FORMS": "1", "choices-INITIAL_FORMS": "1", "added": ""}
    posted |= {"choices-0-key": "x", "choices-0-label_en": "X"}

    refused = admin.post(url_of(question), posted | {"choices-0-is_offered": "on"})
    question.refresh_from_db()

    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["kind"])
    assert (question.kind, len(question.choices)) == ("choices", 1)
    assert admin.post(url_of(question), posted).status_code == 302
    question.refresh_from_db()
    assert (question.kind, question.choices) == ("line", [])


def test_a_system_question_keeps_what_it_is(admin, open_edition):
    hopes, arrival = (open_edition.questions.get(key=it) for it in ("hopes", "arrives_at"))
    posted = {
        "label_en": "Your goal",
        "asked_when": "later",
        "asked_of": "everybody",
        "kind": "line",
        "privacy": "plain",
    }

    for question in (hopes, arrival):
        response = admin.post(url_of(question), posted)
        assert response.url == QUESTIONS
        question.refresh_from_db()

    assert (str(hopes), hopes.kind, hopes.asked_when, hopes.is_required) == ("Your goal", "text", "later", False)
    assert (str(arrival), arrival.kind, arrival.asked_when) == ("Your goal", "moment", "later")


def test_a_question_is_moved_ended_and_asked_again(admin, open_edition):
    question = QuestionFactory(edition=open_edition, position=10)

    admin.post(url_of(question, "question-move"), {"up": ""})
    admin.post(url_of(question, "question-end"), {"retire": ""})
    retired = text(admin.get(QUESTIONS))
    admin.post(url_of(question, "question-end"), {"restore": ""})

    assert "No longer asked" in retired
    question.refresh_from_db()
    assert (question.position, question.is_retired) == (9, False)
    admin.post(url_of(question, "question-end"), {"delete": ""})
    assert not Question.objects.own().exists()


def test_questions_of_another_edition_are_not_found(admin, edition):
    question = QuestionFactory(edition=edition)

    for name in ("question-change", "question-move", "question-end"):
        assert admin.post(url_of(question, name), NEW).status_code == 404
    question.refresh_from_db()
    assert not question.is_retired


def test_pages_say_how_many_of_those_asked_have_answered_and_who_has_not(admin, open_edition, coordinator):
    participant = ParticipantFactory(delegation=coordinator.delegation)
    wants = QuestionFactory(edition=open_edition, kind="yes_no", is_on_lists=True)
    condition = {"asked_of": "answer", "depends_on": wants, "depends_answers": ["yes"], "is_on_lists": True}
    size = QuestionFactory(edition=open_edition, kind="choice", **condition)
    hidden = QuestionFactory(edition=open_edition, privacy="sensitive", kept_days=3, kind="yes_no")
    QuestionFactory(edition=open_edition, asked_of="answer", depends_on=hidden, depends_answers=["no"])
    put_answers(coordinator, {wants: "yes"})
    put_answers(participant, {wants: "no"})

    before = text(admin.get("/admin/editions/academy/people/"))
    as_file = b"".join(admin.get("/admin/editions/academy/people/export.csv")).decode()
    put_answers(coordinator, {size: "red"})
    listed = {it.question.pk: it for it in admin.get(QUESTIONS).context["listed"]}
    one = admin.get(url_of(size))

    counts = {pk: (it.n_answered, it.n_asked) for pk, it in listed.items() if not it.question.is_system}
    assert list(counts.values()) == [(2, 2), (1, 1), (0, 2), (None, None)]
    assert before.count("not answered yet") == 1
    assert "not answered yet" not in as_file
    assert one.context["choices"].counts == [("Red", 1), ("Blue", 0), ("Green", 0)]


def test_the_count_of_a_question_leads_to_the_people_and_to_writing_to_them(admin, open_edition, coordinator):
    participant = ParticipantFactory(delegation=coordinator.delegation)
    ParticipantFactory(delegation=coordinator.delegation, state="withdrawn")
    question = QuestionFactory(edition=open_edition)
    put_answers(coordinator, {question: "x"})
    page, people = admin.get(url_of(question)).content.decode(), "/admin/editions/academy/people/"
    links = {end: f"{people}?question={question.pk}-{end}" for end in ("yes", "no")}

    found = {end: [*admin.get(link).context["cl"].queryset] for end, link in links.items()}
    to_write = re.search(r'href="([^"]+/campaigns/add/[^"]+)"', admin.get(links["no"]).content.decode())

    assert [link in page for link in links.values()] == [True, True]
    assert found == {"yes": [coordinator], "no": [participant]}
    form = admin.get(to_write[1].replace("&amp;", "&")).context["form"]
    assert form.initial["to"] == f"people:question={question.pk}-no"
    assert [*admin.get(f"{people}?question=x").context["cl"].queryset] == []
