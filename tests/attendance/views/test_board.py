import csv
import datetime as dt
import io
import re
import uuid
import zipfile

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.decisions import decide
from attendance.actions.evidence import record_join
from attendance.models import Attendance, Decision
from attendance.wording import dated
from tests.client import levels_of, text
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory
from tests.factories.programme import EditionFactory, SessionFactory, TrackFactory

BOARD = "/admin/editions/academy/attendance/board/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def rows(client, query=""):
    return list(csv.reader(io.StringIO(client.get(f"{BOARD}export.csv{query}").getvalue().decode("utf-8-sig"))))


def names_on(response):
    return [str(row.participant) for group in response.context["board"].groups for row in group.rows]


def test_a_cell_says_what_it_rests_on(admin, running, ana, organiser):
    optional = SessionFactory(edition=running.edition, title="Optional", starts_at=None)
    decide(cells=[(ana, running)], outcome="present", reason="Seen", by=organiser)
    ExcuseFactory(participant=ana, session=optional)

    response = admin.get(BOARD)

    cell = f'<td class="s-present is-decided"><a href="{ana.pk}/peer-learning/" title="present: decision">✓</a></td>'
    assert cell in text(response)
    assert '<td class="s-no_date is-asked">' in text(response)
    board = response.context["board"]
    assert board.sessions == [running, optional]
    assert [str(it) for it in board.totals] == [str(it) for it in board.groups[0].totals] == ["1/1", ""]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ana Anaya", "Otto Ost"}),
        ("?standing=met", {"Ana Anaya"}),
        ("?standing=on_track", {"Otto Ost"}),
        ("?standing=nonsense&city=x&track=99999999999999", {"Ana Anaya", "Otto Ost"}),
        ("?page=7", {"Ana Anaya", "Otto Ost"}),
        ("?page=all", {"Ana Anaya", "Otto Ost"}),
    ],
)
def test_spreadsheets_have_what_the_board_has(admin, running, ana, other_coordinator, organiser, query, names):
    decide(cells=[(ana, running)], outcome="present", reason="Seen", by=organiser)

    head, *people, _total = rows(admin, query)

    assert {row[1] for row in people} == names
    assert head[:5] == ["City", "Name", "Email", "State", "Standing"]
    assert head[6].startswith("★ Peer-learning (20")
    assert set(names_on(admin.get(BOARD + query))) == names


def test_filters_by_city_track_and_core(admin, running, ana, other_coordinator):
    track = TrackFactory(edition=running.edition, name="Governance")
    times = {"starts_at": running.ends_at, "ends_at": running.ends_at + (running.ends_at - running.starts_at)}
    parallel = SessionFactory(edition=running.edition, title="Parallel", track=track, **times)
    SeatFactory(participant=ana, session=parallel)

    by_city = rows(admin, f"?city={other_coordinator.delegation_id}")
    by_track = rows(admin, f"?track={track.pk}")
    core = rows(admin, "?only=core")

    assert [row[1] for row in by_city[1:-1]] == ["Otto Ost"]
    assert by_city[1][7] == "no seat"
    assert [row[1] for row in by_track[1:-1]] == ["Ana Anaya"]
    assert len(core[0]) == len(by_city[0]) - 1


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"])
def test_no_name_becomes_a_formula(admin, running, delegation, name):
    ParticipantFactory(delegation=delegation, user__name=name)

    assert [row[1] for row in rows(admin)[1:-1]] == [f"'{name}"]
    book = zipfile.ZipFile(io.BytesIO(admin.get(f"{BOARD}export.xlsx").getvalue()))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert name in sheet


def test_a_spreadsheet_is_streamed_with_times_of_the_edition(admin, running, ana):
    record_join(participant=ana, session=running, by=ana.user)

    response = admin.get(f"{BOARD}export.csv")

    assert response.streaming
    arrived = timezone.localtime(running.attendance_set.get().arrived_at, running.edition.zone)
    assert f"join click, from {arrived:%H:%M}" in response.getvalue().decode()


def test_the_board_costs_the_same_however_many(admin, running, delegation, ana, django_assert_max_num_queries):
    n_most = 17
    delegation.quota = 60
    delegation.save()
    admin.get(BOARD)
    for n in (1, 40):
        ParticipantFactory.create_batch(n, delegation=delegation)
        with django_assert_max_num_queries(n_most):
            admin.get(BOARD)


def test_pages_never_tear_a_city_apart(admin, running, open_edition, monkeypatch):
    monkeypatch.setattr("attendance.queries.board.MOST_PEOPLE", 4)
    for number in range(3):
        delegation = DelegationFactory(edition=open_edition, city__name=f"City {number}", quota=9)
        ParticipantFactory.create_batch(3, delegation=delegation)

    board = admin.get(BOARD, {"page": 2}).context["board"]

    assert [it.delegation.city.name for it in board.groups] == ["City 1"]
    assert [str(it) for it in board.totals] == ["0/9"]  # of all pages
    assert len(rows(admin, "?page=2")) == 3 + 2
    assert len(rows(admin, "?page=all")) == 9 + 2


def test_empty_boards_are_calm(admin, open_edition, delegation):
    assert "Nobody is registered yet." in text(admin.get(BOARD))
    ParticipantFactory(delegation=delegation)
    assert "No sessions have been published yet." in text(admin.get(BOARD))
    assert "No people match these filters." in text(admin.get(BOARD, {"standing": "not_met"}))


def test_several_cells_are_decided_about_and_undone(admin, running, ana, other_coordinator):
    cells = [f"{ana.pk}/peer-learning", f"{other_coordinator.pk}/peer-learning", "0/x", "x", "9999999/peer-learning"]
    question = admin.post(f"{BOARD}decide/", {"cell": cells, "back": BOARD})
    assert "You are deciding about 2 cells." in text(question)
    seen = values_of(question)
    assert sorted(seen) == sorted(f"{it}/0-" for it in cells[:2])
    form = {"cell": seen, "back": BOARD, "apply": "1", "outcome": "excused"}

    assert admin.post(f"{BOARD}decide/", form).status_code == 422
    assert admin.post(f"{BOARD}decide/", form | {"reason": "Strike"}).url == BOARD
    assert [it.status for it in Attendance.objects.all()] == ["excused", "excused"]
    board = admin.get(BOARD)
    assert levels_of(board) == ["success"]
    assert board.context["undo"]["n"] == 2
    again = admin.post(
        f"{BOARD}decide/", form | {"reason": "Strike", "back": "https://elsewhere.example/"}, follow=True
    )
    assert again.redirect_chain == [(BOARD, 302)]
    assert levels_of(again) == ["info"]
    assert Decision.objects.count() == 2

    batch = Decision.objects.first().batch
    undone = admin.post(f"{BOARD}undo/{batch}/", follow=True)
    assert levels_of(undone) == ["success"]
    assert undone.context["undo"] is None
    assert not Attendance.objects.established().exists()
    assert levels_of(admin.post(f"{BOARD}undo/{batch}/", follow=True)) == ["info"]
    assert Decision.objects.count() == 4
    assert admin.post(f"{BOARD}undo/{uuid.uuid4()}/").status_code == 404
    assert levels_of(admin.post(f"{BOARD}decide/", follow=True)) == ["error"]


def test_a_decision_made_since_is_not_undone(admin, running, ana, other_coordinator, organiser):
    both = [(ana, running), (other_coordinator, running)]
    decide(cells=both, outcome="present", reason="Seen", by=organiser)
    batch, _ = decide(cells=both, outcome="excused", reason="Strike", by=organiser)
    decide(cells=both[:1], outcome="absent", reason="No", by=organiser)

    response = admin.post(f"{BOARD}undo/{batch}/", follow=True)

    assert [it.message for it in response.context["messages"]] == [
        "1 decision undone.",
        "1 decision was not undone, because there is a later decision.",
    ]
    assert set(Attendance.objects.values_list("participant__user__name", "status")) == {
        ("Ana Anaya", "absent"),
        ("Otto Ost", "present"),
    }


def test_what_changed_since(admin, running, ana, organiser):
    decide(cells=[(ana, running)], outcome="present", reason="Seen", by=organiser)
    decide(cells=[(ana, running)], outcome="absent", reason="No", by=organiser)

    response = admin.get(f"{BOARD}changes/")

    assert [(it.before, it.after, it.source, it.by) for it in response.context["changes"]] == [
        ("present", "absent", "decision", "Olga Organiser"),
        ("–", "present", "decision", "Olga Organiser"),
    ]
    row = 'present → <b>absent</b> (decision)</td> <td data-label="By">Olga Organiser</td>'
    assert row in text(response)
    assert admin.get(f"{BOARD}changes/?since=2099-01-01T10:00").context["changes"] == []
    assert admin.get(f"{BOARD}changes/?since=2099-99-01T10:00").status_code == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 200), ("desk", 403)])
def test_who_sees_the_board_and_decides_nothing(client, running, ana, staff_of, role, status):
    client.force_login(staff_of(role))

    assert [client.get(it).status_code for it in (BOARD, f"{BOARD}export.csv", f"{BOARD}changes/")] == [status] * 3
    form = {"cell": f"{ana.pk}/peer-learning", "outcome": "present", "reason": "Me", "apply": "1"}
    assert client.post(f"{BOARD}decide/", form).status_code == 403
    assert client.get(f"{BOARD}decide/").status_code == 405
    assert not Decision.objects.exists()


def test_who_is_no_staff_sees_no_board(client, running, ana):
    assert "/accounts/" in client.get(BOARD, follow=True).redirect_chain[-1][0]
    client.force_login(ana.user)
    assert client.get(BOARD, follow=True).status_code == 403


def test_an_unknown_edition_has_no_board(admin):
    EditionFactory(slug="other")

    assert admin.get("/admin/editions/other/attendance/board/").status_code == 200
    assert admin.get("/admin/editions/nothing/attendance/board/").status_code == 404


@pytest.mark.parametrize("cell", ["1/a\0b", "a\0b/peer-learning", "99999999999999999999/running", "1", "/"])
def test_decide_about_cells_that_there_cannot_be_changes_nothing(admin, running, ana, cell):
    values = {"cell": cell, "outcome": "absent", "reason": "Because", "apply": "1"}

    response = admin.post(f"{BOARD}decide/", values, follow=True)

    assert levels_of(response) == ["error"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "x", "9999-12-31 23:59"])
def test_changes_since_a_moment_that_there_is_not_are_those_of_a_day(admin, running, since):
    at = admin.get(f"{BOARD}changes/", {"since": since}).context["since"]

    assert abs(timezone.now() - dt.timedelta(days=1) - at) < dt.timedelta(minutes=1)


SELECT = f"{BOARD}select/"


def values_of(page):
    return re.findall(r'name="cell"\s+value="([^"]+)"', page.content.decode())


def test_a_column_and_a_city_are_selected_on_a_page_of_boxes(admin, running, ana, other_coordinator):
    SessionFactory(edition=running.edition, title="Optional")
    board = text(admin.get(BOARD))
    assert 'form="pick" name="session" value="peer-learning"' in board
    assert f'form="pick" name="delegation" value="{ana.delegation_id}"' in board

    column = values_of(admin.get(f"{SELECT}?session=peer-learning"))
    city = values_of(admin.get(f"{SELECT}?delegation={ana.delegation_id}"))

    assert set(column) == {f"{it.pk}/peer-learning/=running" for it in (ana, other_coordinator)}
    assert city == [f"{ana.pk}/peer-learning/=running"]  # the other has no date yet
    question = admin.post(f"{BOARD}decide/", {"cell": column, "back": BOARD})
    assert {it.participant for it in question.context["selection"].cells} == {ana, other_coordinator}
    filtered = values_of(admin.get(f"{SELECT}?session=peer-learning&city={ana.delegation_id}"))
    assert filtered == [f"{ana.pk}/peer-learning/=running"]


@pytest.mark.parametrize("query", ["", "?session=nothing", "?delegation=99999999", "?delegation=x"])
def test_a_column_that_there_is_not_leads_back_to_the_board(admin, running, ana, query):
    assert admin.get(f"{SELECT}{query}").url.startswith(BOARD)


def test_a_selection_leaves_out_what_is_hidden_changed_or_of_another_edition_and_says_so(
    admin, running, ana, other_coordinator, organiser, edition
):
    stranger = ParticipantFactory(delegation__edition=edition)
    bo = ParticipantFactory(delegation=ana.delegation, user__name="Bo Berg")
    decide(cells=[(bo, running)], outcome="present", reason="Seen", by=organiser)
    cells = [f"{it.pk}/peer-learning/=running" for it in (ana, bo, other_coordinator, stranger)]

    question = admin.post(f"{BOARD}decide/", {"cell": cells, "back": f"{BOARD}?city={ana.delegation_id}"})

    assert [it.participant for it in question.context["selection"].cells] == [ana]
    assert set(question.context["selection"].left_out) == {
        "Cells that do not belong to this edition: 1",
        f"Otto Ost, {dated(running)}: hidden by the filters now",
        f"Bo Berg, {dated(running)}: has changed since, now present: decision",
    }
    assert values_of(question) == [f"{ana.pk}/peer-learning/0-"]


def test_a_box_selects_what_has_begun_is_expected_and_not_settled_and_says_how_many_are_left_out(
    admin, running, over, ana, organiser
):
    day = dt.timedelta(days=1)
    later = SessionFactory(edition=running.edition, starts_at=running.starts_at + day, ends_at=running.ends_at + day)
    there = ParticipantFactory(delegation=ana.delegation, user__name="Bo Berg")
    gone = ParticipantFactory(delegation=ana.delegation, user__name="Cy Gone", state="withdrawn")
    decide(cells=[(there, running)], outcome="present", reason="Seen", by=organiser)
    Attendance.objects.create(participant=gone, session=over, status="partial", source="report")

    column = admin.get(f"{SELECT}?session=peer-learning")
    city = admin.get(f"{SELECT}?delegation={ana.delegation_id}")
    none = admin.get(f"{SELECT}?session={later.slug}", follow=True)

    assert values_of(column) == [f"{ana.pk}/peer-learning/=running"]
    assert set(values_of(city)) == {*values_of(column), f"{ana.pk}/over/=missed", f"{there.pk}/over/=missed"}
    assert (column.context["picked"].n_left_out, city.context["picked"].n_left_out) == (2, 6)
    assert "2 cells are left out: the session has not begun" in text(column)
    assert "None of these cells can be decided together" in text(none)
    board = text(admin.get(BOARD))
    assert board.count("is-open") == 3
    assert f'<td class="s-running is-open"><a href="{ana.pk}/' in board
    assert gone.pk not in {it.participant.pk for _city, cells in city.context["picked"].groups for it in cells}


@pytest.mark.parametrize("state", ["", "/=to_come", "/0-"])
@pytest.mark.parametrize("starts", ["later", "unknown", "on a later day"])
def test_cells_of_sessions_that_have_not_begun_are_not_decided_together(admin, running, ana, state, starts):
    times = {
        "later": {
            "starts_at": running.starts_at + dt.timedelta(days=1),
            "ends_at": running.ends_at + dt.timedelta(days=1),
        },
        "unknown": {"starts_at": None},
        "on a later day": {"starts_at": None, "held_on": timezone.localdate() + dt.timedelta(days=2)},
    }
    later = SessionFactory(edition=running.edition, title="Later", slug="later", **times[starts])
    form = {"cell": [f"{ana.pk}/later{state}", f"{ana.pk}/peer-learning/0-"], "back": BOARD}

    question = admin.post(f"{BOARD}decide/", form)
    refused = admin.post(f"{BOARD}decide/", form | {"apply": "1", "outcome": "present", "reason": "There"})

    assert [it.session for it in question.context["selection"].cells] == [running]
    assert question.context["selection"].left_out == [f"Ana Anaya, {dated(later)}: the session has not begun"]
    assert refused.status_code == 409
    assert not Decision.objects.exists()


def test_a_session_of_which_only_the_day_is_known_can_be_decided_about_from_that_day(admin, running, ana):
    SessionFactory(
        edition=running.edition, slug="day", starts_at=None, held_on=timezone.localdate() - dt.timedelta(days=2)
    )

    question = admin.post(f"{BOARD}decide/", {"cell": f"{ana.pk}/day", "back": BOARD})

    assert len(question.context["selection"].cells) == 1


def test_the_question_says_days_and_times_in_the_zone_of_the_edition(admin, running, ana, organiser):
    type(running.edition).objects.filter(pk=running.edition_id).update(time_zone="Pacific/Auckland")
    running.starts_at, running.ends_at = (dt.datetime(2026, 1, 4, hour, tzinfo=dt.UTC) for hour in (13, 14))
    running.save()
    with time_machine.travel(dt.datetime(2026, 1, 4, 15, 7, tzinfo=dt.UTC), tick=False):
        decide(cells=[(ana, running)], outcome="absent", reason="No", by=organiser)
        admin.force_login(organiser)

        page = text(admin.post(f"{BOARD}decide/", {"cell": f"{ana.pk}/peer-learning", "back": BOARD}))

    assert "Peer-learning, 5 Jan 2026" in page
    assert "5 Jan 2026, 04:07: No" in page


def test_the_legend_explains_every_sign_once(admin, running, ana):
    response = admin.get(BOARD)

    page, totals_title = text(response), response.context["totals_title"]
    signs = re.findall(r"<b>(\S+)</b>", page[page.index("academy-legend") :])
    assert len(signs) == len(set(signs))
    assert totals_title == "present / expected, + people who came without being expected"
    assert page.count(totals_title) == 3  # the legend, and both kinds of totals


def test_more_cells_than_are_decided_about_at_once_are_refused(admin, running, ana):
    cells = [f"{number}/peer-learning" for number in range(2001)]

    response = admin.post(
        f"{BOARD}decide/", {"cell": cells, "outcome": "absent", "reason": "x", "apply": "1"}, follow=True
    )

    assert [it.message for it in response.context["messages"]] == [
        "Select at most 2000 cells at a time. Nothing was changed."
    ]
    assert not Decision.objects.exists()


def test_a_decision_leads_back_to_the_filters_it_came_from(admin, running, ana):
    back = f"{BOARD}?city={ana.delegation_id}"
    form = {"cell": f"{ana.pk}/peer-learning/0-", "outcome": "absent", "reason": "x", "apply": "1", "back": back}

    assert admin.post(f"{BOARD}decide/", form).url == back


def test_the_selection_costs_the_same_however_many(admin, running, delegation, ana, django_assert_max_num_queries):
    delegation.quota = 60
    delegation.save()
    admin.get(f"{SELECT}?session=peer-learning")
    for n in (1, 30):
        ParticipantFactory.create_batch(n, delegation=delegation)
        with django_assert_max_num_queries(12):
            cells = values_of(admin.get(f"{SELECT}?session=peer-learning"))
        with django_assert_max_num_queries(20):
            admin.post(f"{BOARD}decide/", {"cell": cells, "back": BOARD})
