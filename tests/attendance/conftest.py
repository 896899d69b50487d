"""A session that runs, and people to attend it."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from tests.factories.people import ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory


@pytest.fixture
def running(open_edition):
    """Core, online; it began ten minutes ago and ends in fifty."""
    now = timezone.now().replace(microsecond=0)
    return SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        title="Peer-learning",
        is_core=True,
        status="confirmed",
        meeting_url="https://meet.example/abc",
        starts_at=now - dt.timedelta(minutes=10),
        ends_at=now + dt.timedelta(minutes=50),
    )


@pytest.fixture
def in_room(running):
    """The running session, held in a room: with a door."""
    running.format = "in_person"
    running.save()
    return running


@pytest.fixture
def ana(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Ana Anaya")


@pytest.fixture
def staff_of():
    """A member of the staff who belongs to one group: `staff_of("viewer")`."""

    def make(name):
        user = UserFactory(is_staff=True)
        user.groups.add(Group.objects.get(name=name))
        return user

    return make


@pytest.fixture
def over(open_edition):
    """A core session of an hour that ended yesterday."""
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=1, hours=1)
    return SessionFactory(
        edition=open_edition,
        slug="over",
        title="From challenge to use case",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )
