"""Organisers choose who the people of a report are; nothing is attendance yet."""

import pytest

from attendance.actions.applied_reports import apply_report
from attendance.actions.reported_people import share_connection, unshare_connection
from attendance.actions.reports import Choices, drop_report, reread_report
from programme.actions.registrations import approve
from programme.models import Participant
from tests.attendance.meeting_reports.giving import choose_person, give, leave_open, zoom
from tests.factories.people import ParticipantFactory
from tests.refusals import refused


@pytest.mark.parametrize(("state", "code"), [("pending", "approval_pending"), ("declined", "registration_declined")])
def test_choose_somebody_who_does_not_take_part_is_refused(report, petra, organiser, state, code):
    Participant.objects.filter(pk=petra.pk).update(state=state)
    petra.refresh_from_db()
    person = report.people.get(name="Quirk")

    with refused(code):
        choose_person(person=person, participant=petra, by=organiser)
    with refused(code):
        share_connection(person=person, participant=petra, note="there", by=organiser)

    person.refresh_from_db()
    assert (person.participant, person.shared.count()) == (None, 0)


def test_who_is_approved_meanwhile_can_be_chosen(over, petra, organiser):
    report = give(over, zoom(over, ("Petra Pending", "", 0, 60)), organiser)
    approve(participant=petra, by=organiser)
    petra.refresh_from_db()

    choose_person(person=report.people.get(), participant=petra, by=organiser)

    assert report.people.get().participant == petra


def test_choose_person_says_who_and_when(report, ana, organiser):
    person = report.people.get(name="Quirk")

    choose_person(person=person, participant=ana, by=organiser)

    person.refresh_from_db()
    assert (person.group, person.how, person.participant, person.chosen_by) == ("matched", "chosen", ana, organiser)
    assert person.chosen_at is not None


def test_choose_nobody_and_leave_open(report, organiser):
    person = report.people.get(name="Quirk")

    choose_person(person=person, participant=None, by=organiser)
    assert (person.group, person.how) == ("ignored", "nobody")
    leave_open(person=person, by=organiser)

    person.refresh_from_db()
    assert (person.group, person.how, person.chosen_by) == ("unknown", "", None)


def test_choose_somebody_of_another_edition_is_refused(report, organiser):
    person = report.people.get(name="Quirk")

    with refused("other_edition"):
        choose_person(person=person, participant=ParticipantFactory(), by=organiser)
    with refused("other_edition"):
        share_connection(person=person, participant=ParticipantFactory(), note="there", by=organiser)

    person.refresh_from_db()
    assert (person.participant, person.shared.count()) == (None, 0)


def test_choose_somebody_of_a_reading_that_is_gone_is_refused(report, over, ana, organiser):
    person = report.people.get(name="Quirk")
    reread_report(report=report, choices=Choices(session=over), by=organiser)

    with refused("report_read_again"):
        choose_person(person=person, participant=ana, by=organiser)
    with refused("report_read_again"):
        share_connection(person=person, participant=ana, note="there", by=organiser)

    assert report.people.get(name="Quirk").participant is None
    assert report.people.count() == 3


def test_share_connection_once_with_a_note(report, ana, organiser):
    person = report.people.get(name="Quirk")

    with refused("reason_missing"):
        share_connection(person=person, participant=ana, note=" ", by=organiser)
    for _ in range(2):
        share_connection(person=person, participant=ana, note="Seen on camera", by=organiser)
    with refused("already_matched"):
        share_connection(person=report.people.get(name="Ana Anaya"), participant=ana, note="x", by=organiser)

    assert person.shared.get().note == "Seen on camera"
    unshare_connection(shared=person.shared.get())
    assert not person.shared.exists()


def test_nothing_is_changed_below_an_applied_report(report, ana, organiser):
    person = report.people.get(name="Quirk")
    share_connection(person=person, participant=ana, note="there", by=organiser)
    apply_report(report=report, is_confirmed=True, by=organiser)

    for change in (
        lambda: choose_person(person=person, participant=None, by=organiser),
        lambda: leave_open(person=person, by=organiser),
        lambda: share_connection(person=person, participant=ana, note="x", by=organiser),
        lambda: unshare_connection(shared=person.shared.get()),
        lambda: reread_report(report=report, choices=Choices(session=report.session), by=organiser),
        lambda: drop_report(report=report, by=organiser),
    ):
        with refused("report_applied"):
            change()
