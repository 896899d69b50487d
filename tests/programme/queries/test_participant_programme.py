import pytest

from programme.models import Session
from programme.queries.participant_programme import own_programme, own_team, participant_of
from tests.factories.people import ParticipantFactory, SeatFactory


@pytest.fixture
def bo(delegation):
    delegation.quota = 9
    delegation.save()
    return ParticipantFactory(delegation=delegation)


def test_somebodys_part_comes_with_city_and_edition_in_one_query(coordinator, django_assert_num_queries):
    user, venue, city = coordinator.user, coordinator.edition.venue, coordinator.delegation.city

    with django_assert_num_queries(1):
        part = participant_of(user, "academy")
        assert (part, part.user) == (coordinator, user)
        assert (part.edition.venue, part.delegation.city) == (venue, city)
    assert participant_of(coordinator.user, "other") is None


def test_everybody_has_their_own_seats_in_it(coordinator, bo, tracks, django_assert_num_queries):
    held = tracks["technical-morning"]
    SeatFactory(participant=coordinator, session=held)
    SeatFactory(participant=bo, session=held, state="waiting")
    for person in (coordinator, bo):
        own_programme(person)

    with django_assert_num_queries(4):  # the programme is read already
        programmes = [own_programme(it) for it in (coordinator, bo)]

    assert [set(it.held_in) for it in programmes] == [{held.pk}, set()]
    assert [it.is_theirs(held) for it in programmes] == [True, False]
    assert all(it.is_theirs(session) for it in programmes for session in it.sessions if not session.takes_seats)


def test_what_is_published_is_in_order_with_places(coordinator, tracks, django_assert_num_queries):
    expected = list(coordinator.edition.sessions.published().in_programme_order())
    own_programme(coordinator)

    with django_assert_num_queries(2):  # whether it has changed, and the seats
        sessions = own_programme(coordinator).sessions
        assert all(isinstance(it.place, str) for it in sessions)
    assert list(sessions) == expected


def test_every_change_is_seen_at_once(coordinator, tracks):
    moved = tracks["technical-morning"]
    versions = {own_programme(coordinator).version}

    Session.objects.filter(pk=moved.pk).update(title="Elsewhere")
    assert "Elsewhere" in [it.title for it in own_programme(coordinator).sessions]
    versions.add(own_programme(coordinator).version)
    Session.objects.filter(pk=moved.pk).update(is_published=False)
    assert "Elsewhere" not in [it.title for it in own_programme(coordinator).sessions]
    versions.add(own_programme(coordinator).version)
    assert len(versions) == 3


def test_the_team_is_in_the_order_of_names_or_else_of_addresses(coordinator, bo, django_assert_num_queries):
    for person, name, email in ((coordinator, "", "m@girona.example"), (bo, "zoe", "a@girona.example")):
        person.user.name, person.user.email = name, email
        person.user.save()
    waiting = ParticipantFactory(delegation=bo.delegation, state="pending", user__name="Alba")
    ParticipantFactory(delegation=bo.delegation, state="withdrawn")

    with django_assert_num_queries(1):
        assert [str(it) for it in own_team(coordinator)] == ["Alba", "m@girona.example", "zoe"]
    assert [it.is_registered for it in own_team(coordinator)] == [it != waiting for it in own_team(coordinator)]
