"""Applying for a city, changing and withdrawing the application, and what the applicant sees of it."""

import datetime as dt

import pytest
from django.utils import timezone

from programme.actions.application_decisions import decide_applications, tell_decisions
from programme.actions.applications import offer_usual_questions
from programme.models import Application, ApplicationAnswer, ApplicationDraft, Delegation, Question
from tests.client import text
from tests.factories.applications import ApplicationFactory, takes_applications
from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.questions import QuestionFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
APPLY, CHECK, SENT, WITHDRAW = (f"/academy/apply/{it}" for it in ("", "check/", "sent/", "sent/withdraw/"))
TYPED = {
    "name": "Aino Virtanen",
    "city_name": "Tampere",
    "country": "FI",
    "q-team": "Aino Virtanen, planner\nMikko Laine, data",
    "q-challenge": "Heat",
    "q-use-case": "Where to plant trees",
    "q-commitment": "A day a week",
}


@pytest.fixture
def academy(open_edition, organiser):
    takes_applications(open_edition)
    offer_usual_questions(edition=open_edition, by=organiser)
    return open_edition


@pytest.fixture
def applicant(client, academy):
    user = UserFactory(name="", email="aino@tampere.example")
    client.force_login(user)
    return user


def test_a_city_applies_and_is_told_so(client, applicant):
    assert client.post(APPLY, TYPED).url == CHECK
    assert "Where to plant trees" in text(client.get(CHECK))

    response = client.post(CHECK)
    client.post(CHECK)  # as a second click does

    application = Application.objects.get()
    applicant.refresh_from_db()
    assert response.url == SENT
    assert (application.contact, str(application), application.state) == (applicant, "Tampere (FI)", "submitted")
    assert {it.question.key: it.content for it in application.answers.all()}["team"] == TYPED["q-team"]
    assert applicant.name == "Aino Virtanen"
    assert Message.objects.get().kind == "application_received"
    assert not ApplicationDraft.objects.exists()
    assert "Your application has been received" in text(client.get(SENT))
    assert client.get(APPLY).url == SENT
    assert [it.slug for it, _state in client.get("/portal/").context["applied"]] == ["academy"]


def test_an_application_is_changed_until_the_window_closes(client, applicant, academy):
    client.post(APPLY, TYPED)
    client.post(CHECK)

    client.post(APPLY, TYPED | {"q-challenge": "Floods"})
    client.post(CHECK)
    academy.applications_close_at = timezone.now()
    academy.save()
    refused = client.post(APPLY, TYPED | {"q-challenge": "Noise"})

    assert refused.url == SENT
    assert ApplicationAnswer.objects.get(question__key="challenge").content == "Floods"
    assert Message.objects.count() == 1


def test_answers_are_saved_for_later_and_what_is_missing_is_asked(client, applicant):
    client.post(APPLY, {"city_name": "Tampere", "action": "save"})

    form = client.get(APPLY).context["form"]
    response = client.post(APPLY, {"city_name": "Tampere", "country": "XX"})

    assert form["city_name"].value() == "Tampere"
    assert response.status_code == 422
    missing = {"name", "country", "q-team", "q-challenge", "q-use-case", "q-commitment"}
    assert response.context["form"].errors.keys() == missing
    assert client.get(CHECK).url == APPLY
    assert not Application.objects.exists()


def test_answers_survive_an_expired_session(client, applicant):
    signature = client.get(APPLY).context["typed_by"]
    client.logout()

    client.post(APPLY, TYPED | {"typed_by": signature})
    client.force_login(applicant)

    assert client.get(APPLY).context["form"]["q-challenge"].value() == "Heat"


def test_who_applies_confirms_their_address_first(client, academy):
    response = client.post(APPLY, {"email": "aino@tampere.example"})

    assert response.url == "/accounts/login/code/confirm/?next=%2Facademy%2Fapply%2F"
    assert Message.objects.get().to == "aino@tampere.example"


def test_an_application_is_withdrawn_and_sent_again(client, applicant):
    client.post(APPLY, TYPED)
    client.post(CHECK)

    client.post(WITHDRAW)
    assert Application.objects.get().state == "withdrawn"
    client.post(APPLY, TYPED)
    client.post(CHECK)

    assert Application.objects.get().state == "submitted"


def test_a_decision_shows_once_the_email_leaves(client, applicant, academy, organiser, time_machine):
    application = ApplicationFactory(edition=academy, contact=applicant)
    decide_applications(edition=academy, outcome="declined", seen={application.pk: "submitted"}, by=organiser)
    page = client.get(SENT)
    assert page.context["application"].told_state == "submitted"
    assert "The organisers have decided" in text(page)
    assert WITHDRAW not in page.content.decode()
    assert "can no longer be changed" in str(*client.post(APPLY, TYPED, follow=True).context["messages"])
    assert client.post(WITHDRAW).status_code == 302
    assert Application.objects.get().state == "declined"

    time_machine.move_to(timezone.now() + dt.timedelta(minutes=16))
    tell_decisions()

    assert client.get(SENT).context["application"].told_state == "declined"


def test_who_is_accepted_reads_how_they_come_to_register(client, applicant, academy, organiser, time_machine):
    application = ApplicationFactory(edition=academy, contact=applicant)
    seen = {application.pk: "submitted"}
    decide_applications(edition=academy, outcome="accepted", seen=seen, by=organiser, quota=3)
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=16))
    tell_decisions()
    delegation = Delegation.objects.get()

    assert client.get(SENT).context["way_in"] == "invited"
    delegation.invitations.all().delete()
    assert client.get(SENT).context["way_in"] == "later"
    ParticipantFactory(delegation=delegation, user=applicant, is_coordinator=True)
    assert client.get(SENT).context["way_in"] == "coordinator"


@pytest.mark.parametrize("path", [APPLY, CHECK, SENT])
def test_editions_that_take_no_applications_have_no_such_pages(client, open_edition, path):
    client.force_login(UserFactory())

    assert client.get(path).status_code == 404


def test_nobody_applies_outside_the_window(client, applicant, academy):
    academy.applications_open_at = timezone.now() + dt.timedelta(days=1)
    academy.save()

    assert client.get(APPLY).context["window"] == "not_yet"
    assert client.post(APPLY, TYPED).status_code == 403
    assert client.post(CHECK).status_code == 403
    assert ApplicationDraft.objects.get().answers["city_name"] == "Tampere"


def test_questions_to_applicants_are_not_asked_of_participants(client, academy, coordinator):
    client.force_login(coordinator.user)

    form = client.get("/portal/academy/profile/").context["form"]

    assert not [name for name in form.fields if name.startswith("q-")]


def test_the_usual_questions_are_added_once(academy, organiser):
    Question.objects.filter(key="team").delete()

    assert not offer_usual_questions(edition=academy, by=organiser)
    assert list(academy.questions.filter(asked_when="application").values_list("key", flat=True)) == [
        "challenge",
        "use-case",
        "commitment",
    ]


def test_sensitive_answers_of_applications_are_encrypted(client, applicant, academy):
    QuestionFactory(edition=academy, key="budget", asked_when="application", privacy="sensitive", kept_days=30)

    client.post(APPLY, TYPED | {"q-budget": "Secret"})
    client.post(CHECK)

    answer = ApplicationAnswer.objects.get(question__key="budget")
    assert (answer.value, answer.content) == (None, "Secret")
