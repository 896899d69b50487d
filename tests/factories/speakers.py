import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from programme.models import Material, SessionSpeaker, Speaker
from tests.documents import PDF
from tests.factories.programme import EditionFactory, SessionFactory


class SpeakerFactory(DjangoModelFactory):
    """Has consented, unless `consented_at` is None."""

    class Meta:
        model = Speaker

    edition = factory.SubFactory(EditionFactory)
    name = factory.Sequence("Ines Duarte {}".format)
    email = factory.Sequence("ines{}@coast.example".format)
    role = "Head of data"
    organisation = "City of Coast"
    consented_at = factory.LazyFunction(timezone.now)


class SessionSpeakerFactory(DjangoModelFactory):
    """Has confirmed, unless `confirmed_at` is None."""

    class Meta:
        model = SessionSpeaker

    session = factory.SubFactory(SessionFactory)
    edition = factory.LazyAttribute(lambda it: it.session.edition)
    speaker = factory.SubFactory(SpeakerFactory, edition=factory.SelfAttribute("..edition"))
    confirmed_at = factory.LazyFunction(timezone.now)


class MaterialFactory(DjangoModelFactory):
    """A file for everybody, at once."""

    class Meta:
        model = Material

    session = factory.SubFactory(SessionFactory)
    edition = factory.LazyAttribute(lambda it: it.session.edition)
    title = "Slides"
    audience, release = "everybody", "now"
    file = factory.django.FileField(data=PDF)
    name, kind, size = "Slides.pdf", "pdf", len(PDF)
