"""Who is removed leaves no answer in the history."""

import json

from django.apps import apps
from django.core.serializers import serialize

from programme.actions.profiles import put_answers
from programme.actions.registrations import remove_participant
from programme.models import ComingAnswer
from tests.factories.people import ParticipantFactory
from tests.factories.questions import QuestionFactory

EVENTS = ("ParticipantEvent", "AnswerEvent", "ComingAnswerEvent")


def in_history():
    return json.loads(
        serialize("json", [it for name in EVENTS for it in apps.get_model("programme", name).objects.all()])
    )


def test_removing_a_person_takes_their_answers_out_of_the_history(delegation, organiser):
    question = QuestionFactory(edition=delegation.edition, kind="line")
    ana, bea = (
        ParticipantFactory(
            delegation=delegation, job_title=f"Planner of {name}", hopes=f"Maps for {name}", expo_pass="wanted"
        )
        for name in ("Ana", "Bea")
    )
    for person, name in ((ana, "Ana"), (bea, "Bea")):
        put_answers(person, {question: f"Nickname {name}"})
        put_answers(person, {question: f"Other nickname {name}"})
        ComingAnswer.objects.create(participant=person, is_coming=False, first_on="2026-11-06", last_on="2026-11-07")
    number = ana.pk

    remove_participant(participant=ana, by=organiser)

    events = in_history()
    assert "of Ana" not in str(events) and "for Ana" not in str(events) and "nickname Ana" not in str(events)  # noqa: PT018 - one thing
    assert "Planner of Bea" in str(events)
    assert "Other nickname Bea" in str(events)
    of_ana = [it["fields"] for it in events if number in (it["fields"].get("pgh_obj"), it["fields"].get("participant"))]
    assert {(it["pgh_label"], it["expo_pass"]) for it in of_ana} >= {("insert", "not_asked"), ("delete", "not_asked")}
