import pytest

from programme.models import Session
from programme.queries.participant_programme import own_programme
from tests.factories.people import ParticipantFactory, SeatFactory


@pytest.fixture
def bo(delegation):
    delegation.seats = 9
    delegation.save()
    return ParticipantFactory(delegation=delegation)


def seats_of(person):
    return {it.slug: (it.own_state, it.own_position) for it in own_programme(person) if it.own_state}


def test_everybody_has_their_own_seats_in_it(coordinator, bo, tracks, django_assert_num_queries):
    SeatFactory(participant=coordinator, session=tracks["technical-morning"])
    for person in (coordinator, bo):
        SeatFactory(participant=person, session=tracks["governance-afternoon"], state="waiting")
    both = [{"technical-morning": ("held", None), "governance-afternoon": ("waiting", 1)}]
    both.append({"governance-afternoon": ("waiting", 2)})

    assert [seats_of(coordinator), seats_of(bo)] == both
    with django_assert_num_queries(4):  # the programme is read already
        assert [seats_of(coordinator), seats_of(bo)] == both


def test_it_is_what_with_seat_of_says(coordinator, tracks):
    SeatFactory(participant=coordinator, session=tracks["technical-morning"])
    fields = ("own_state", "own_position", "own_is_promoted", "own_moved_from_id")
    asked = coordinator.edition.sessions.published().with_place().with_seat_of(coordinator).in_programme_order()

    def told(sessions):
        return [(it.pk, *(getattr(it, name) for name in fields)) for it in sessions]

    assert told(own_programme(coordinator)) == told(asked)


def test_every_change_is_seen_at_once(coordinator, tracks):
    moved = tracks["technical-morning"]
    own_programme(coordinator)
    versions = {own_programme(coordinator)[0].version}

    Session.objects.filter(pk=moved.pk).update(title="Elsewhere")
    assert "Elsewhere" in [it.title for it in own_programme(coordinator)]
    versions.add(own_programme(coordinator)[0].version)
    Session.objects.filter(pk=moved.pk).update(is_published=False)
    assert "Elsewhere" not in [it.title for it in own_programme(coordinator)]
    versions.add(own_programme(coordinator)[0].version)
    assert len(versions) == 3


def test_what_somebody_writes_on_it_is_theirs(coordinator, tracks):
    mine = own_programme(coordinator)
    mine[0].title, mine[0].own_state = "Scribbled", "held"

    assert "Scribbled" not in [it.title for it in own_programme(coordinator)]
    assert seats_of(coordinator) == {}
