"""The board, the live view, the overview and the list of those missing agree about who was there."""

import datetime as dt

import pytest
from django.utils import timezone

from attendance.actions.decisions import decide
from attendance.actions.excuses import approve_excuse, ask_excuse
from attendance.models import Attendance
from attendance.queries.board import Board, Filters
from attendance.queries.chasers import missed
from attendance.queries.edition_work import core_attendance, sessions_of_overview
from attendance.queries.expected import expected_at
from attendance.queries.live import live, missing_first, people_of
from attendance.queries.turnout import missing_from, n_expected_at, turnouts
from attendance.rules.turnout import Turnout
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import SessionFactory, TrackFactory

HOUR = dt.timedelta(hours=1)


def with_people(session, organiser, *, is_parallel):
    """Two cities with a person of each kind. Return those who are missing."""
    edition, start = session.edition, session.starts_at
    cities = [DelegationFactory(edition=edition, city__name=name, quota=30) for name in ("Aveiro", "Bergen")]
    before, after = start - HOUR, session.ends_at + HOUR

    def add(name, number, state_at=before, *, has_seat=True):
        person = ParticipantFactory(delegation=cities[number % 2], user__name=name, state_at=state_at)
        if is_parallel and has_seat:
            SeatFactory(participant=person, session=session)
        return person

    def establish(name, number, status, source="door", **values):
        person = add(name, number, **values)
        row = {"status": status, "source": source, "arrived_at": start if source in {"door", "report"} else None}
        Attendance.objects.create(participant=person, session=session, **row)
        return person

    establish("There", 0, "present")
    establish("There and short", 1, "partial", "report")
    establish("Clicked late", 0, "to_decide", "join")
    decided = [add(f"Decided {outcome}", n) for n, outcome in enumerate(("present", "excused", "made_up", "absent"))]
    for person, outcome in zip(decided, ("present", "excused", "made_up", "absent"), strict=True):
        decide(cells=[(person, session)], outcome=outcome, reason="Seen", by=organiser)
    excused = add("Excused", 1)
    request = ask_excuse(participant=excused, session=session, kind="excuse", reason="Ill", by=excused.user)
    approve_excuse(excuse=request, by=organiser)
    asks = add("Asks", 0)
    ask_excuse(participant=asks, session=session, kind="excuse", reason="Ill", by=asks.user)
    unseen = add("Unseen", 1)
    gone = establish("Gone", 1, "present")
    gone.state = "withdrawn"
    gone.save()
    if is_parallel:
        establish("Without a seat", 0, "present", has_seat=False)
        add("Without a seat and not there", 0, has_seat=False)
    add("Late", 0, after)
    establish("Late, but there", 1, "present", state_at=after)
    late = add("Late and excused", 0, after)
    decide(cells=[(late, session)], outcome="excused", reason="Ill", by=organiser)
    return [asks, decided[3], unseen]


def on_every_page(session, now):
    """The turnout as each page reads it."""
    edition = session.edition
    board = Board(edition, Filters(), 1, now)
    column = [it.pk for it in board.columns].index(session.pk)
    cities = people_of(session, list(missing_first(session)), now)
    pages = {
        "board": board.totals[column].turnout,
        "board by city": total(group.totals[column].turnout for group in board.groups),
        "live": live(session, now).turnout,
        "live by city": total(it.turnout for it in cities),
        "everywhere": turnouts([session], now, n_expected_at([session]))[session.pk],
    }
    if session.ends_at <= now:
        pages["overview"] = dict(core_attendance(sessions_of_overview(edition, now), now))[session]
    return pages


def total(parts):
    names = ("n_expected", "n_there", "n_excused", "n_undecided", "n_others")
    parts = list(parts)
    return Turnout(**{name: sum(getattr(it, name) for it in parts) for name in names})


@pytest.mark.parametrize("is_parallel", [False, True], ids=["for all", "parallel"])
@pytest.mark.parametrize("is_over", [False, True], ids=["running", "over"])
def test_all_pages_count_the_same_people(open_edition, organiser, is_parallel, is_over):
    now = timezone.now().replace(microsecond=0)
    starts_at = now - (3 * HOUR if is_over else HOUR / 2)
    track = TrackFactory(edition=open_edition) if is_parallel else None
    values = {"is_core": True, "status": "confirmed", "track": track, "starts_at": starts_at}
    session = SessionFactory(edition=open_edition, ends_at=starts_at + HOUR, **values)
    missing = with_people(session, organiser, is_parallel=is_parallel)

    pages = on_every_page(session, now)

    assert len(set(pages.values())) == 1, pages
    counted = pages["everywhere"]
    assert counted == Turnout(
        n_expected=10,
        n_there=2 if is_over else 4,
        n_excused=3,
        n_undecided=2 if is_over else 0,
        n_others=2 + is_parallel,
    )
    assert set(missing_from(session)) == set(missing)
    assert counted.n_missing == missing_from(session).count() == 3
    assert set(missed(session)) == set(missing[1:])  # who has sent a request is not written to
    assert expected_at(session).count() == counted.n_expected


def test_the_turnout_of_several_sessions_costs_two_queries(open_edition, organiser, django_assert_num_queries):
    SessionFactory.create_batch(3, edition=open_edition, is_core=True)
    sessions = list(open_edition.sessions.select_related("actual_time"))
    for chosen in (sessions[:1], sessions):
        with django_assert_num_queries(2):
            turnouts(chosen, timezone.now(), n_expected_at(chosen))
