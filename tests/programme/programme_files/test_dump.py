import datetime as dt

import pytest

from programme.models import Session
from programme.programme_files.dump import dump_programme, dumps
from programme.programme_files.load import load_programme
from programme.programme_files.reading import loads
from tests.factories.programme import (
    EditionFactory,
    RoomFactory,
    TimedSessionFactory,
)


@pytest.mark.parametrize("hour", [0, 1])
def test_a_time_that_comes_twice_is_dumped_and_loaded_without_loss(edition, hour):
    instants = [dt.datetime(2025, 10, 26, h, 30, tzinfo=dt.UTC) for h in (hour, 1 - hour, 2)]  # 02:30, 02:30 and 03:30
    session = TimedSessionFactory(edition=edition, slug="night", starts_at=instants[0], ends_at=instants[2])
    source = dumps(dump_programme(edition=edition)).encode()

    assert load_programme(document=loads(source), by=None)[1].made == []
    Session.objects.filter(pk=session.pk).update(starts_at=instants[1])
    _edition, changes = load_programme(document=loads(source), by=None)

    session.refresh_from_db()
    assert session.starts_at == instants[0]
    shown = ["2025-10-26 02:30", "2025-10-26 02:30+0100"]
    assert changes.made == [f"changed: session night: starts_at {shown[1 - hour]} → {shown[hour]}"]


def test_dump_programme_then_load_is_the_identity(edition_2025, document_2025):
    assert dump_programme(edition=edition_2025) == document_2025


@pytest.mark.django_db
def test_dump_programme_keeps_rooms_and_the_hour_that_comes_twice():
    edition = EditionFactory()
    room = RoomFactory(venue=edition.venue)
    RoomFactory(venue=edition.venue, capacity=None)
    twice = dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC)  # 02:30, the second time
    TimedSessionFactory(edition=edition, room=room, starts_at=twice, ends_at=twice + dt.timedelta(hours=1))

    document = loads(dumps(dump_programme(edition=edition)).encode())
    _edition, changes = load_programme(document=document, by=None)

    assert changes.made == []
