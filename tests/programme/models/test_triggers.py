"""SEQUENCE, LAST-MODIFIED and revisions move by themselves, whoever writes."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from programme.models import Participant, Seat, Session
from tests.factories.people import SeatFactory
from tests.factories.programme import EditionFactory, RoomFactory, SessionFactory, VenueFactory


def sequence(session):
    return Session.objects.values_list("calendar_sequence", flat=True).get(pk=session.pk)


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        ({"starts_at": dt.datetime(2025, 9, 25, 13, tzinfo=dt.UTC)}, 1),
        ({"ends_at": dt.datetime(2025, 9, 25, 19, tzinfo=dt.UTC)}, 1),
        ({"status": "cancelled"}, 1),
        ({"status": "tentative", "location": "Elsewhere"}, 1),  # one save, one step
        ({"location": "Elsewhere"}, 1),
        ({"title": "Another title"}, 1),
        ({"is_core": False}, 1),
        ({"description": "More"}, 0),
        ({"is_published": False}, 0),
        ({}, 0),
    ],
)
def test_sequence_grows_with_what_people_are_told(session, change, steps):
    for name, value in change.items():
        setattr(session, name, value)
    session.save()

    assert sequence(session) == steps


def test_sequence_grows_for_updates_that_pass_by_the_model(session):
    Session.objects.filter(pk=session.pk).update(status="cancelled")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE programme_session SET location = 'Elsewhere' WHERE id = %s", [session.pk])

    assert sequence(session) == 2


def test_sequence_is_not_set_back_by_a_stale_object(session):
    stale = Session.objects.get(pk=session.pk)
    Session.objects.filter(pk=session.pk).update(status="cancelled")

    stale.status = "cancelled"
    stale.description = "Saved late"
    stale.save()

    assert sequence(session) == 1


def test_changed_at_moves_only_when_something_changed(session):
    session.refresh_from_db()
    before = session.changed_at

    session.save()
    session.refresh_from_db()
    assert session.changed_at == before

    session.title = "New"
    session.save()
    session.refresh_from_db()
    assert session.changed_at > before


@pytest.mark.django_db
def test_a_room_or_venue_that_is_renamed_moves_its_sessions():
    room = RoomFactory()
    edition = EditionFactory(venue=room.venue)
    in_room = SessionFactory(edition=edition, room=room)
    at_venue = SessionFactory(edition=edition, format="in_person")
    elsewhere = SessionFactory()

    room.name = "Aula Magna"
    room.save()
    room.venue.address = "Another street 2"
    room.venue.save()

    assert [sequence(session) for session in (in_room, at_venue, elsewhere)] == [2, 1, 0]


@pytest.mark.django_db
def test_an_edition_that_changes_its_venue_moves_the_sessions_there():
    edition = EditionFactory()
    session = SessionFactory(edition=edition, format="in_person")

    edition.venue = VenueFactory()
    edition.save()

    assert sequence(session) == 1


@pytest.mark.django_db
def test_a_venue_that_is_renamed_moves_only_what_is_held_there():
    edition = EditionFactory()
    elsewhere = [
        SessionFactory(edition=edition, format="online"),
        SessionFactory(edition=edition, format="external"),
        SessionFactory(edition=edition, format="in_person", location="Town hall"),
        SessionFactory(edition=edition, format="in_person", room=RoomFactory()),
    ]

    edition.venue.address = "Another street 2"
    edition.venue.save()
    edition.venue = VenueFactory()
    edition.save()

    assert [sequence(session) for session in elsewhere] == [0, 0, 0, 0]


@pytest.mark.django_db
def test_an_edition_notes_its_changes():
    edition = EditionFactory()
    edition.refresh_from_db()
    before = edition.changed_at

    edition.save()
    edition.refresh_from_db()
    assert edition.changed_at == before

    edition.name = "Another name"
    edition.save()
    edition.refresh_from_db()
    assert edition.changed_at > before


@pytest.mark.parametrize("state", ["held", "waiting"])
def test_a_seat_of_somebody_who_withdrew_is_not_brought_back(tracks, participant, state):
    """An old process saves the row that it has read before."""
    stale = SeatFactory(participant=participant, session=tracks["governance-morning"], state=state)
    Participant.objects.filter(pk=participant.pk).update(state="withdrawn")

    with pytest.raises(IntegrityError, match="only registered participants can have seats"), transaction.atomic():
        stale.save()

    assert not Seat.objects.exists()
