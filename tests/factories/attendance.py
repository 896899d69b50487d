import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from attendance.actions.certificate_files import digest_of
from attendance.models import Certificate, CertificateFile, Decision, Evidence, Excuse
from programme.models import CertificateLayout


class EvidenceFactory(DjangoModelFactory):
    """A scan at the door, now. The session and the participant are of one edition: give both. Nothing is recomputed."""

    class Meta:
        model = Evidence

    kind = Evidence.Kind.DOOR
    observed_at = factory.LazyFunction(timezone.now)


class DecisionFactory(DjangoModelFactory):
    class Meta:
        model = Decision

    outcome = Decision.Outcome.PRESENT
    reason = "Seen there"


class ExcuseFactory(DjangoModelFactory):
    class Meta:
        model = Excuse

    kind = Excuse.Kind.EXCUSE
    reason = "Ill"
    asked_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(hours=1))


class CertificateFactory(DjangoModelFactory):
    """A certificate that rests on nothing, with a file of a few bytes. Give the participant and who issued it."""

    class Meta:
        model = Certificate
        skip_postgeneration_save = True

    edition = factory.SelfAttribute("participant.edition")
    kind = Certificate.Kind.COMPLETED
    name = factory.LazyAttribute(lambda certificate: str(certificate.participant))
    city = "Girona"
    edition_name = "UDT Academy"
    language = "en"
    minutes = 90
    layout = factory.LazyFunction(lambda: CertificateLayout().frozen("en"))

    @factory.post_generation
    def file(self, create, extracted, **_more):
        if create:
            content = extracted or b"%PDF-1.7 a certificate"
            CertificateFile.objects.create(certificate=self, content=content, digest=digest_of(content))
