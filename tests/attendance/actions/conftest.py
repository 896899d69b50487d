import pytest

from tests.attendance.meeting_reports.giving import give, zoom
from tests.factories.people import ParticipantFactory


@pytest.fixture
def report(over, ana, organiser):
    people = [("Ana Anaya", "", 0, 60), ("Annie", "annie@home.example", 0, 30), ("Quirk", "", 0, 60)]
    return give(over, zoom(over, *people), organiser)


@pytest.fixture
def petra(delegation):
    return ParticipantFactory(delegation=delegation, state="pending", user__name="Petra Pending")
