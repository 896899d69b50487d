"""A place handed over is judged as one, and everybody keeps what is recorded about them."""

import datetime as dt

import pytest
from django.urls import reverse

from attendance.exports.board import rows_of
from attendance.models import Attendance
from attendance.queries.board import Board, Filters
from attendance.queries.chasers import absent
from attendance.queries.own_attendance import own_sessions, own_standing
from attendance.queries.standing import cities_of
from attendance.queries.standing_aggregates import cities_by_standing, is_of_standing
from attendance.rules.shown_states import ShownState
from attendance.rules.standing import Standing
from programme.models import Participant
from programme.queries.participant_programme import own_programme
from tests.client import text as body_of
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory

HOUR = dt.timedelta(hours=1)
FIRST = dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)
SECOND = dt.datetime(2025, 10, 28, 15, tzinfo=dt.UTC)
HANDED_OVER = dt.datetime(2025, 10, 3, 9, tzinfo=dt.UTC)
NOW = SECOND + 2 * HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture
def core(edition):
    return [
        SessionFactory(
            edition=edition,
            slug=slug,
            title=slug.title(),
            is_core=True,
            status="confirmed",
            starts_at=at,
            ends_at=at + HOUR,
        )
        for slug, at in (("first", FIRST), ("second", SECOND))
    ]


@pytest.fixture
def place(edition, core):
    """Ana handed her place over to Bo between two core sessions."""
    city = DelegationFactory(edition=edition, city__name="Girona")
    bo = ParticipantFactory(
        delegation=city, user__name="Bo Bø", state_at=HANDED_OVER, took_over_at=HANDED_OVER, is_coordinator=True
    )
    ana = ParticipantFactory(
        delegation=city, user__name="Ana Horvat", state="withdrawn", state_at=HANDED_OVER, handed_over_to=bo
    )
    return ana, bo


def record(participant, session, status, source="report"):
    Attendance.objects.create(participant=participant, session=session, status=status, source=source)


def standings(edition, person):
    """Return the standing of a person as each page says it, and that of their city."""
    board = Board(edition, Filters(), 1, NOW)
    row = next(row for group in board.groups for row in group.rows if row.participant == person)
    (city,) = cities_of(edition, NOW)
    listed = next(it for it in city.people if it.participant == person)
    programme = own_programme(person.user, edition.slug)
    reasoned = own_standing(programme, own_sessions(programme, NOW), NOW)
    by_filter = [
        it for it in Standing if edition.participants.filter(is_of_standing(it, edition, NOW), pk=person.pk).exists()
    ]
    assert cities_by_standing(edition, NOW) == [(city.delegation.pk, city.standing)]
    assert {row.standing, listed.reasoned.standing, reasoned.standing, *by_filter} == {reasoned.standing}
    return reasoned.standing, city.standing


@pytest.mark.parametrize("rule", ["each_participant", "each_city"])
@pytest.mark.parametrize(
    ("of_ana", "of_bo", "expected"),
    [
        (["present", None], [None, "present"], "met"),  # either of the two at each
        (["excused", None], [None, "present"], "met"),  # the place was excused
        ([None, "excused"], [None, "present"], "at_risk"),  # the first has to be made up
        (["present", "excused"], [None, None], "at_risk"),  # she was excused for what Bo missed
        (["partial", None], [None, "present"], "at_risk"),  # an organiser decides about her
        (["absent", None], [None, "present"], "at_risk"),  # he can make up what she missed
        (["absent", None], ["made_up", "present"], "met"),
    ],
)
def test_a_place_is_judged_as_one(edition, core, place, rule, of_ana, of_bo, expected):
    edition.attendance_rule = rule
    edition.save()
    for person, statuses in zip(place, (of_ana, of_bo), strict=True):
        for session, status in zip(core, statuses, strict=True):
            if status:
                record(person, session, status, "excuse" if status == "excused" else "report")

    assert standings(edition, place[1]) == (expected, expected)


def test_a_chain_counts_all_who_held_the_place(edition, core, place):
    ana, bo = place
    cy = ParticipantFactory(delegation=bo.delegation, state_at=SECOND - HOUR, took_over_at=SECOND - HOUR)
    Participant.objects.filter(pk=bo.pk).update(
        state="withdrawn", state_at=SECOND - HOUR, handed_over_to=cy, is_coordinator=False
    )
    record(ana, core[0], "present")
    record(cy, core[1], "present")

    assert standings(edition, cy) == ("met", "met")


def test_attendance_stays_with_whom_it_is_about(edition, core, place):
    ana, bo = place
    record(ana, core[0], "present")
    rows = {row.participant: row for group in Board(edition, Filters(), 1, NOW).groups for row in group.rows}

    assert [it.state for it in rows[ana].cells] == [ShownState.PRESENT, ShownState.NOT_EXPECTED]
    assert [it.state for it in rows[bo].cells] == [ShownState.NOT_YET, ShownState.MISSED]
    assert [it.name for it in rows[bo].before] == ["Ana Horvat"]


def test_a_filter_that_hides_the_predecessor_changes_no_standing(edition, core, place):
    ana, bo = place
    record(ana, core[0], "present")
    record(bo, core[1], "present")

    for filters in (Filters(standing="met"), Filters(city=bo.delegation_id)):
        rows = [row for group in Board(edition, filters, 1, NOW).groups for row in group.rows]
        assert next(row.standing for row in rows if row.participant == bo) == "met"


def test_who_was_moved_to_another_city_has_no_place_of_the_old_one(edition, core, place):
    ana, bo = place
    record(ana, core[0], "present")
    bo.delegation, bo.is_coordinator = DelegationFactory(edition=edition), False
    bo.save()
    record(bo, core[1], "present")

    (row,) = (row for group in Board(edition, Filters(), 1, NOW).groups for row in group.rows if row.participant == bo)

    assert (row.standing, row.before) == ("at_risk", ())


def test_the_pages_say_whose_place_it_was(client, organiser, edition, core, place, time_machine):
    ana, bo = place
    record(ana, core[0], "present")
    time_machine.move_to(NOW)
    client.force_login(organiser)
    slug = [edition.slug]
    pages = [
        reverse("attendance-staff:board", args=slug),
        reverse("attendance-staff:standings", args=slug),
    ]
    for path in pages:
        body = body_of(client.get(path))
        assert "took over from Ana Horvat on 3 October" in body, path
        assert "handed over to Bo Bø on 3 October" in body, path
    for person, text in ((bo, "Took over from"), (ana, "Handed over to")):
        assert text in body_of(client.get(f"/admin/programme/participant/{person.pk}/change/"))

    client.force_login(bo.user)
    assert "took over from Ana Horvat" in body_of(client.get(reverse("attendance:city", args=slug)))
    page = body_of(client.get(reverse("attendance:own-attendance", args=slug)))
    assert "You took over the place of Ana Horvat on 3 October." in page


def test_the_file_of_the_board_says_it(edition, core, place):
    record(place[0], core[0], "present")
    head, *rows, _totals = rows_of(Board(edition, Filters(), 1, NOW))

    of_place = {row[1]: row[head.index("Place")] for row in rows}
    assert of_place == {
        "Ana Horvat": "handed over to Bo Bø on 2025-10-03",
        "Bo Bø": "took over from Ana Horvat on 2025-10-03",
    }


def test_nobody_is_asked_to_make_up_what_the_predecessor_attended(edition, core, place):
    ana, bo = place
    assert bo in absent(core[0], with_late=True)
    (of_first, *_more) = own_sessions(own_programme(bo.user, edition.slug), NOW)
    assert "held before you registered" in of_first.next_step

    record(ana, core[0], "present")

    assert bo not in absent(core[0], with_late=True)
    assert bo in absent(core[1], with_late=True)
    (of_first, *_more) = own_sessions(own_programme(bo.user, edition.slug), NOW)
    assert of_first.next_step.startswith("Ana Horvat attended this session")
