import factory
from factory.django import DjangoModelFactory

from attendance.models import Attendance
from programme.models import FeedbackSet
from programme.rules.session_feedback import usual_questions
from tests.factories.people import ParticipantFactory


class FeedbackSetFactory(DjangoModelFactory):
    """The usual questions of an edition: give it, or a session. Its `asked` are satisfaction, useful, pace and change."""

    class Meta:
        model = FeedbackSet

    edition = factory.SelfAttribute("session.edition")
    session = None
    questions = factory.LazyFunction(lambda: [it.as_row() for it in usual_questions()])


def was_there(session, delegation, n=1, status="present", **of_person):
    """Return n new registered people who were at a session."""
    people = [ParticipantFactory(delegation=delegation, **of_person) for _ in range(n)]
    Attendance.objects.bulk_create(
        Attendance(participant=it, session=session, edition=session.edition, status=status, source="report")
        for it in people
    )
    return people
