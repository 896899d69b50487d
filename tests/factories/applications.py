import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from programme.models import Application, ApplicationCriterion, ApplicationScore
from tests.factories.people import UserFactory


def takes_applications(edition):
    """Let cities apply for a place in the edition, since yesterday and for a week."""
    now = timezone.now()
    edition.takes_applications = True
    edition.applications_open_at, edition.applications_close_at = now - dt.timedelta(days=1), now + dt.timedelta(days=7)
    edition.save()
    return edition


class ApplicationFactory(DjangoModelFactory):
    """To be decided. Give the edition."""

    class Meta:
        model = Application

    contact = factory.SubFactory(UserFactory)
    city_name = factory.Sequence("City {:06}".format)
    country = "ES"


class CriterionFactory(DjangoModelFactory):
    class Meta:
        model = ApplicationCriterion

    name = factory.Sequence("Criterion {:06}".format)
    weight = 1


class ScoreFactory(DjangoModelFactory):
    class Meta:
        model = ApplicationScore

    edition = factory.SelfAttribute("application.edition")
    scorer = factory.SubFactory(UserFactory, is_staff=True)
