"""What must never be true is refused by the database, also past the forms, with a sentence for a person."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from programme.models import City, Delegation, Edition, Participant, Room, Session, Track, Venue
from programme.rules.editions import RESERVED_SLUGS
from tests.factories.people import CityFactory, DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import (
    EditionFactory,
    RoomFactory,
    SessionFactory,
    TimedSessionFactory,
    TrackFactory,
    VenueFactory,
)
from udtacademy.accounts.models import User

pytestmark = pytest.mark.django_db

TEN = dt.datetime(2025, 9, 16, 10, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def assert_refused(instance, message):
    with pytest.raises(ValidationError) as raised:
        instance.full_clean()
    assert message in raised.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        instance.save()


def edition(**fields):
    defaults = {"slug": "udt-2030", "name": "E", "time_zone": "Europe/Madrid"}
    days = {"first_on": dt.date(2030, 1, 1), "last_on": dt.date(2030, 2, 1)}
    return Edition(**defaults | days | fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"last_on": dt.date(2029, 1, 1)}, "The last day must not be before the first day."),
        ({"last_on": dt.date(9999, 12, 31)}, "Enter days between 2000 and 2099."),
        ({"coming_question_days": 61}, "Ask people at most 60 days before the days in person."),
        (
            {"slug": "Udt"},
            "Use only lower-case letters, digits and single hyphens in a web address, for example udt-2025.",
        ),
        (
            {"slug": "udt--2"},
            "Use only lower-case letters, digits and single hyphens in a web address, for example udt-2025.",
        ),
    ],
)
def test_edition_refuses(fields, message):
    assert_refused(edition(**fields), message)


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_edition_refuses_every_reserved_slug(slug):
    with pytest.raises(
        ValidationError, match="The site uses this web address. Enter another one, for example udt-2025."
    ):
        edition(slug=slug).full_clean()


def test_edition_refuses_a_slug_twice():
    EditionFactory(slug="udt-2030")

    assert_refused(edition(), "Another edition has this web address.")


def test_edition_refuses_a_time_zone_that_does_not_exist():
    with pytest.raises(ValidationError, match="“Europe/Atlantis” is not a time zone"):
        edition(time_zone="Europe/Atlantis").full_clean()


WHEN = "Enter a start and an end, or only a day, or only the date in words."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"starts_at": TEN, "ends_at": TEN}, "The session must end after it starts."),
        ({"starts_at": TEN, "ends_at": TEN - HOUR}, "The session must end after it starts."),
        ({"starts_at": TEN}, WHEN),
        ({"ends_at": TEN}, WHEN),
        ({"starts_at": TEN, "ends_at": TEN + HOUR, "held_on": TEN.date()}, WHEN),
        ({"starts_at": TEN, "ends_at": TEN + HOUR, "date_hint": "soon"}, WHEN),
        ({"held_on": TEN.date(), "date_hint": "soon"}, WHEN),
        ({"status": "confirmed"}, "A confirmed session needs a start and an end."),
        ({"status": "confirmed", "held_on": TEN.date()}, "A confirmed session needs a start and an end."),
        ({"held_on": dt.date(9999, 12, 31)}, "Enter times between 2000 and 2099."),
        ({"starts_at": TEN, "ends_at": TEN.replace(year=2100)}, "Enter times between 2000 and 2099."),
        ({"format": "break", "is_core": True}, "A break cannot be core, because nobody attends it."),
        ({"slug": "Ab"}, "Use only lower-case letters, digits and single hyphens in a web address."),
    ],
)
def test_session_refuses(edition, fields, message):
    assert_refused(Session(**{"edition": edition, "slug": "a", "title": "A"} | fields), message)


def test_session_refuses_a_slug_twice_in_an_edition_only(edition):
    SessionFactory(edition=edition, slug="a")

    assert_refused(
        Session(edition=edition, slug="a", title="A"), "The edition already has a session with this web address."
    )
    assert SessionFactory(slug="a").pk


PARALLEL = "Another session takes place at this time. Only sessions of different tracks can overlap."


@pytest.mark.parametrize("tracks", [(None, None), ("a", None), (None, "a"), ("a", "a")])
def test_session_refuses_another_at_the_same_time(edition, tracks):
    known = {slug: TrackFactory(edition=edition, slug=slug) for slug in {*tracks} - {None}}
    first, second = (known.get(slug) for slug in tracks)
    TimedSessionFactory(edition=edition, starts_at=TEN, ends_at=TEN + HOUR, track=first)

    times = {"starts_at": TEN + HOUR / 2, "ends_at": TEN + 2 * HOUR}
    assert_refused(Session(edition=edition, slug="b", title="B", track=second, **times), PARALLEL)


def test_sessions_may_follow_each_other_run_in_different_tracks_or_replace_a_cancelled_one(edition):
    one, other = TrackFactory(edition=edition), TrackFactory(edition=edition)
    later = TEN + HOUR

    TimedSessionFactory(edition=edition, starts_at=TEN, ends_at=later, track=one)
    TimedSessionFactory(edition=edition, starts_at=TEN, ends_at=later, track=other)
    TimedSessionFactory(edition=edition, starts_at=later, ends_at=later + HOUR, status="cancelled")
    TimedSessionFactory(edition=edition, starts_at=later, ends_at=later + HOUR)
    TimedSessionFactory(starts_at=TEN, ends_at=later)  # another edition

    assert edition.sessions.count() == 4


@pytest.mark.parametrize(
    ("existing", "again", "message"),
    [
        (
            lambda: CityFactory(name="Gent", country="BE"),
            lambda old: City(name="gENT", country="BE"),
            "This city already exists.",
        ),
        (
            lambda: None,
            lambda old: City(name="Gent", country="B1"),
            "“B1” is not a country we know. Enter its name or its two letters, for example Spain or ES.",
        ),
        (
            lambda: VenueFactory(name="BSC"),
            lambda old: Venue(name="bsc", address="x"),
            "This venue already exists.",
        ),
        (
            lambda: RoomFactory(name="Aula"),
            lambda old: Room(venue=old.venue, name="AULA"),
            "The venue already has a room with this name.",
        ),
        (
            VenueFactory,
            lambda old: Room(venue=old, name="Stadium", capacity=100_001),
            "Enter a capacity of at most 100,000.",
        ),
        (
            lambda: TrackFactory(slug="a"),
            lambda old: Track(edition=old.edition, slug="a", name="A"),
            "The edition already has a track with this web address.",
        ),
        (
            DelegationFactory,
            lambda old: Delegation(edition=old.edition, city=old.city),
            "This city already has a delegation in this edition.",
        ),
        (
            DelegationFactory,
            lambda old: Delegation(edition=old.edition, city=CityFactory(), quota=0),
            "Enter a quota of at least 1.",
        ),
    ],
)
def test_other_nouns_refuse(existing, again, message):
    assert_refused(again(existing()), message)


def test_user_addresses_are_one_whatever_their_case():
    User.objects.create_user(email="Pia@Example.org", name="Pia")

    again = User(email="PIA@example.org", name="P")
    with pytest.raises(ValidationError, match="There is already a user with this email address"):
        again.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="PIA@example.org")
    assert User.objects.get_by_natural_key("PIA@EXAMPLE.ORG").name == "Pia"


def test_a_participant_does_not_leave_before_arriving():
    participant = ParticipantFactory(arrives_at=TEN, leaves_at=TEN)
    participant.leaves_at = TEN - HOUR

    assert_refused(participant, "Enter a departure that is not before the arrival.")

    participant.arrives_at = None
    participant.save()


def test_a_person_takes_part_once_in_an_edition(participant):
    elsewhere = DelegationFactory(edition=participant.edition)

    again = Participant(user=participant.user, delegation=elsewhere)
    with pytest.raises(ValidationError, match="This person already takes part in the edition"):
        again.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()
    assert ParticipantFactory(user=participant.user).pk  # in another edition


def test_a_participants_edition_is_that_of_the_delegation(participant, fire_deferred_triggers):
    other = EditionFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(pk=participant.pk).update(edition=other)
        fire_deferred_triggers()


def test_a_sessions_track_is_of_its_edition(session, fire_deferred_triggers):
    foreign = TrackFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(track=foreign)
        fire_deferred_triggers()


def test_the_database_refuses_also_what_passes_by_django(session):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE programme_session SET ends_at = starts_at WHERE id = %s", [session.pk])
