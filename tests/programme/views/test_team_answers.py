"""What coordinators are asked about the people of their city."""

import pytest

from programme.models import Answer
from tests.client import text
from tests.factories.people import ParticipantFactory
from tests.factories.questions import QuestionFactory

pytestmark = pytest.mark.django_db


def test_coordinators_answer_about_the_people_of_their_city(client, coordinator, other_coordinator, open_edition):
    question = QuestionFactory(edition=open_edition, asked_when="coordinators", key="desk")
    colleague = ParticipantFactory(delegation=coordinator.delegation, user__name="Ana Anaya")
    url = f"/portal/academy/team/{colleague.pk}/answers/"
    client.force_login(coordinator.user)

    portal, team = text(client.get("/portal/academy/")), text(client.get("/portal/academy/team/"))
    saved = client.post(url, {"q-desk": "7"})
    profile = client.get("/portal/academy/profile/")

    assert "The organisers ask something about" in portal
    assert url in team
    assert saved.url == "/portal/academy/team/"
    assert colleague.answers.get().content == "7"
    assert "q-desk" not in profile.context["form"].fields
    client.force_login(other_coordinator.user)
    assert client.post(url, {"q-desk": "8"}).status_code == 404
    client.force_login(colleague.user)
    assert client.post(url, {"q-desk": "8"}).status_code == 404
    assert Answer.objects.get(question=question).content == "7"


def test_without_such_questions_there_is_no_page(client, coordinator, open_edition):
    QuestionFactory(edition=open_edition, asked_when="later")
    client.force_login(coordinator.user)

    assert client.get(f"/portal/academy/team/{coordinator.pk}/answers/").status_code == 404
    assert "Answer questions" not in text(client.get("/portal/academy/team/"))
