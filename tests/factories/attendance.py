import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from attendance.models import Decision, Evidence, Excuse


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
