import datetime as dt
import threading
from itertools import product

import pytest

from attendance.actions import decisions
from attendance.actions.attendances import recompute_session
from attendance.actions.decisions import decide, undo
from attendance.models import Attendance, Decision
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads


@pytest.fixture
def people(edition):
    delegation = DelegationFactory(edition=edition)
    return [ParticipantFactory(delegation=delegation, user__name=f"Person {n}") for n in range(3)]


@pytest.fixture
def later(session):
    """A second core session, a week later."""
    week = dt.timedelta(days=7)
    return SessionFactory(
        edition=session.edition,
        slug="later",
        is_core=True,
        status="confirmed",
        starts_at=session.starts_at + week,
        ends_at=session.ends_at + week,
    )


@pytest.fixture
def colleague(db):
    return UserFactory(name="Otis Organiser", is_staff=True, is_superuser=True)


def outcomes():
    return list(Decision.objects.order_by("pk").values_list("outcome", flat=True))


def statuses(session):
    rows = Attendance.objects.filter(session=session).order_by("participant__user__name")
    return list(rows.values_list("status", flat=True))


def test_a_decision_says_who_when_why_and_what_was_before(session, people, organiser):
    EvidenceFactory(participant=people[0], session=session, observed_at=session.ends_at - dt.timedelta(minutes=30))

    decide(cells=[(people[0], session)], outcome="counts", reason=" Her train was late ", by=organiser)
    decide(cells=[(people[0], session)], outcome="absent", reason="She was not there", by=organiser)

    made = Decision.objects.order_by("pk").values_list("outcome", "before", "reason", "by")
    assert list(made) == [
        ("counts", "", "Her train was late", organiser.pk),
        ("absent", "counts", "She was not there", organiser.pk),
    ]
    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.source) == ("absent", "decision")


def test_one_decision_about_many_is_one_batch(session, later, people, organiser):
    cells = list(product(people, [session, later]))

    batch, n = decide(cells=iter(cells), outcome="present", reason="The desk had no network", by=organiser)

    assert n == 6
    assert Decision.objects.filter(batch=batch).count() == 6
    assert statuses(session) == statuses(later) == ["present"] * 3


def test_the_same_decision_again_adds_nothing(session, people, organiser, colleague):
    cell = [(people[0], session)]
    decide(cells=cell, outcome="excused", reason="Ill", by=organiser)

    batch, n = decide(cells=cell, outcome="excused", reason="Was ill", by=colleague)

    assert n == 0
    assert outcomes() == ["excused"]
    assert not Decision.objects.filter(batch=batch).exists()


def test_the_same_person_named_twice_is_decided_about_once(session, people, organiser):
    _batch, n = decide(cells=[(people[0], session)] * 2, outcome="excused", reason="Ill", by=organiser)

    assert n == 1
    assert outcomes() == ["excused"]


def test_a_decision_about_nobody_is_none(db, organiser):
    assert decide(cells=[], outcome="excused", reason="Ill", by=organiser)[1] == 0


def test_lifting_gives_way_to_the_evidence(session, people, organiser):
    EvidenceFactory(participant=people[0], session=session, observed_at=session.starts_at)
    cell = [(people[0], session)]
    assert decide(cells=cell, outcome="lifted", reason="Nothing to lift", by=organiser)[1] == 0
    decide(cells=cell, outcome="absent", reason="Not seen in the room", by=organiser)

    decide(cells=cell, outcome="lifted", reason="Seen by the speaker", by=organiser)

    assert outcomes() == ["absent", "lifted"]
    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.source) == ("present", "door")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_needs_a_reason(session, people, organiser, reason):
    with refused("reason_missing"):
        decide(cells=[(people[0], session)], outcome="excused", reason=reason, by=organiser)

    assert not Decision.objects.exists()
    assert not Attendance.objects.exists()


def test_undoing_gives_way_to_the_decisions_before_or_the_evidence(session, people, organiser):
    EvidenceFactory(participant=people[1], session=session, observed_at=session.starts_at)
    decide(cells=[(people[0], session)], outcome="excused", reason="Ill", by=organiser)
    cells = [(it, session) for it in people]
    batch, _n = decide(cells=cells, outcome="absent", reason="Nobody came", by=organiser)

    assert undo(batch=batch, by=organiser) == (3, 0)

    assert statuses(session) == ["excused", "present", ""]
    latest = Decision.objects.current()
    assert {it.reason for it in latest} == {"Undone: Nobody came"}
    assert [it.outcome for it in latest] == ["excused", "lifted", "lifted"]
    assert [it.before for it in latest] == ["absent"] * 3


def test_undoing_twice_changes_nothing(session, people, organiser):
    batch, _n = decide(cells=[(people[0], session)], outcome="absent", reason="Not there", by=organiser)

    assert [undo(batch=batch, by=organiser) for _ in range(2)] == [(1, 0), (0, 0)]

    assert outcomes() == ["absent", "lifted"]


def test_undoing_leaves_what_was_decided_since(session, people, organiser, colleague):
    cells = [(it, session) for it in people]
    batch, _n = decide(cells=cells, outcome="absent", reason="Nobody came", by=organiser)
    decide(cells=cells[:1], outcome="made_up", reason="Watched the recording", by=colleague)

    assert undo(batch=batch, by=organiser) == (2, 1)

    assert statuses(session) == ["made_up", "", ""]


def test_undoing_what_nobody_decided_changes_nothing(session, people, organiser):
    batch, n = decide(cells=[], outcome="absent", reason="Not there", by=organiser)

    assert n == 0
    assert undo(batch=batch, by=organiser) == (0, 0)


def test_what_undid_is_not_undone(session, people, organiser):
    batch, _n = decide(cells=[(people[0], session)], outcome="absent", reason="Not there", by=organiser)
    undo(batch=batch, by=organiser)

    assert undo(batch=Decision.objects.latest("pk").batch, by=organiser) == (0, 0)

    assert outcomes() == ["absent", "lifted"]


def test_undoing_goes_back_step_by_step(session, people, organiser):
    first, _n = decide(cells=[(people[0], session)], outcome="present", reason="Seen", by=organiser)
    second, _n = decide(cells=[(people[0], session)], outcome="absent", reason="Somebody else", by=organiser)

    assert undo(batch=second, by=organiser) == (1, 0)
    assert statuses(session) == ["present"]
    assert undo(batch=first, by=organiser) == (1, 0)
    assert statuses(session) == [""]
    assert undo(batch=first, by=organiser) == (0, 0)


def test_undoing_counts_what_stays_of_its_own_only(session, later, people, organiser):
    decide(cells=[(people[1], session)], outcome="present", reason="Seen", by=organiser)
    cells = [(people[0], session), (people[1], session), (people[0], later), (people[1], later)]
    batch, n = decide(cells=cells, outcome="present", reason="Seen", by=organiser)
    decide(cells=[(people[0], later)], outcome="absent", reason="Left", by=organiser)

    assert (n, undo(batch=batch, by=organiser)) == (3, (2, 1))


def test_deciding_costs_the_same_for_one_and_for_thirty(session, later, organiser, django_assert_num_queries):
    n_queries = 11
    city = DelegationFactory(edition=session.edition, quota=40)
    one, *others = ParticipantFactory.create_batch(31, delegation=city)

    with django_assert_num_queries(n_queries):
        first, _n = decide(cells=[(one, session)], outcome="absent", reason="Not there", by=organiser)
    with django_assert_num_queries(n_queries):
        second, _n = decide(cells=product(others, [session, later]), outcome="absent", reason="Nor they", by=organiser)
    for batch in (first, second):
        with django_assert_num_queries(n_queries + 1):
            undo(batch=batch, by=organiser)

    assert not Attendance.objects.established().exists()


# At once


@pytest.mark.django_db(transaction=True)
def test_the_same_click_of_two_organisers_at_once_is_one_decision(session, people, organiser, colleague):
    cells = [(it, session) for it in people]

    made = in_threads(
        [
            lambda by=by: decide(cells=cells, outcome="excused", reason="The trains", by=by)
            for by in (organiser, colleague) * 3
        ]
    )

    assert sorted(n for _batch, n in made) == [0, 0, 0, 0, 0, 3]
    assert outcomes() == ["excused"] * 3


@pytest.mark.django_db(transaction=True)
def test_two_organisers_who_decide_otherwise_at_once_come_one_after_the_other(
    session, later, people, organiser, colleague
):
    """Each has all cells, the other way round: nobody waits in a circle, and the last word is the same everywhere."""
    cells = list(product(people, [session, later]))

    made = in_threads(
        [
            lambda: decide(cells=cells, outcome="present", reason="Seen", by=organiser),
            lambda: decide(cells=cells[::-1], outcome="absent", reason="Not seen", by=colleague),
        ]
    )

    assert [n for _batch, n in made] == [6, 6]
    first, last = Decision.objects.order_by("pk")[0].outcome, Decision.objects.latest("pk").outcome
    assert {first, last} == {"present", "absent"}
    assert outcomes() == [first] * 6 + [last] * 6
    assert statuses(session) == statuses(later) == [last] * 3
    assert set(Decision.objects.filter(outcome=last).values_list("before", flat=True)) == {first}


@pytest.mark.django_db(transaction=True)
def test_two_organisers_at_once_without_the_lock_decide_twice(session, people, organiser, colleague, monkeypatch):
    """The negative control: both have looked before either has decided."""
    Attendance.objects.create(participant=people[0], session=session)
    looked, about = threading.Barrier(2), decisions.about

    def look_together(cells, rows):
        queryset = about(cells, rows)
        monkeypatch.setattr(queryset, "current", lambda: all_that_is(queryset))
        return queryset

    def all_that_is(queryset):
        rows = list(queryset)
        looked.wait()
        return rows

    monkeypatch.setattr(decisions, "lock_with_grounds", lambda _cells, _certificates: list(Attendance.objects.all()))
    monkeypatch.setattr(decisions, "about", look_together)

    in_threads(
        [
            lambda by=by: decide(cells=[(people[0], session)], outcome="excused", reason="The trains", by=by)
            for by in (organiser, colleague)
        ]
    )

    assert outcomes() == ["excused"] * 2


@pytest.mark.django_db(transaction=True)
def test_undoing_and_deciding_at_once_end_as_one_of_them(session, people, organiser, colleague):
    cells = [(it, session) for it in people]
    batch, _n = decide(cells=cells, outcome="absent", reason="Nobody came", by=organiser)

    (n_undone, n_kept), _made = in_threads(
        [
            lambda: undo(batch=batch, by=organiser),
            lambda: decide(cells=cells, outcome="present", reason="All came", by=colleague),
        ]
    )

    assert (n_undone, n_kept) in {(3, 0), (0, 3)}
    assert statuses(session) == ["present"] * 3
    assert recompute_session(session) == 0
