import datetime as dt
import json
import re
import uuid

import pytest
import time_machine

from attendance.actions.chasers import send_chasers
from attendance.actions.check_ins import Scan, check_in
from attendance.actions.decisions import decide
from attendance.actions.evidence import record_here
from attendance.actions.excuses import decline_excuse
from attendance.actions.nudges import nudge_missing
from attendance.models import Attendance, Decision, Evidence
from programme.models import Participant
from tests.client import levels_of, text
from tests.factories.attendance import EvidenceFactory, ExcuseFactory
from tests.factories.programme import SessionFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(running, ana):
    return f"/admin/editions/academy/attendance/board/{ana.pk}/peer-learning/"


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def test_a_cell_shows_all_that_is_known(admin, page, running, ana, organiser):
    EvidenceFactory(participant=ana, session=running, by=organiser, note="by hand")
    decide(cells=[(ana, running)], outcome="counts", reason="Long enough", by=organiser)
    ExcuseFactory(participant=ana, session=running, reason="A meeting")

    html = text(admin.get(page))

    assert "Door scan, " in html
    assert "nothing recorded → <b>partly present, counts</b>. Long enough" in html
    assert "(waiting for a decision): A meeting" in html


def seen_in(response):
    """Return the state that the form on this page is made from."""
    return re.search(r'name="seen" value="([^"]*)"', response.content.decode())[1]


def seen_by(client, page):
    return seen_in(client.get(page))


def test_a_decision_within_the_board_answers_with_the_new_cell(admin, page):
    assert "<html" not in text(admin.get(page, headers=HTMX))
    form = {"outcome": "made_up", "reason": "Recording", "seen": seen_by(admin, page)}

    response = admin.post(page, form, headers=HTMX)

    assert json.loads(response["X-Cell"]) == {
        "css": "s-made_up is-decided",
        "title": "made up: decision",
        "symbol": "M",
        "standing": "met",
        "label": "met",
        "core": "1/1 core",
        "city": "0/1",
        "column": "0/1",
    }
    assert admin.post(page, {"outcome": "absent", "reason": "No", "seen": seen_by(admin, page)}).url == page


def test_the_second_of_two_organisers_is_shown_what_the_first_decided(admin, page, running, ana, staff_of):
    colleague, seen = staff_of("organiser"), seen_by(admin, page)
    decide(cells=[(ana, running)], outcome="excused", reason="Ill, says her city", by=colleague)
    form = {"outcome": "absent", "reason": "Nobody saw her", "seen": seen}

    refused = admin.post(page, form)

    assert refused.status_code == 409
    assert "Pia Person decided “excused” on" in text(refused)
    assert "Ill, says her city" in text(refused)
    assert refused.context["form"]["reason"].value() == "Nobody saw her"  # what was typed stays
    assert [it.outcome for it in Decision.objects.all()] == ["excused"]
    assert admin.post(page, form | {"seen": seen_in(refused)}).status_code == 302
    assert Attendance.objects.get().status == "absent"


def test_evidence_that_comes_while_somebody_decides_is_shown_first(admin, page, running, ana, desk):
    seen = seen_by(admin, page)
    check_in(person=ana.pk, session=running, scan=Scan(uuid.uuid4()), by=desk)

    refused = admin.post(page, {"outcome": "absent", "reason": "Nobody saw her", "seen": seen})

    assert (refused.status_code, Decision.objects.count()) == (409, 0)
    assert len(refused.context["form"].non_field_errors()) == 2  # that it has changed, and into what
    assert seen_in(refused) == "0-present"


@pytest.mark.parametrize("seen", ["", "1-", "0-present", "nonsense"])
def test_a_form_that_does_not_say_what_was_seen_is_asked(admin, page, seen):
    assert admin.post(page, {"outcome": "absent", "reason": "No", "seen": seen}).status_code == 409
    assert not Decision.objects.exists()


def test_the_same_decision_a_second_time_is_no_conflict(admin, page):
    form = {"outcome": "absent", "reason": "No", "seen": seen_by(admin, page)}

    assert [admin.post(page, form).status_code for _twice in range(2)] == [302, 302]
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("form", [{"outcome": "present"}, {"outcome": "present", "reason": "  "}, {"reason": "Why"}])
def test_a_decision_without_a_reason_is_none(admin, page, form):
    response = admin.post(page, form)

    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_evidence_is_taken_back_with_a_reason_and_stays_on_record(admin, page, running, ana):
    piece = EvidenceFactory(participant=ana, session=running)
    url = f"/admin/editions/academy/attendance/board/retract/{piece.pk}/"

    assert levels_of(admin.post(url, follow=True)) == ["error"]
    assert not Evidence.objects.filter(kind="retraction").exists()
    assert levels_of(admin.post(url, {"reason": "Wrong person"}, follow=True)) == ["success"]
    assert levels_of(admin.post(url, {"reason": "Wrong person"}, follow=True)) == ["info"]
    assert "Wrong person" in text(admin.get(page))
    assert Attendance.objects.get().status == ""
    retraction = Evidence.objects.get(kind="retraction")
    again = f"/admin/editions/academy/attendance/board/retract/{retraction.pk}/"
    assert levels_of(admin.post(again, {"reason": "No"}, follow=True)) == ["error"]
    assert Evidence.objects.count() == 2


def test_who_withdrew_after_attending_is_still_there(admin, page, running, ana, organiser):
    decide(cells=[(ana, running)], outcome="present", reason="Seen", by=organiser)
    Participant.objects.update(state="withdrawn")

    assert "Present: decision (withdrawn)" in text(admin.get(page))
    assert "Ana Anaya" in text(admin.get("/admin/editions/academy/attendance/board/"))


def test_a_viewer_looks_and_decides_nothing(client, page, staff_of, running, ana):
    piece = EvidenceFactory(participant=ana, session=running)
    client.force_login(staff_of("viewer"))

    assert "<textarea" not in text(client.get(page))
    assert "data-decide" not in text(client.get(page, headers=HTMX))
    assert client.post(page, {"outcome": "present", "reason": "Me"}).status_code == 403
    assert (
        client.post(f"/admin/editions/academy/attendance/board/retract/{piece.pk}/", {"reason": "x"}).status_code == 403
    )
    assert not Decision.objects.exists()


def test_a_person_of_another_edition_has_no_cell(admin, running, participant):
    assert admin.get(f"/admin/editions/academy/attendance/board/{participant.pk}/peer-learning/").status_code == 404


def test_what_a_decision_changes_around_it_is_as_the_board_shows_it(admin, page, running, ana, other_coordinator):
    def decided(query, outcome):
        form = {"outcome": outcome, "reason": "Seen", "seen": seen_by(admin, page), "board": query}
        return json.loads(admin.post(page, form, headers=HTMX)["X-Cell"])

    everybody = decided("", "present")
    assert (everybody["city"], everybody["column"], everybody["core"]) == ("1/1", "1/2", "1/1 core")
    board = admin.get("/admin/editions/academy/attendance/board/").context["board"]
    assert [str(it) for it in board.totals] == ["1/2"]
    assert "1/1" in [str(total) for group in board.groups for total in group.totals]
    of_city = decided(f"?city={ana.delegation_id}&page=x", "counts")
    assert of_city["column"] == "1/1"
    hidden = decided(f"?city={other_coordinator.delegation_id}", "absent")  # by a filter of another window
    assert (hidden["label"], hidden["city"], hidden["column"]) == ("not met", "", "0/1")


def test_the_rule_is_said_with_its_numbers(admin, page, running, ana, organiser):
    measure = ["Present: there for at least 45 of 60 minutes (75%).", "Up to 10 minutes late are forgiven."]
    unsettled = "Before the session’s end nothing is settled."

    without = admin.get(page).context["rule"]
    record_here(participant=ana, session=running, by=organiser)
    by_word = admin.get(page).context["rule"]
    decide(cells=[(ana, running)], outcome="absent", reason="Left", by=organiser)
    decided = admin.get(page).context["rule"]

    assert without == [*measure, "No evidence counts for the session.", unsettled]
    assert by_word == [*measure, by_word[2], unsettled]
    assert re.fullmatch(r"An organiser’s word counts from then on: from \d\d:\d\d, 49 minutes to the end.", by_word[2])
    assert decided == [*by_word, "An organiser’s decision counts instead of the evidence."]


def test_what_was_sent_about_it_is_listed_with_its_state(admin, client, page, running, ana, staff_of):
    nudge_missing(session=running, by=ana.user)
    excuse = ExcuseFactory(participant=ana, session=running)
    decline_excuse(excuse=excuse, reason="No", by=ana.user)
    other = SessionFactory(edition=running.edition)
    decline_excuse(excuse=ExcuseFactory(participant=ana, session=other), reason="No", by=ana.user)

    sent = admin.get(page).context["sent"]

    assert [(it.message.kind, it.reader) for it in sent] == [("excuse_declined", ""), ("nudge", "")]
    assert f'/admin/outbox/message/{sent[0].message.pk}/change/">Request declined</a>' in text(admin.get(page))


def test_the_coordinators_list_is_named_with_its_reader(admin, over, ana, coordinator):
    over.edition.participants.update(state_at=over.starts_at)
    send_chasers_at(over)

    sent = admin.get(f"/admin/editions/academy/attendance/board/{ana.pk}/over/").context["sent"]

    assert {(it.message.kind, it.reader) for it in sent} == {
        ("missed", ""),
        ("missed_city", coordinator.user.email),
    }


def send_chasers_at(session):
    with time_machine.travel(session.ends_at + dt.timedelta(days=1, minutes=1)):
        return send_chasers()
