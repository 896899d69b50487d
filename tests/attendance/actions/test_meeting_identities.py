"""Who somebody in a meeting is, is decided once: live or in a report."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from attendance.actions.applied_reports import apply_report
from attendance.actions.meeting_identities import Choice, Verdict
from attendance.actions.platform_people import choose_platform_people
from attendance.actions.reported_people import choose_people
from attendance.actions.retention import delete_unmatched_in_meetings
from attendance.models import Alias, Evidence, MeetingIdentity, PlatformPerson
from tests.attendance.meeting_reports.giving import (
    choose_person,
    choose_platform_person,
    give,
    leave_open,
    leave_platform_person_open,
    people_live,
    zoom,
)
from tests.factories.people import ParticipantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bruno(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Bruno Bach")


def report_of(session, organiser, *people):
    """Give a file of people: name, address."""
    report = give(session, zoom(session, *((*it, 0, 60) for it in people)), organiser)
    return report, list(report.people.order_by("position"))


def choices(rows):
    for row in rows:
        row.refresh_from_db()
    return [(row.how, row.participant, row.chosen_by) for row in rows]


@pytest.mark.parametrize("name", ["iPad", "Annie", "A. Anaya i Puig"])
@pytest.mark.parametrize("comes_first", ["report", "choice"])
def test_a_choice_made_live_holds_in_the_report(over, ana, organiser, name, comes_first):
    (person,) = people_live(over, name)
    if comes_first == "report":
        _report, rows = report_of(over, organiser, (name, ""), ("Quirk", ""))
        choose_platform_person(person=person, participant=ana, by=organiser)
    else:
        choose_platform_person(person=person, participant=ana, by=organiser)
        _report, rows = report_of(over, organiser, (name, ""), ("Quirk", ""))

    assert choices(rows) == [("chosen", ana, organiser), ("", None, None)]


@pytest.mark.parametrize("comes_first", ["meeting", "choice"])
def test_a_choice_made_in_the_report_holds_live_and_is_evidence(over, ana, organiser, comes_first):
    if comes_first == "meeting":
        people_live(over, "iPad", "Quirk")
    _report, rows = report_of(over, organiser, ("iPad", ""), ("Quirk", ""))
    choose_person(person=rows[0], participant=ana, by=organiser)
    choose_person(person=rows[1], participant=None, by=organiser)
    if comes_first == "choice":
        people_live(over, "iPad", "Quirk")

    people = list(PlatformPerson.objects.order_by("key"))
    assert choices(people) == [("chosen", ana, organiser), ("nobody", None, organiser)]
    if comes_first == "meeting":
        assert Evidence.objects.effective().get(kind="live").participant == ana


def test_the_last_decision_counts_on_both_sides_and_so_does_leaving_open(over, ana, bruno, organiser):
    (person,) = people_live(over, "iPad")
    _report, rows = report_of(over, organiser, ("iPad", ""))
    choose_platform_person(person=person, participant=ana, by=organiser)

    choose_person(person=rows[0], participant=bruno, by=organiser)
    assert choices([person]) == [("chosen", bruno, organiser)]
    leave_platform_person_open(person=person, by=organiser)
    assert choices(rows) == [("", None, None)]
    choose_platform_person(person=person, participant=ana, by=organiser)
    rows[0].refresh_from_db()
    leave_open(person=rows[0], by=organiser)

    assert choices([person])[0][:2] == ("open", None)
    assert not Evidence.objects.effective().exists()


@pytest.mark.parametrize(("in_meeting", "in_report"), [("", "x@elsewhere.example"), ("x@elsewhere.example", "")])
def test_the_last_decision_counts_where_one_side_has_an_address(over, ana, bruno, organiser, in_meeting, in_report):
    (person,) = people_live(over, ("iPad", in_meeting))
    _report, rows = report_of(over, organiser, ("iPad", in_report))
    choose_platform_person(person=person, participant=ana, by=organiser)
    rows[0].refresh_from_db()

    choose_person(person=rows[0], participant=bruno, by=organiser)

    assert choices([*rows, person]) == [("chosen", bruno, organiser)] * 2


@pytest.mark.parametrize("where", ["report", "meeting"])
def test_choices_saved_at_once_are_as_those_saved_one_after_the_other(over, ana, bruno, organiser, where):
    named = [("iPad", ""), ("iPad", "x@elsewhere.example"), ("Annie Quirk", ""), ("Bruno Bach", ana.user.email)]
    report, _rows = report_of(over, organiser, *named)
    people_live(over, *named)
    whom = [ana, bruno, None, bruno]

    def saved(number_at_once):
        """Return everything that follows, and take it back."""
        with transaction.atomic():
            people = report.people.order_by("position") if where == "report" else PlatformPerson.objects.order_by("key")
            choices = [
                Choice(person, Verdict.PARTICIPANT if it else Verdict.NOBODY, it)
                for person, it in zip(people, whom, strict=True)
            ]
            for first in range(0, len(choices), number_at_once):
                some = choices[first : first + number_at_once]
                if where == "report":
                    choose_people(choices=some, by=organiser)
                else:
                    choose_platform_people(session=over, choices=some, by=organiser)
            decided = MeetingIdentity.objects.values_list("name_key", "email_key", "verdict", "participant")
            aliases = Alias.objects.values_list("name_key", "email_key", "participant")
            rows = [
                it.order_by("pk").values_list("how", "participant") for it in (report.people, PlatformPerson.objects)
            ]
            result = sorted(decided.order_by()), sorted(aliases), *map(list, rows)
            transaction.set_rollback(True)
        return result

    assert saved(4) == saved(1)


def test_who_was_said_not_to_be_somebody_is_not_matched_to_them_by_the_report(over, ana, organiser):
    (person,) = people_live(over, ("Somebody", ana.user.email))
    assert person.how == "email"

    leave_platform_person_open(person=person, by=organiser)
    _report, rows = report_of(over, organiser, ("Somebody", ana.user.email))

    assert choices(rows) == [("", None, None)]
    assert rows[0].suggestions == [ana.pk]


def test_an_applied_report_stays_as_it_is(over, ana, bruno, organiser):
    (person,) = people_live(over, "iPad")
    report, rows = report_of(over, organiser, ("iPad", ""))
    choose_person(person=rows[0], participant=ana, by=organiser)
    apply_report(report=report, is_confirmed=True, by=organiser)
    person.refresh_from_db()

    choose_platform_person(person=person, participant=bruno, by=organiser)

    assert choices(rows) == [("chosen", ana, organiser)]


@pytest.mark.parametrize(
    ("in_meeting", "in_report"),
    [
        (["iPad", "iPad"], [("iPad", "")]),  # several have the name live
        (["iPad"], [("iPad", ""), ("iPad", "x@elsewhere.example")]),  # or in the file
        ([("iPad", "y@elsewhere.example")], [("iPad", "x@elsewhere.example")]),  # or it is somebody else's
    ],
)
def test_what_may_be_about_somebody_else_is_not_carried_over(over, ana, organiser, in_meeting, in_report):
    people = people_live(over, *in_meeting)

    choose_platform_person(person=people[0], participant=ana, by=organiser)
    _report, rows = report_of(over, organiser, *in_report)

    assert {row.how for row in rows} == {""}


def test_a_name_alone_does_not_overrule_an_address(over, ana, bruno, organiser):
    (person,) = people_live(over, "iPad")

    choose_platform_person(person=person, participant=ana, by=organiser)
    _report, rows = report_of(over, organiser, ("iPad", bruno.user.email))

    assert choices(rows) == [("email", bruno, None)]


def test_what_was_decided_about_strangers_is_forgotten_in_time(over, ana, organiser, settings, time_machine):
    for person, participant in zip(people_live(over, "Annie", "Quirk"), (ana, None), strict=True):
        choose_platform_person(person=person, participant=participant, by=organiser)

    time_machine.move_to(timezone.now() + dt.timedelta(days=settings.UNMATCHED_KEPT_DAYS + 1))
    delete_unmatched_in_meetings()

    assert MeetingIdentity.objects.get().participant == ana
