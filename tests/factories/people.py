import factory
from factory.django import DjangoModelFactory

from programme.models import City, Delegation, Participant, User
from tests.factories.programme import EditionFactory


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence("person{}@example.org".format)
    name = "Pia Person"


class CityFactory(DjangoModelFactory):
    class Meta:
        model = City

    name = factory.Sequence("City {}".format)
    country = "ES"


class DelegationFactory(DjangoModelFactory):
    class Meta:
        model = Delegation

    edition = factory.SubFactory(EditionFactory)
    city = factory.SubFactory(CityFactory)


class ParticipantFactory(DjangoModelFactory):
    class Meta:
        model = Participant

    user = factory.SubFactory(UserFactory)
    delegation = factory.SubFactory(DelegationFactory)
