import datetime as dt

import pytest

from attendance.actions.decisions import decide
from attendance.models import ActualTime, Attendance
from attendance.queries import standing
from attendance.queries.board import Board, Filters
from attendance.queries.expected import expected_at, n_missing, unseen_at
from attendance.queries.own_attendance import own_sessions, own_standing
from attendance.queries.standing import cities_of, core_sessions
from programme.queries.participant_programme import own_programme
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory

BEFORE, AFTER = dt.datetime(2025, 9, 20, tzinfo=dt.UTC), dt.datetime(2025, 9, 26, tzinfo=dt.UTC)
AFTER_BOTH, NEXT_YEAR = dt.datetime(2025, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.fixture
def preparing(session):
    """The second core session: 28 October 2025."""
    starts_at = dt.datetime(2025, 10, 28, 15, 0, tzinfo=dt.UTC)
    return SessionFactory(
        edition=session.edition,
        slug="preparing",
        title="Preparing",
        is_core=True,
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )


@pytest.fixture
def two(edition, session, preparing):
    """Ana and Bo of one city."""
    city = DelegationFactory(edition=edition, city__name="Girona")
    return [ParticipantFactory(delegation=city, user__name=name) for name in ("Ana Anaya", "Bo Berg")]


@pytest.fixture
def each_city(edition):
    edition.attendance_rule = "each_city"
    edition.save()


def establish(participant, session, status):
    Attendance.objects.create(participant=participant, session=session, status=status)


def city_at(edition, now):
    (city,) = cities_of(edition, now)
    return city


def standing_of(edition, now):
    city = city_at(edition, now)
    return str(city.standing), city.summary


# In words


@pytest.mark.parametrize(
    ("now", "statuses", "expected"),
    [
        (BEFORE, (), ("on_track", "2 core sessions left")),
        (BEFORE, ("excused",), ("on_track", "1 core session left")),
        (AFTER, ("present",), ("on_track", "1 core session left")),
        (AFTER, (), ("at_risk", "missed Peer-learning on 25 September; 1 core session left")),
        (AFTER, ("made_up",), ("on_track", "1 core session left")),
        (AFTER, ("absent",), ("not_met", "missed Peer-learning on 25 September; 1 core session left")),
        (
            AFTER,
            ("partial",),
            ("at_risk", "Peer-learning on 25 September: an organiser must decide; 1 core session left"),
        ),
        (AFTER_BOTH, ("present", "counts"), ("met", "all core sessions completed")),
        (AFTER_BOTH, ("present",), ("at_risk", "missed Preparing on 28 October")),
        (
            AFTER_BOTH,
            (),
            ("at_risk", "missed Peer-learning on 25 September; missed Preparing on 28 October"),
        ),
        (
            AFTER_BOTH,
            ("partial", "absent"),
            (
                "not_met",
                "missed Preparing on 28 October; Peer-learning on 25 September: an organiser must decide",
            ),
        ),
        (NEXT_YEAR, ("present",), ("not_met", "missed Preparing on 28 October 2025")),
        (NEXT_YEAR, ("present", "excused"), ("met", "all core sessions completed")),
    ],
)
def test_standing_in_words(edition, two, session, preparing, now, statuses, expected):
    ana, bo = two
    for core, status in zip((session, preparing), statuses, strict=False):
        establish(ana, core, status)
    bo.state = "withdrawn"
    bo.save()

    city = city_at(edition, now)

    assert (city.standing, city.summary) == expected
    assert [(person.participant, person.summary) for person in city.people] == [(ana, expected[1])]


def test_a_core_session_whose_day_is_not_known_is_left(edition, two, session, preparing):
    preparing.status, preparing.starts_at, preparing.ends_at, preparing.date_hint = "tentative", None, None, "December"
    preparing.save()

    assert standing_of(edition, AFTER) == ("at_risk", "missed Peer-learning on 25 September; 1 core session left")


def test_the_day_is_that_of_the_editions_zone(edition, two, session, preparing):
    session.starts_at = dt.datetime(2025, 9, 25, 22, 30, tzinfo=dt.UTC)
    session.ends_at = session.starts_at + dt.timedelta(hours=1)
    session.save()

    assert standing_of(edition, AFTER)[1] == "missed Peer-learning on 26 September; 1 core session left"


@pytest.mark.parametrize("what", ["not core", "cancelled", "not published", "none at all"])
def test_what_is_not_held_or_not_core_does_not_count(edition, two, session, preparing, what):
    if what == "not core":
        session.is_core = False
    elif what == "cancelled":
        session.status = "cancelled"
    elif what == "not published":
        session.is_published = False
    session.save()
    if what == "none at all":
        session.delete()
        preparing.delete()

    expected = ("met", "no core sessions") if what == "none at all" else ("on_track", "1 core session left")
    assert standing_of(edition, AFTER) == expected


def test_core_sessions_are_in_the_order_of_time(edition, session, preparing):
    assert core_sessions(edition) == [session, preparing]


# By every participant, or by each city


@pytest.mark.parametrize(
    ("first", "second", "each_participant", "each_city"),
    [
        ("present", "", "at_risk", "on_track"),
        ("present", "absent", "not_met", "on_track"),
        ("present", "partial", "at_risk", "on_track"),
        ("excused", "", "at_risk", "at_risk"),
        ("excused", "excused", "on_track", "on_track"),
        ("excused", "absent", "not_met", "not_met"),
        ("absent", "", "not_met", "at_risk"),
        ("absent", "absent", "not_met", "not_met"),
        ("", "", "at_risk", "at_risk"),
        ("made_up", "", "at_risk", "on_track"),
        ("present", "counts", "on_track", "on_track"),
    ],
)
def test_a_city_stands_by_the_rule_of_its_edition(edition, two, session, first, second, each_participant, each_city):
    for participant, status in zip(two, (first, second), strict=True):
        establish(participant, session, status)

    assert city_at(edition, AFTER).standing == each_participant
    edition.attendance_rule = "each_city"
    assert city_at(edition, AFTER).standing == each_city


def test_by_every_participant_a_city_is_held_to_the_worst_of_each_session(edition, two, session, preparing):
    ana, bo = two
    establish(ana, session, "present")
    establish(bo, preparing, "present")

    assert standing_of(edition, AFTER_BOTH) == (
        "at_risk",
        "missed Peer-learning on 25 September; missed Preparing on 28 October",
    )


def test_by_each_city_one_may_stand_in_for_the_other(edition, two, session, preparing, each_city):
    ana, bo = two
    establish(ana, session, "present")
    establish(bo, preparing, "present")

    assert standing_of(edition, AFTER_BOTH) == ("met", "all core sessions completed")


# Who withdrew, and who never came


def test_by_each_city_what_somebody_attended_who_withdrew_counts(edition, two, session, each_city):
    ana, bo = two
    establish(ana, session, "present")
    ana.state = "withdrawn"
    ana.save()

    city = city_at(edition, AFTER)

    assert (str(city.standing), city.summary) == ("on_track", "1 core session left")
    assert [person.participant for person in city.people] == [ana, bo]


def test_by_every_participant_who_withdrew_is_listed_and_does_not_count(edition, two, session):
    ana, bo = two
    establish(ana, session, "absent")
    establish(bo, session, "present")
    ana.state = "withdrawn"
    ana.save()

    city = city_at(edition, AFTER)

    assert (str(city.standing), city.summary) == ("on_track", "1 core session left")
    assert [str(person.reasoned.standing) for person in city.people] == ["not_met", "on_track"]


@pytest.mark.parametrize("state", ["withdrawn", "pending", "declined"])
def test_who_never_took_part_is_not_listed(edition, two, state):
    ana, bo = two
    ana.state = state
    ana.save()

    assert [person.participant for person in city_at(edition, AFTER).people] == [bo]


@pytest.mark.parametrize("rule", ["each_participant", "each_city"])
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (BEFORE, ("empty", "nobody is registered; 2 core sessions left")),
        (
            AFTER,
            ("empty", "nobody is registered; missed Peer-learning on 25 September; 1 core session left"),
        ),
        (
            NEXT_YEAR,
            (
                "empty",
                "nobody is registered; missed Peer-learning on 25 September 2025; missed Preparing on 28 October 2025",
            ),
        ),
    ],
)
def test_a_city_of_which_nobody_is_registered(edition, session, preparing, rule, now, expected):
    DelegationFactory(edition=edition)
    edition.attendance_rule = rule
    edition.save()

    assert standing_of(edition, now) == expected


def test_a_city_without_people_and_without_core_sessions_says_so(edition):
    DelegationFactory(edition=edition)

    assert standing_of(edition, AFTER) == ("empty", "nobody is registered")


@pytest.mark.parametrize(("now", "word"), [(AFTER, "at_risk"), (NEXT_YEAR, "not_met")])
def test_who_registers_after_a_core_session_is_to_make_up_for_it(edition, session, now, word):
    city = DelegationFactory(edition=edition)
    ParticipantFactory(delegation=city, user__name="Ana Anaya", state_at=session.ends_at)
    ParticipantFactory(delegation=city, user__name="Bo Berg", state_at=session.ends_at - dt.timedelta(seconds=1))

    ana, bo = city_at(edition, now).people

    assert (ana.reasoned.standing, bo.reasoned.standing) == (word, word)
    assert ana.summary.startswith("Peer-learning on 25 September")
    assert "was held before registration" in ana.summary
    assert bo.summary.startswith("missed Peer-learning on 25 September")


def test_who_registers_later_and_has_made_up_for_it_is_done(edition, session):
    late = ParticipantFactory(delegation=DelegationFactory(edition=edition), state_at=session.ends_at)
    establish(late, session, "made_up")

    assert city_at(edition, AFTER).standing == "met"


@pytest.mark.parametrize("source", ["join", "door", "report"])
@pytest.mark.parametrize("status", ["present", "partial", "clicked", "to_decide"])
def test_before_the_end_no_evidence_settles_a_core_session(edition, session, status, source):
    ana = ParticipantFactory(delegation=DelegationFactory(edition=edition))
    Attendance.objects.create(participant=ana, session=session, status=status, source=source)

    assert standing_of(edition, session.ends_at - dt.timedelta(seconds=1)) == ("on_track", "1 core session left")
    assert city_at(edition, session.ends_at).standing == {"present": "met", "clicked": "met"}.get(status, "at_risk")


def test_a_session_that_is_taught_for_longer_has_not_ended_with_the_plan(edition, session, organiser):
    ana = ParticipantFactory(delegation=DelegationFactory(edition=edition))
    Attendance.objects.create(participant=ana, session=session, status="present", source="door")
    ActualTime.objects.create(
        session=session, starts_at=session.starts_at, ends_at=session.ends_at + dt.timedelta(minutes=20), reason="Late"
    )

    assert city_at(edition, session.ends_at).standing == "on_track"
    assert city_at(edition, session.ends_at + dt.timedelta(minutes=20)).standing == "met"


# All cities


def test_cities_in_trouble_come_first_and_then_by_name(edition, session, preparing):
    people = {
        name: ParticipantFactory(delegation=DelegationFactory(edition=edition, city__name=name))
        for name in ("Aveiro", "Bergen", "Cork", "Delft")
    }
    for name in ("Aveiro", "Cork"):
        establish(people[name], session, "present")
    establish(people["Delft"], session, "absent")

    cities = cities_of(edition, AFTER)

    assert [(str(city.delegation), str(city.standing)) for city in cities] == [
        ("Delft (ES)", "not_met"),
        ("Bergen (ES)", "at_risk"),
        ("Aveiro (ES)", "on_track"),
        ("Cork (ES)", "on_track"),
    ]


def test_one_city_alone_stands_as_among_all(edition, two, session):
    other = ParticipantFactory(delegation=DelegationFactory(edition=edition))
    establish(other, session, "present")
    ParticipantFactory()  # of another edition

    (alone,) = cities_of(edition, AFTER, among=[two[0].delegation_id])

    among = {city.delegation: city.summary for city in cities_of(edition, AFTER)}
    assert alone.summary == among[alone.delegation]
    assert [person.participant for person in alone.people] == two
    assert len(among) == 2


@pytest.mark.parametrize("rule", ["each_participant", "each_city"])
def test_cities_cost_the_same_for_one_and_for_ten(edition, two, session, preparing, rule, django_assert_num_queries):
    edition.attendance_rule = rule
    edition.save()

    def summaries():
        return [(city.summary, [person.summary for person in city.people]) for city in cities_of(edition, AFTER)]

    with django_assert_num_queries(5):
        assert len(summaries()) == 1
    for _ in range(9):
        city = DelegationFactory(edition=edition)
        for participant in ParticipantFactory.create_batch(3, delegation=city):
            establish(participant, session, "present")
    with django_assert_num_queries(5):
        assert len(summaries()) == 10


# Who is expected, and who is missing


def test_everybody_registered_is_expected(edition, two, session):
    ParticipantFactory()  # of another edition
    ParticipantFactory(delegation=two[0].delegation, state="pending")

    assert set(expected_at(session)) == set(two)


def test_of_a_parallel_session_those_with_a_seat_are_expected(edition, two, session):
    session.track = TrackFactory(edition=edition)
    session.capacity = 1
    session.save()
    SeatFactory(participant=two[0], session=session)
    SeatFactory(participant=two[1], session=session, state="waiting")

    assert list(expected_at(session)) == [two[0]]


def test_missing_are_those_of_whom_nothing_is_established_by_city_and_name(edition, two, session, organiser):
    ana, bo = two
    first = ParticipantFactory(delegation=DelegationFactory(edition=edition, city__name="Aveiro"))
    decide(cells=[(bo, session)], outcome="absent", reason="Said so", by=organiser)
    establish(ana, session, "")

    assert unseen_at(session) == [first, ana]
    assert n_missing(session) == 2


def recorded(*asked):
    by_person = standing.statuses_in(*asked)
    return {person: {session: it.status for session, it in records.items()} for person, records in by_person.items()}


def test_statuses_are_of_the_people_and_the_sessions_asked_for(two, session, preparing):
    ana, bo = two
    establish(ana, session, "present")
    establish(ana, preparing, "partial")
    establish(bo, session, "")

    assert recorded([session, preparing]) == {ana.pk: {session.pk: "present", preparing.pk: "partial"}}
    assert recorded([session], [ana.pk]) == {ana.pk: {session.pk: "present"}}
    assert standing.statuses_in([session], [bo.pk]) == {}


# Core sessions in parallel


@pytest.mark.parametrize("rule", ["each_city", "each_participant"])
def test_a_parallel_core_session_counts_for_those_who_have_a_seat_in_it(edition, session, rule):
    edition.attendance_rule = rule
    edition.save()
    session.track = TrackFactory(edition=edition)
    session.save()
    other = SessionFactory(
        edition=edition,
        track=TrackFactory(edition=edition),
        is_core=True,
        status="confirmed",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )
    city = DelegationFactory(edition=edition)
    ana, bo = ParticipantFactory.create_batch(2, delegation=city)
    SeatFactory(participant=ana, session=session)
    SeatFactory(participant=bo, session=other)
    establish(ana, session, "present")
    board = Board(edition, Filters(), 1, AFTER)

    standings = [
        own_standing(programme, own_sessions(programme, AFTER), AFTER).standing
        for programme in (own_programme(it.user, it.edition.slug) for it in (ana, bo))
    ]

    assert standings == ["met", "at_risk"]
    shown = {row.participant: row.standing for group in board.groups for row in group.rows}
    assert [shown[ana], shown[bo]] == standings
    team = city_at(edition, AFTER)
    assert (team.standing, sorted(it.reasoned.standing for it in team.people)) == ("at_risk", sorted(standings))


@pytest.mark.parametrize("rule", ["each_city", "each_participant"])
def test_an_excuse_of_somebody_who_withdrew_settles_nothing(edition, session, rule):
    edition.attendance_rule = rule
    edition.save()
    gone = ParticipantFactory(delegation=DelegationFactory(edition=edition), state="withdrawn")
    establish(gone, session, "excused")

    city = city_at(edition, AFTER)
    assert (city.standing, city.reasoned.standing) == ("empty", "at_risk")
