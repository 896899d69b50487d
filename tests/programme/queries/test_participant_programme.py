import pytest

from programme.models import Session
from programme.queries.participant_programme import own_programme
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, UserFactory


@pytest.fixture
def bo(delegation):
    delegation.quota = 9
    delegation.save()
    return ParticipantFactory(delegation=delegation)


def programme_of(participant):
    return own_programme(participant.user, "academy")


def test_a_participant_comes_with_city_and_edition(coordinator, django_assert_num_queries):
    user, venue, city = coordinator.user, coordinator.edition.venue, coordinator.delegation.city
    programme_of(coordinator)

    with django_assert_num_queries(3):  # the state of the programme, the participant with the team, the seats
        programme = programme_of(coordinator)
        participant = programme.participant
        assert (participant, participant.user, participant.delegation.city) == (coordinator, user, city)
        assert (programme.edition.slug, programme.edition.venue) == ("academy", venue)


def test_without_a_part_in_the_edition_there_is_no_programme(coordinator):
    assert own_programme(coordinator.user, "other") is None
    assert own_programme(UserFactory(), coordinator.edition.slug) is None


def test_everybody_has_their_own_seats_in_it(coordinator, bo, tracks, django_assert_num_queries):
    session = tracks["technical-morning"]
    SeatFactory(participant=coordinator, session=session)
    SeatFactory(participant=bo, session=session, state="waiting")
    programme_of(coordinator)

    with django_assert_num_queries(2 * 3):
        programmes = [programme_of(it) for it in (coordinator, bo)]

    seats = [it.seats[session.pk] for it in programmes]
    assert [(seat.is_held, seat.is_waiting, seat.position) for seat in seats] == [(True, False, None), (False, True, 1)]
    assert [it.held_in for it in programmes] == [{session.pk}, set()]
    assert [it.is_theirs(session) for it in programmes] == [True, False]
    assert all(it.is_theirs(session) for it in programmes for session in it.sessions if not session.takes_seats)


def test_what_is_published_is_in_order_with_places(coordinator, tracks, django_assert_num_queries):
    expected = list(coordinator.edition.sessions.published().in_programme_order())
    programme_of(coordinator)

    with django_assert_num_queries(3):
        sessions = programme_of(coordinator).sessions
        assert all(isinstance(it.place, str) for it in sessions)
    assert list(sessions) == expected


def test_every_change_is_seen_at_once(coordinator, tracks):
    moved = tracks["technical-morning"]
    versions = {programme_of(coordinator).version}

    Session.objects.filter(pk=moved.pk).update(title="Elsewhere")
    assert "Elsewhere" in [it.title for it in programme_of(coordinator).sessions]
    versions.add(programme_of(coordinator).version)
    Session.objects.filter(pk=moved.pk).update(is_published=False)
    assert "Elsewhere" not in [it.title for it in programme_of(coordinator).sessions]
    versions.add(programme_of(coordinator).version)
    assert len(versions) == 3


def test_the_team_is_in_the_order_of_names_or_else_of_addresses(coordinator, bo, django_assert_num_queries):
    for person, name, email in ((coordinator, "", "m@girona.example"), (bo, "zoe", "a@girona.example")):
        person.user.name, person.user.email = name, email
        person.user.save()
    ParticipantFactory(delegation=bo.delegation, state="pending", user__name="Alba")
    left = ParticipantFactory(delegation=bo.delegation, state="withdrawn", user__name="zoran")
    ParticipantFactory(delegation=DelegationFactory(edition=bo.edition))
    programme_of(bo)

    with django_assert_num_queries(3):
        team = programme_of(coordinator).team
        assert [str(it) for it in team] == ["Alba", "m@girona.example", "zoe", "zoran"]
        assert [it.state for it in team] == ["pending", "registered", "registered", "withdrawn"]
    assert programme_of(left).participant == left


def test_the_shared_sessions_are_read_again_only_after_a_change(coordinator, tracks):
    first, second = programme_of(coordinator), programme_of(coordinator)
    assert [a is b for a, b in zip(first.sessions, second.sessions, strict=True)] == [True] * len(first.sessions)

    tracks["technical-morning"].save()

    third = programme_of(coordinator)
    assert [a is b for a, b in zip(first.sessions, third.sessions, strict=True)] == [False] * len(first.sessions)
