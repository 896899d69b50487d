"""What the page of a report says about how the file was read: its zone, what it leaves out, second names."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from attendance.actions.reports import Choices, add_reports
from attendance.forms.reports import UploadForm
from attendance.meeting_reports.matching import MatchBasis, match
from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.roster import Aliases, Member, Roster
from attendance.models import Report
from tests.attendance.meeting_reports.reading import files
from tests.client import text
from tests.factories.people import ParticipantFactory


def give(session, organiser, text):
    (report,), _ = add_reports(
        edition=session.edition, name="list.csv", content=text.encode(), choices=Choices(session=session), by=organiser
    )
    return report


def page(client, report):
    response = client.get(reverse("attendance-staff:report", args=[report.edition.slug, report.pk]))
    return text(response)


@pytest.fixture
def signed_in(client, organiser):
    client.force_login(organiser)
    return client


def in_utc(session, name="Ana Anaya", minutes=60):
    start = session.starts_at.astimezone(dt.UTC)
    end = start + dt.timedelta(minutes=minutes)
    return files.table(
        ["Name", "Join (UTC)", "Leave (UTC)"], [name, f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}"]
    )


def test_the_zone_that_a_file_names_is_used_and_said(signed_in, organiser, over, ana):
    report = give(over, organiser, in_utc(over))

    assert (report.named_zone, report.zone, report.first_join_at) == ("UTC", over.edition.time_zone, over.starts_at)
    assert "times in UTC, as the file says" in page(signed_in, report)


def test_the_zone_that_a_file_names_is_overruled_by_a_tick(signed_in, organiser, over, ana):
    text = in_utc(over).replace("(UTC)", "(Europe/Athens)")
    report = give(over, organiser, text)
    values = {"session": over.pk, "zone": "UTC", "date_order": ""}
    again = reverse("attendance-staff:report-again", args=[over.edition.slug, report.pk])

    signed_in.post(again, values)
    report.refresh_from_db()
    assert (report.named_zone, report.first_join_at != over.starts_at) == ("Europe/Athens", True)

    signed_in.post(again, {**values, "is_zone_chosen": "on"})
    report.refresh_from_db()
    assert (report.named_zone, report.zone, report.first_join_at) == ("", "UTC", over.starts_at)
    html = page(signed_in, report)
    assert "times read as UTC" in html
    assert re.search(r'<input type="checkbox" name="is_zone_chosen"[^>]* checked>', html)


def test_a_file_is_given_with_a_zone_that_is_chosen(signed_in, over, ana):
    text = in_utc(over).replace("(UTC)", "(Europe/Athens)")
    given = SimpleUploadedFile("list.csv", text.encode())
    values = {"given": given, "session": over.pk, "zone": "UTC", "date_order": "", "is_zone_chosen": "on"}

    assert (
        "is_zone_chosen"
        in signed_in.get(reverse("attendance-staff:reports", args=[over.edition.slug])).content.decode()
    )
    signed_in.post(reverse("attendance-staff:reports", args=[over.edition.slug]), values)

    assert Report.objects.get().first_join_at == over.starts_at


def test_differences_and_columns_left_out_are_on_the_page(signed_in, organiser, over):
    text = "Participants,7\r\n\r\n" + in_utc(over).replace("Leave (UTC)", "Leave (UTC),Xyzzy").replace(
        "\r\n", ",q\r\n", 3
    )

    html = page(signed_in, give(over, organiser, text))

    assert "The file says “Participants: 7”, but 1 person was read." in html
    assert "Columns with unknown labels were left out: “Xyzzy”." in html


def test_somebody_matched_without_minutes_is_said_to_be_so(signed_in, organiser, over, ana):
    report = give(
        over, organiser, files.table(["Name", "Email", "Join", "Leave"], ["Ana Anaya", ana.user.email, "soon", ""])
    )

    html = page(signed_in, report)

    assert "1 person is matched, but the file has no minutes for this person." in html
    assert "Nobody in the file is matched." not in html


def test_a_second_name_matches_and_is_shown(signed_in, organiser, over, delegation):
    dora = ParticipantFactory(delegation=delegation, user__name="Dora Delta")
    text = files.table(["Display name", "First name", "Last name", "Minutes"], ["dodo", "Dora", "Delta", 50])

    report = give(over, organiser, text)

    person = report.people.get()
    assert (person.name, person.second_name, person.participant) == ("dodo", "Dora Delta", dora)
    assert "Dora Delta" in page(signed_in, report)


def test_a_second_address_matches_before_the_first():
    people = [ParsedPerson("Quirk", "", "q@work.example", 1, (), 60.0, frozenset(), second_email="Bea@lyon.example")]
    roster = Roster(
        [
            Member(1, "Other", frozenset({"q@work.example"}), "Lyon"),
            Member(2, "Bea", frozenset({"bea@lyon.example"}), "Lyon"),
        ]
    )

    assert [(it.pk, it.how) for it in match(people, roster, Aliases())] == [(2, MatchBasis.EMAIL)]


def test_the_zones_that_are_likely_come_first(open_edition):
    form = UploadForm(edition=open_edition, own_zone="Asia/Tokyo")

    (_suggested, first), (_others, rest) = form.fields["zone"].choices

    names = [name for name, _label in first]
    assert names[:2] == [open_edition.time_zone, "Asia/Tokyo"]
    assert "Europe/Paris" in names
    assert len(names) == len(set(names)) < 20
    assert not set(names) & {name for name, _label in rest}
    assert len(rest) > 400


def test_two_people_shown_by_one_name_stay_two(organiser, over):
    text = files.table(
        ["Display name", "First name", "Last name", "Minutes"], ["Ana", "Ana", "Alfa", 30], ["Ana", "Ana", "Beta", 40]
    )

    give(over, organiser, text)

    people = Report.objects.get().people.order_by("position")
    assert [(it.name, it.second_name, it.minutes) for it in people] == [
        ("Ana", "Ana Alfa", 30),
        ("Ana", "Ana Beta", 40),
    ]
