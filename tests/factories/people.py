import datetime as dt
import uuid

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from programme.models import Announcement, City, Delegation, Invitation, Notice, Participant, Seat
from programme.models.invitation import hash_of
from programme.queries.announcements import announcement, differences_in
from tests.factories.programme import EditionFactory
from udtacademy.accounts.models import User
from udtacademy.outbox.mime import content_of
from udtacademy.outbox.models import Message, StoppedAddress


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence("person{:06}@city.example".format)
    name = "Pia Person"


class CityFactory(DjangoModelFactory):
    class Meta:
        model = City

    name = factory.Sequence("City {:06}".format)
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
    state = Participant.State.REGISTERED
    waiting_number = factory.LazyAttributeSequence(lambda it, n: n + 1 if it.state == "waiting" else None)
    state_at = dt.datetime(2025, 1, 7, 9, tzinfo=dt.UTC)  # before all sessions of tests
    job_title = "Planner"
    department = "Urban planning"
    hopes = "How others began."


def newcomers_were_told(edition):
    """As `everybody_was_told`, but of what somebody knows something of already."""
    everybody_was_told(edition, [it for it in differences_in(edition, timezone.now()).news if it.known is None])


def everybody_was_told(edition, news=None):
    """Everybody registered has been told of their sessions as they are, and has them in the calendar."""
    news_items = differences_in(edition, timezone.now()).news if news is None else news
    people = Participant.objects.in_bulk({it.participant_id for it in news_items})
    Announcement.objects.bulk_create(
        announcement(
            people[one.participant_id],
            one.session,
            is_theirs=one.is_theirs,
            state="sent",
            told_at=timezone.now(),
            **({"method": "REQUEST", "sequence": one.session.calendar_sequence} if one.session.local_day else {}),
        )
        for one in news_items
    )


class InvitationFactory(DjangoModelFactory):
    """Open for a week. Its link has `token`."""

    class Meta:
        model = Invitation

    class Params:
        token = factory.Sequence("token-{:06}".format)

    delegation = factory.SubFactory(DelegationFactory)
    token_hash = factory.LazyAttribute(lambda it: hash_of(it.token))
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    to = factory.Sequence("person{:06}@city.example".format)
    kind = "registered"
    subject = "You are registered"
    text = "Dear Pia,\n\n→ Open your page: http://testserver/portal/"

    @classmethod
    def _adjust_kwargs(cls, **values) -> dict:
        """`calendars`: files that go with it."""
        calendars = values.pop("calendars", None)
        if calendars:
            values = {"message_id": uuid.uuid4()} | values
            values["content"] = content_of(Message(**values), "<p>Dear Pia,</p>", calendars)
        return values


class NoticeFactory(DjangoModelFactory):
    """Open; goes out in ten minutes."""

    class Meta:
        model = Notice

    due_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(minutes=10))


class SeatFactory(DjangoModelFactory):
    """Held. The session and the participant are of one edition: give both."""

    class Meta:
        model = Seat

    state = Seat.State.HELD
    held_at = factory.LazyAttribute(lambda it: timezone.now() if it.state == "held" else None)


class StoppedAddressFactory(DjangoModelFactory):
    class Meta:
        model = StoppedAddress

    address = factory.Sequence("gone{:06}@city.example".format)
    cause = "bounce"
    status = "5.1.1"
    answer = "550 5.1.1 User unknown"
