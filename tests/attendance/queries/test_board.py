import datetime as dt

import pytest

from attendance.actions.decisions import decide
from attendance.actions.excuses import ask_excuse
from attendance.models import Attendance
from attendance.queries import board as boards
from attendance.queries.board import Board, Filters
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory

AFTER = dt.datetime(2025, 9, 26, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def cities(edition):
    """Three people of Aveiro, two of Bergen, two of Cork; written down the other way round."""
    made = {}
    for name, n in (("Cork", 2), ("Bergen", 2), ("Aveiro", 3)):
        city = DelegationFactory(edition=edition, city__name=name)
        made[name] = [ParticipantFactory(delegation=city, user__name=f"{name} {n - it}") for it in range(n)][::-1]
    return made


@pytest.fixture
def people(cities):
    return [*cities["Aveiro"], *cities["Bergen"], *cities["Cork"]]


@pytest.fixture
def parallel(edition, session):
    """An hour in October with a session of each of two tracks, two places in each."""
    starts_at = dt.datetime(2025, 10, 6, 8, 0, tzinfo=dt.UTC)
    return [
        SessionFactory(
            edition=edition,
            slug=name.lower(),
            title=name,
            track=TrackFactory(edition=edition, slug=name.lower(), name=name, position=position),
            capacity=2,
            status="confirmed",
            starts_at=starts_at,
            ends_at=starts_at + HOUR,
        )
        for position, name in enumerate(("Governance", "Technical"))
    ]


def board(edition, page=1, *, is_whole=False, now=AFTER, **filters):
    return Board(edition, Filters(**filters), page, now, is_whole)


def establish(participant, session, status, **values):
    return Attendance.objects.create(participant=participant, session=session, status=status, **values)


def columns(shown):
    return [session.slug for session in shown.sessions]


def names(shown):
    return [[str(row.participant) for row in group.rows] for group in shown.groups]


def cell(shown, participant, session):
    number = shown.sessions.index(session)
    return next(row for group in shown.groups for row in group.rows if row.participant == participant).cells[number]


def sums(totals):
    return [(it.turnout.n_there, it.turnout.n_expected) for it in totals]


# Columns


def test_core_sessions_come_first_and_then_the_time_decides(edition, session):
    day = dt.timedelta(days=1)
    for slug, days, is_core in (("kick-off", -9, False), ("last-core", 30, True), ("soon", 3, False)):
        SessionFactory(
            edition=edition,
            slug=slug,
            is_core=is_core,
            starts_at=session.starts_at + days * day,
            ends_at=session.ends_at + days * day,
        )
    SessionFactory(edition=edition, slug="some-day", date_hint="December")

    assert columns(board(edition)) == ["peer-learning", "last-core", "kick-off", "soon", "some-day"]


def test_breaks_and_what_is_not_published_are_no_columns(edition, session):
    SessionFactory(edition=edition, format="break")
    SessionFactory(edition=edition, is_published=False)
    SessionFactory()

    assert columns(board(edition)) == ["peer-learning"]


def test_a_cancelled_session_stays_where_somebody_has_attended_it(edition, session, people):
    for slug in ("attended", "not-attended"):
        SessionFactory(edition=edition, slug=slug, status="cancelled")
    establish(people[0], edition.sessions.get(slug="attended"), "present")
    establish(people[0], edition.sessions.get(slug="not-attended"), "")

    assert columns(board(edition)) == ["peer-learning", "attended"]


# Filters


def test_without_the_optional_ones_core_sessions_are_left(edition, session, parallel, people):
    shown = board(edition, with_optional=False)

    assert columns(shown) == ["peer-learning"]
    assert len(shown.people) == 7


def test_a_track_leaves_its_sessions_and_those_for_all_and_its_people(edition, session, parallel, people):
    governance, technical = parallel
    SeatFactory(participant=people[0], session=governance)
    SeatFactory(participant=people[1], session=technical)
    SeatFactory(participant=people[2], session=governance, state="waiting")

    shown = board(edition, track=governance.track_id)

    assert columns(shown) == ["peer-learning", "governance"]
    assert names(shown) == [["Aveiro 1"]]


def test_a_city_leaves_its_people(edition, session, cities):
    shown = board(edition, city=cities["Bergen"][0].delegation_id)

    assert names(shown) == [["Bergen 1", "Bergen 2"]]


def test_a_standing_leaves_those_who_stand_so_whatever_columns_are_shown(edition, session, parallel, cities):
    for participant in cities["Aveiro"]:
        establish(participant, session, "present")
    establish(cities["Bergen"][0], session, "absent")

    assert names(board(edition, standing="met")) == [["Aveiro 1", "Aveiro 2", "Aveiro 3"]]
    assert names(board(edition, standing="not_met")) == [["Bergen 1"]]
    assert names(board(edition, standing="at_risk", city=cities["Cork"][0].delegation_id)) == [["Cork 1", "Cork 2"]]
    assert names(board(edition, standing="on_track")) == []


def test_what_leaves_nobody_is_an_empty_page(edition, session, cities):
    shown = board(edition, city=cities["Cork"][0].delegation_id + 1000)

    assert (shown.groups, shown.people, shown.number) == ([], [], 1)
    assert sums(shown.totals) == [(0, 0)]


# People


def test_people_are_by_city_and_name(edition, session, people):
    assert names(board(edition)) == [
        ["Aveiro 1", "Aveiro 2", "Aveiro 3"],
        ["Bergen 1", "Bergen 2"],
        ["Cork 1", "Cork 2"],
    ]


def test_two_cities_of_one_name_are_two_groups(edition, session):
    for country in ("ES", "CL"):
        city = DelegationFactory(edition=edition, city__name="Santiago", city__country=country)
        for name in ("Ana", "Bo"):
            ParticipantFactory(delegation=city, user__name=name)

    assert names(board(edition)) == [["Ana", "Bo"]] * 2


@pytest.mark.parametrize(("status", "is_listed"), [("partial", True), ("", False)])
def test_who_withdrew_is_listed_where_something_is_established(edition, session, people, status, is_listed):
    people[0].state = "withdrawn"
    people[0].save()
    establish(people[0], session, status)

    assert (people[0].pk in {it.pk for it in board(edition).people}) == is_listed


@pytest.mark.parametrize("state", ["pending", "declined"])
def test_who_is_not_registered_is_not_listed(edition, session, people, state):
    people[0].state = state
    people[0].save()

    assert people[0].pk not in {it.pk for it in board(edition).people}


# Pages


@pytest.mark.parametrize(
    ("most", "pages"),
    [(500, [7]), (7, [7]), (6, [5, 2]), (5, [5, 2]), (4, [3, 4]), (3, [3, 2, 2]), (1, [3, 2, 2])],
)
def test_pages_never_tear_a_city_apart(edition, session, people, monkeypatch, most, pages):
    monkeypatch.setattr(boards, "MOST_PEOPLE", most)

    assert [len(page) for page in board(edition).pages] == pages
    shown = [board(edition, number) for number in range(1, len(pages) + 1)]
    assert [group for it in shown for group in names(it)] == names(board(edition, is_whole=True))
    assert [sum(len(group.rows) for group in it.groups) for it in shown] == pages


@pytest.mark.parametrize(("page", "number"), [(-1, 1), (0, 1), (2, 2), (3, 3), (9, 3)])
def test_a_page_that_there_is_not_is_the_nearest(edition, session, people, monkeypatch, page, number):
    monkeypatch.setattr(boards, "MOST_PEOPLE", 3)

    assert board(edition, page).number == number


def test_totals_are_of_all_pages(edition, session, people, monkeypatch):
    monkeypatch.setattr(boards, "MOST_PEOPLE", 3)
    for participant in people[:4]:
        establish(participant, session, "present")

    for page in (1, 2, 3):
        assert sums(board(edition, page).totals) == [(4, 7)]
    assert [sums(group.totals) for page in (1, 2, 3) for group in board(edition, page).groups] == [
        [(3, 3)],
        [(1, 2)],
        [(0, 2)],
    ]


# Totals


def test_totals_count_those_who_were_there_for_long_enough(edition, session, people):
    for participant, status in zip(
        people, ["present", "counts", "partial", "excused", "made_up", "absent"], strict=False
    ):
        establish(participant, session, status)

    assert sums(board(edition).totals) == [(2, 7)]


def test_totals_of_a_parallel_session_are_of_its_seats(edition, session, parallel, people):
    governance, technical = parallel
    for participant in people[:2]:
        SeatFactory(participant=participant, session=governance)
    establish(people[0], governance, "present")
    establish(people[5], governance, "present")  # let in without a seat

    shown = board(edition, now=technical.ends_at)

    assert columns(shown) == ["peer-learning", "governance", "technical"]
    assert sums(shown.totals) == [(0, 7), (1, 2), (0, 0)]
    assert [str(it) for it in shown.totals] == ["0/7", "1/2 +1", ""]


def test_totals_leave_out_who_withdrew(edition, session, people):
    establish(people[0], session, "present")
    establish(people[1], session, "present")
    people[0].state = "withdrawn"
    people[0].save()

    shown = board(edition)

    assert sums(shown.totals) == [(1, 6)]
    assert sums(shown.groups[0].totals) == [(1, 2)]


def test_totals_of_the_groups_add_up_to_those_of_the_board(edition, session, parallel, people):
    SeatFactory(participant=people[0], session=parallel[0])
    SeatFactory(participant=people[6], session=parallel[0])
    for participant in people[::2]:
        establish(participant, session, "present")
        establish(participant, parallel[0], "counts")

    shown = board(edition)

    by_group = [sums(group.totals) for group in shown.groups]
    assert [tuple(map(sum, zip(*column, strict=True))) for column in zip(*by_group, strict=True)] == sums(shown.totals)


# Cells


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (dt.datetime(2025, 9, 25, 13, 59, tzinfo=dt.UTC), "upcoming"),
        (dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC), "not here yet"),
        (dt.datetime(2025, 9, 25, 15, 30, tzinfo=dt.UTC), "missed"),
    ],
)
def test_a_cell_of_somebody_nobody_has_seen_says_what_the_time_says(edition, session, people, now, word):
    assert cell(board(edition, now=now), people[0], session).description == word


def test_a_cell_says_on_what_it_rests(edition, session, people, organiser):
    establish(people[0], session, "present", source="report", minutes=85, arrived_at=session.starts_at)
    establish(people[1], session, "partial", source="join", arrived_at=session.starts_at + HOUR)
    establish(people[2], session, "present", source="report", minutes=1)

    shown = board(edition)

    assert cell(shown, people[0], session).description == "present: 85 minutes, meeting report"
    assert cell(shown, people[1], session).description.startswith("partly present: join click, from ")
    assert cell(shown, people[2], session).description == "present: 1 minute, meeting report"


def test_a_cell_shows_a_decision_and_a_request(edition, session, people, organiser):
    decide(cells=[(people[0], session)], outcome="excused", reason="Ill", by=organiser)
    ask_excuse(participant=people[1], session=session, kind="excuse", reason="Ill", by=people[1].user)
    EvidenceFactory(participant=people[2], session=session)

    shown = board(edition)

    assert [cell(shown, it, session).css for it in people[:3]] == [
        "s-excused is-decided",
        "s-missed is-asked is-open",
        "s-missed is-open",  # nothing was computed
    ]
    assert cell(shown, people[0], session).symbol == "E"


def test_a_cell_of_a_parallel_session_without_a_seat_expects_nobody(edition, session, parallel, people):
    SeatFactory(participant=people[0], session=parallel[0])

    shown = board(edition, now=parallel[0].ends_at)

    assert cell(shown, people[0], parallel[0]).description == "not seen"
    assert cell(shown, people[1], parallel[0]).description == "no seat"


def test_a_row_has_the_standing_also_where_its_columns_are_hidden(edition, session, people):
    establish(people[0], session, "absent")

    row = board(edition).groups[0].rows[0]

    assert (row.participant, row.standing, row.standing_label) == (people[0], "not_met", "not met")


# Queries


@pytest.mark.parametrize(
    "filters", [{}, {"standing": "at_risk"}, {"with_optional": False}], ids=["all", "standing", "core"]
)
def test_the_board_costs_the_same_however_many_there_are(
    edition, session, parallel, people, filters, django_assert_num_queries
):
    n_queries = 10

    def read():
        shown = board(edition, **filters)
        return [
            [str(group.delegation), [(str(row.participant), row.standing_label) for row in group.rows], group.totals]
            for group in shown.groups
        ] + [shown.totals, [str(it) for it in shown.sessions], [it.css for it in shown.groups[0].rows[0].cells]]

    with django_assert_num_queries(n_queries):
        read()
    for _ in range(10):
        for participant in ParticipantFactory.create_batch(3, delegation=DelegationFactory(edition=edition)):
            establish(participant, parallel[0], "present")
    SessionFactory.create_batch(5, edition=edition)
    with django_assert_num_queries(n_queries):
        read()


# Before the end, and before somebody registered


def cell_at(edition, now, number=0):
    (group,) = board(edition, now=now).groups
    return group.rows[number].cells[0]


@pytest.mark.parametrize(
    ("status", "source", "after"),
    [
        ("present", "door", "present"),
        ("partial", "report", "partial"),
        ("clicked", "join", "clicked"),
        ("to_decide", "join", "to_decide"),
    ],
)
def test_before_the_end_evidence_says_here_so_far(edition, session, status, source, after):
    ana = ParticipantFactory(delegation=DelegationFactory(edition=edition))
    establish(ana, session, status, source=source)
    shown = board(edition, now=session.ends_at - HOUR / 60)

    assert (cell_at(edition, session.ends_at - HOUR / 60).state, sums(shown.totals)) == ("here", [(1, 1)])
    assert cell_at(edition, session.ends_at).state == after
    n_there = 1 if after in {"present", "clicked"} else 0
    assert sums(board(edition, now=session.ends_at).totals) == [(n_there, 1)]


def test_who_registered_after_the_end_is_not_yet_registered_there_and_was_not_expected(edition, session):
    city = DelegationFactory(edition=edition)
    ParticipantFactory(delegation=city, user__name="Ana", state_at=session.ends_at)
    ParticipantFactory(delegation=city, user__name="Bo", state_at=session.ends_at - HOUR)
    shown = board(edition)

    assert [cell_at(edition, AFTER, n).state for n in (0, 1)] == ["not_yet", "missed"]
    assert sums(shown.totals) == sums(shown.groups[0].totals) == [(0, 1)]


def test_only_people_about_whom_an_organiser_has_to_decide_are_left_by_that_filter(edition, session, people):
    establish(people[0], session, "to_decide", source="join")
    establish(people[1], session, "partial", source="report")
    establish(people[2], session, "clicked", source="join")

    assert len(board(edition, is_undecided=True).people) == 2
    assert board(edition, is_undecided=True, now=session.ends_at - HOUR / 60).people == []
