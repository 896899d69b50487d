import datetime as dt

import pytest
from django.utils import timezone

from attendance.queries.badge_people import BadgeChoice, chosen_for
from programme.models import Participant
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory


@pytest.fixture
def people(open_edition):
    """Two of Évora, one of Faro and one of Zürich, and others who get no badge."""
    cities = {name: DelegationFactory(edition=open_edition, city__name=name) for name in ("Zürich", "Évora", "Faro")}
    ParticipantFactory(delegation=cities["Faro"], state="pending")
    ParticipantFactory(delegation=DelegationFactory(city__name="Other edition"))
    rows = [("zoe", "Zoë", "Évora"), ("alex", "Αλέξανδρος", "Évora"), ("ola", "Øla", "Faro"), ("bo", "Bo", "Zürich")]
    return {key: ParticipantFactory(delegation=cities[city], user__name=name) for key, name, city in rows}


@pytest.fixture
def chosen(open_edition, people):
    def choose(**choice):
        names = {it.pk: key for key, it in people.items()}
        return [names[pk] for pk in chosen_for(open_edition, BadgeChoice(**choice))]

    return choose


def test_badges_are_by_city_or_by_name_whatever_the_letters(chosen):
    assert chosen() == ["alex", "zoe", "ola", "bo"]
    assert chosen(is_by_name=True) == ["alex", "bo", "ola", "zoe"]


def test_badges_of_a_city_and_of_a_track(open_edition, chosen, people):
    now = timezone.now()
    track = TrackFactory(edition=open_edition)
    session = SessionFactory(edition=open_edition, track=track, starts_at=now, ends_at=now + dt.timedelta(hours=1))
    SeatFactory(participant=people["bo"], session=session)
    SeatFactory(participant=people["ola"], session=session, state="waiting")

    assert chosen(city=people["zoe"].delegation_id) == ["alex", "zoe"]
    assert chosen(track=track.pk) == ["bo"]


def test_badges_of_who_has_come_to_a_session_in_person(open_edition, chosen, people):
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    in_person = SessionFactory(edition=open_edition, format="in_person", starts_at=now, ends_at=now + hour)
    online = SessionFactory(edition=open_edition, format="online", starts_at=now + hour, ends_at=now + 2 * hour)
    EvidenceFactory(participant=people["bo"], session=in_person)
    EvidenceFactory(participant=people["zoe"], session=online)
    mistake = EvidenceFactory(participant=people["ola"], session=in_person)
    EvidenceFactory(
        participant=people["ola"],
        session=in_person,
        kind="retraction",
        retracts=mistake,
        note="x",
        by=people["bo"].user,
    )

    assert chosen(has_come=True) == ["bo"]
    assert chosen(has_come=False) == ["alex", "zoe", "ola"]


def test_badges_of_who_registered_since_a_day_in_the_editions_zone(open_edition, chosen, people):
    day = dt.date(2025, 7, 2)
    midnight = dt.datetime.combine(day, dt.time(), open_edition.zone)
    Participant.objects.update(state_at=midnight - dt.timedelta(seconds=1))
    Participant.objects.filter(pk=people["bo"].pk).update(state_at=midnight)

    assert chosen(since=day) == ["bo"]
    assert len(chosen(since=day - dt.timedelta(days=1))) == 4
