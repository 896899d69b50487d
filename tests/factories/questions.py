import factory
from factory.django import DjangoModelFactory

from programme.models import AnswerFile, Question
from tests.documents import PDF
from tests.factories.people import ParticipantFactory
from tests.factories.programme import EditionFactory


def choice(key, label="", *, is_retired=False):
    """A row of `Question.choices`."""
    return {"key": key, "labels": {"en": label or key.capitalize()}, "is_retired": is_retired}


class QuestionFactory(DjangoModelFactory):
    """An own question of one line, asked of everybody when they register."""

    class Meta:
        model = Question

    edition = factory.SubFactory(EditionFactory)
    key = factory.Sequence("question-{:06}".format)
    kind = "line"
    labels = factory.LazyAttribute(lambda it: {"en": f"What about {it.key}?"})
    position = 100
    choices = factory.LazyAttribute(
        lambda it: [choice("red"), choice("blue"), choice("green")] if it.kind in {"choice", "choices"} else []
    )


class AnswerFileFactory(DjangoModelFactory):
    """A PDF that a participant gave as an answer, without its row of the answer."""

    class Meta:
        model = AnswerFile

    question = factory.SubFactory(QuestionFactory, kind="file")
    participant = factory.SubFactory(ParticipantFactory)
    uploaded_by = factory.LazyAttribute(lambda it: it.participant.user)
    file = factory.django.FileField(data=PDF)
    name, kind, size = "CV.pdf", "pdf", len(PDF)
