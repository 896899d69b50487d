"""Giving files, reviewing, applying and undoing, for organisers only."""

import datetime as dt
import errno

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from attendance.actions.applied_reports import apply_report
from attendance.actions.evidence import record_join
from attendance.actions.reports import Choices, add_reports
from attendance.models import Attendance, Evidence, Report, SettledSession
from programme.formats import short_date
from programme.models import Session
from tests.attendance.meeting_reports.reading import bombs, files
from tests.client import levels_of
from tests.client import text as text_of
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import EditionFactory
from udtacademy.outbox.models import Message

LIST = "/admin/editions/academy/attendance/reports/"


def zoom(session, *people):
    return files.zoom(people, session.starts_at, session.edition.zone)


def upload(client, *contents, name="zoom.csv", **values):
    given = [SimpleUploadedFile(name, it) for it in contents]
    return client.post(LIST, {"given": given, "session": "", "zone": "Europe/Madrid", "date_order": "", **values})


@pytest.fixture
def report(over, ana, organiser):
    content = zoom(
        over, ("Ana Anaya", "", 0, 60), ("Ana Anaia", "", 0, 30), ("Quirk", "", 0, 60), ("Otter.ai", "", 0, 60)
    )
    (report,), _ = add_reports(
        edition=over.edition, name="zoom.csv", content=content, choices=Choices(session=over), by=organiser
    )
    return report


def names_of(people):
    return [str(it) for it in people]


def codes_of(response):
    """Return the codes of the form's errors by field."""
    return {
        name: [it["code"] for it in errors] for name, errors in response.context["form"].errors.get_json_data().items()
    }


def url(report, name="report", *more):
    return reverse(f"attendance-staff:{name}", args=[report.edition.slug, report.pk, *more])


def test_report_list_is_empty_at_first(client, organiser, over):
    client.force_login(organiser)

    response = client.get(LIST)

    assert response.status_code == 200
    assert list(response.context["page"]) == []
    assert response.context["form"].is_bound is False


def test_report_list_proposes_the_session_it_was_opened_for(client, organiser, over):
    client.force_login(organiser)

    assert client.get(f"{LIST}?session=over").context["form"].initial["session"] == over
    assert client.get(f"{LIST}?session=nothing").status_code == 200


@pytest.mark.parametrize("role", ["viewer", "desk"])
def test_reports_are_for_organisers_only(client, staff_of, report, over, role):
    client.force_login(staff_of(role))
    paths = [LIST, url(report), url(report, "report-file"), url(report, "report-person", report.people.first().pk)]

    assert {client.get(path).status_code for path in paths} == {403}
    for name in ("report-apply", "report-undo", "report-drop", "report-again", "report-choose"):
        assert client.post(url(report, name)).status_code == 403, name
    assert (Report.objects.get().state, Evidence.objects.count()) == ("read", 0)


def test_an_organiser_may_work_with_reports(client, staff_of, report):
    client.force_login(staff_of("organiser"))

    assert client.get(url(report)).status_code == 200
    assert client.post(url(report, "report-apply")).status_code == 302


def test_reports_of_another_edition_are_not_found(client, organiser, report):
    EditionFactory(slug="other")
    client.force_login(organiser)

    path = reverse("attendance-staff:report-apply", args=["other", report.pk])

    assert client.post(path).status_code == 404
    assert Report.objects.get().state == "read"


@pytest.mark.parametrize("name", ["report-apply", "report-undo", "report-drop", "report-again", "report-choose"])
def test_what_changes_something_is_posted(client, organiser, report, name):
    client.force_login(organiser)

    assert client.get(url(report, name)).status_code == 405


def test_upload_reads_and_leads_to_the_review(client, organiser, over, ana):
    client.force_login(organiser)

    response = upload(client, zoom(over, ("Ana Anaya", "", 0, 60)))

    report = Report.objects.get()
    assert (response.status_code, response["Location"]) == (302, url(report))
    assert (report.session, report.uploaded_by, report.file_name) == (over, organiser, "zoom.csv")
    assert not Attendance.objects.exists()


def test_a_full_disk_stops_no_upload(client, organiser, over, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", full)
    client.force_login(organiser)

    response = upload(client, b"%PDF" + b" " * (4 * 2**20))

    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"given"}


def test_upload_of_several_files(client, organiser, over, ana):
    client.force_login(organiser)

    response = upload(client, zoom(over, ("Ana Anaya", "", 0, 20)), zoom(over, ("Ana Anaya", "", 20, 40)))

    assert (response.status_code, response["Location"]) == (302, LIST)
    assert Report.objects.count() == 2
    assert "zoom.csv" in client.get(LIST).content.decode()


def test_upload_says_what_was_added_and_what_was_known(client, organiser, report, over, ana):
    client.force_login(organiser)
    starts_at = over.starts_at - dt.timedelta(days=400)
    earlier = files.zoom([("Ana Anaya", "", 0, 20)], starts_at, over.edition.zone)
    two_meetings = files.zoom(
        [("Ana Anaya", "", 0, 20), ("Ana Anaya", "", -2 * 24 * 60, 20)], over.starts_at, over.edition.zone
    )

    response = upload(client, two_meetings, earlier, bytes(report.content))

    day, days_before, year_before = (
        short_date(moment, "j M, H:i", zone=over.edition.zone)
        for moment in (over.starts_at, over.starts_at - dt.timedelta(days=2), starts_at)
    )
    assert [str(it) for it in get_messages(response.wsgi_request)] == [
        f"Added 2 meetings from zoom.csv: no session at these times, {days_before}; {over}, {day}.",
        f"Added 1 meeting from zoom.csv: no session at these times, {year_before}.",
        "The file zoom.csv has already been uploaded. Nothing was added.",
    ]
    assert str(starts_at.year) in year_before


def test_upload_of_a_file_of_which_one_meeting_is_known(client, organiser, over, ana):
    client.force_login(organiser)
    content = zoom(over, ("Ana Anaya", "", 0, 20), ("Ana Anaya", "", -2 * 24 * 60, 20))
    upload(client, content)
    client.post(url(Report.objects.get(part=0), "report-drop"))

    response = upload(client, content)

    assert response["Location"] == url(Report.objects.get(part=0))
    assert sorted(Report.objects.values_list("part", flat=True)) == [0, 1]
    assert [str(it) for it in get_messages(response.wsgi_request)][-1].endswith(
        ". 1 meeting in this file was added before."
    )


def test_report_list_is_newest_first_and_by_pages(client, organiser, report, django_assert_max_num_queries):
    now = timezone.now()
    Report.objects.bulk_create(
        Report(
            edition=report.edition,
            file_name=f"{n}.csv",
            sha256=f"{n}",
            platform="zoom",
            zone="UTC",
            encoding="utf-8",
            uploaded_by=organiser,
            uploaded_at=now + dt.timedelta(minutes=(n * 7) % 60),
        )
        for n in range(60)
    )
    client.force_login(organiser)

    with django_assert_max_num_queries(12):
        shown = client.get(LIST).context["page"]
    last = client.get(LIST, {"page": "2"}).context["page"]

    listed = [*shown, *last]
    assert listed == sorted(Report.objects.all(), key=lambda it: (it.uploaded_at, it.pk), reverse=True)
    assert (len(shown), len(last), listed[-1]) == (50, 11, report)
    assert (listed[-1].n_people, listed[-1].n_to_choose) == (4, 1)


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 5000])
def test_report_list_of_a_page_that_is_none(client, organiser, report, number):
    client.force_login(organiser)

    assert client.get(LIST, {"page": number}).status_code == 200


def test_upload_says_what_is_wrong_with_one_of_two_files(client, organiser, over, ana):
    client.force_login(organiser)

    response = upload(client, b"%PDF-1.7", zoom(over, ("Ana Anaya", "", 0, 20)))

    report = Report.objects.get()
    assert response["Location"] == url(report)
    assert sorted(levels_of(client.get(url(report)))) == ["error", "success"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7", "other_file_type"),
        (b"", "empty"),
        (files.ZOOM_2020.splitlines()[0].encode(), "no_people"),
        (files.ZOOM_2024.encode(), "other_day"),
        (b"x" * (5 * 1024**2 + 1), "large"),
    ],
    ids=["PDF", "empty", "only labels", "another day", "too large"],
)
def test_upload_of_what_is_no_report_is_refused_beside_the_field(client, organiser, over, content, code):
    client.force_login(organiser)

    response = upload(client, content, session=over.pk)

    assert response.status_code == 422
    assert codes_of(response) == {"given": [code]}
    assert (Report.objects.count(), Attendance.objects.count()) == (0, 0)


def test_upload_without_a_file_and_of_too_many(client, organiser, over):
    client.force_login(organiser)

    assert client.post(LIST, {}).status_code == 422
    response = upload(client, *[b"Name,Minutes\nA,1"] * 21)
    assert codes_of(response) == {"given": ["many"]}
    assert not Report.objects.exists()


def test_upload_of_a_workbook_that_is_a_bomb_is_refused_and_another_file_is_read(client, organiser, over, ana):
    client.force_login(organiser)
    bomb = SimpleUploadedFile("list.xlsx", bombs.WORKBOOKS["a million styles"][0]())
    good = SimpleUploadedFile("zoom.csv", zoom(over, ("Ana Anaya", "", 0, 60)))
    values = {"session": "", "zone": "Europe/Madrid", "date_order": ""}

    alone = client.post(LIST, {"given": [bomb], **values})
    bomb.seek(0)
    client.post(LIST, {"given": [bomb, good], **values})

    assert alone.status_code == 422
    assert [it.partition(":")[0] for it in alone.context["form"].errors["given"]] == ["list.xlsx"]
    assert Report.objects.get().file_name == "zoom.csv"


def test_upload_of_a_session_of_another_edition_is_refused(client, organiser, over):
    client.force_login(organiser)
    other = EditionFactory(slug="other").sessions.create(slug="s", title="S", format="online")

    response = upload(client, zoom(over, ("Ana", "", 0, 60)), session=other.pk)

    assert response.status_code == 422
    assert not Report.objects.exists()


def test_upload_of_the_same_file_says_so(client, organiser, report):
    client.force_login(organiser)

    response = upload(client, bytes(report.content))

    assert response["Location"] == url(report)
    assert levels_of(client.get(url(report))) == ["info"]
    assert Report.objects.get() == report


def test_review_counts_add_up_and_show_the_effect(client, organiser, report):
    client.force_login(organiser)

    review = client.get(url(report)).context["review"]

    assert {it.group: (it.n_people, it.n_lines) for it in review.groups} == {
        "to_choose": (1, 1),
        "unknown": (1, 1),
        "matched": (1, 1),
        "ignored": (1, 1),
    }
    assert (review.n_people, review.n_lines, review.outcome) == (4, 4, [("present", 1)])
    assert "not seen → <b>present, 60 minutes</b>" in text_of(client.get(f"{url(report)}?group=matched"))


@pytest.mark.parametrize("group", ["to_choose", "unknown", "matched", "ignored", "nonsense"])
def test_review_shows_each_group(client, organiser, report, group):
    client.force_login(organiser)

    assert client.get(url(report), {"group": group, "page": "x"}).status_code == 200


def test_review_says_that_an_hour_is_missing(client, organiser, over):
    client.force_login(organiser)
    content = files.zoom([("Ana", "", 0, 60)], over.starts_at - dt.timedelta(hours=1), over.edition.zone)

    upload(client, content, session=over.pk)

    assert "Check the time zone." in client.get(url(Report.objects.get())).content.decode()


def test_review_costs_the_same_with_many_people(client, organiser, over, django_assert_max_num_queries):
    client.force_login(organiser)
    delegation = DelegationFactory(edition=over.edition, quota=20)
    people = [ParticipantFactory(delegation=delegation, user__name=f"Name{it} Family{it}") for it in range(12)]
    upload(client, zoom(over, *[(str(it), "", 0, 60) for it in people]))

    with django_assert_max_num_queries(32):
        assert client.get(url(Report.objects.get())).status_code == 200


def test_names_are_shown_as_text(client, organiser, over):
    client.force_login(organiser)
    upload(client, zoom(over, ("<script>alert(1)</script>", "", 0, 60)))

    assert "<script>alert" not in client.get(url(Report.objects.get())).content.decode()


def test_apply_and_undo(client, organiser, report, over, ana):
    client.force_login(organiser)

    response = client.post(url(report, "report-apply"), follow=True)
    assert levels_of(response) == ["success"]
    assert Attendance.objects.established().get().participant == ana
    response = client.post(url(report, "report-undo"), follow=True)

    assert levels_of(response) == ["success"]
    assert not Attendance.objects.established().exists()


def test_apply_twice_by_two_windows(client, organiser, report):
    client.force_login(organiser)

    client.post(url(report, "report-apply"))
    changed_at = Attendance.objects.established().get().changed_at
    response = client.post(url(report, "report-apply"), follow=True)

    assert "0 attendances" in list(response.context["messages"])[-1].message
    assert Attendance.objects.established().get().changed_at == changed_at
    assert Evidence.objects.count() == 1


@pytest.fixture
def whole(over, delegation, ana, organiser):
    """A report of Ana, who was there; Mia was not."""
    ParticipantFactory(delegation=delegation, user__name="Mia Missing")
    (report,), _ = add_reports(
        edition=over.edition,
        name="zoom.csv",
        content=zoom(over, ("Ana Anaya", "", 0, 60)),
        choices=Choices(session=over),
        by=organiser,
    )
    return report


def test_apply_can_settle_the_session(client, organiser, whole, over):
    client.force_login(organiser)
    response = client.get(url(whole))
    assert names_of(response.context["review"].settling.emailed) == ["Mia Missing"]
    assert response.context["review"].settling.anyway == []
    assert "settles" in response.context["applying"].fields
    assert "<summary>Who will get an email</summary> <p>Mia Missing</p>" in text_of(response)

    response = client.post(url(whole, "report-apply"), {"settles": "on"}, follow=True)

    assert levels_of(response) == ["success", "success"]
    assert SettledSession.objects.get().session == over
    assert Message.objects.get(kind="missed").user.name == "Mia Missing"


def test_settling_is_not_offered_while_few_are_matched(client, organiser, report, over):
    client.force_login(organiser)

    response = client.get(url(report))

    assert response.context["review"].settling.why_not.startswith("1 of 3 people")
    assert response.context["review"].settling.why_not in text_of(response)
    assert "settles" not in response.context["applying"].fields
    client.post(url(report, "report-apply"), {"settles": "on"})
    assert not SettledSession.objects.exists()


def test_settling_is_not_offered_where_most_would_be_absent(client, organiser, whole, delegation):
    ParticipantFactory(delegation=delegation, user__name="Mo Missing")
    client.force_login(organiser)

    response = client.get(url(whole))

    assert "2 of the 3 people expected would be absent" in response.context["review"].settling.why_not
    assert "settles" not in response.context["applying"].fields
    assert 'name="settles"' not in text_of(response)


def test_settling_an_old_session_says_why_it_writes_to_nobody(client, organiser, whole, over):
    Session.objects.filter(pk=over.pk).update(
        **{name: getattr(over, name) - dt.timedelta(days=8) for name in ("starts_at", "ends_at")}
    )
    content = zoom(Session.objects.get(pk=over.pk), ("Ana Anaya", "", 0, 60))
    client.force_login(organiser)
    upload(client, content, session=over.pk)
    report = Report.objects.latest("pk")
    response = client.get(url(report))
    settling = response.context["review"].settling
    (reason,) = settling.why_nobody
    assert reason in text_of(response)
    assert (settling.emailed, names_of(settling.anyway)) == ([], ["Mia Missing"])

    response = client.post(url(report, "report-apply"), {"settles": "on"}, follow=True)

    assert reason in text_of(response)
    assert SettledSession.objects.get().session == over
    assert not Message.objects.exists()
    settle = reverse("attendance-staff:settle", args=[over.edition.slug, over.slug])
    token = client.post(settle, {"anyway": "1"}).context["confirmation"].token
    assert levels_of(client.post(settle, {"anyway": "1", "agreed_to": token}, follow=True)) == ["success"]
    assert Message.objects.get().user.name == "Mia Missing"


def test_who_registered_later_is_not_written_to(client, organiser, whole, over, delegation):
    ParticipantFactory(delegation=delegation, user__name="Lia Late", state_at=over.ends_at)
    client.force_login(organiser)
    settling = client.get(url(whole)).context["review"].settling
    assert (names_of(settling.emailed), names_of(settling.anyway)) == (["Mia Missing"], [])

    client.post(url(whole, "report-apply"), {"settles": "on"})
    settle = reverse("attendance-staff:settle", args=[over.edition.slug, over.slug])
    client.post(settle, {"anyway": "1"})

    assert [it.user.name for it in Message.objects.filter(kind="missed")] == ["Mia Missing"]


# Clicks that a report does not confirm


def click(participant, session):
    with time_machine.travel(session.starts_at - dt.timedelta(minutes=7)):
        record_join(participant=participant, session=session, by=participant.user)


def test_who_clicked_and_is_not_in_the_file_is_listed_before_it_is_applied(client, organiser, report, over, delegation):
    Session.objects.update(meeting_url="https://meet.example/abc")
    over.refresh_from_db()
    delegation.quota = 9
    delegation.save()
    people = [ParticipantFactory(delegation=delegation, user__name=f"Cli Cker{n}") for n in range(3)]
    for clicker in people:
        click(clicker, over)
    assert {it.status for it in Attendance.objects.all()} == {"clicked"}
    client.force_login(organiser)

    response = client.get(url(report))

    assert names_of(response.context["review"].only_clicked) == ["Cli Cker0", "Cli Cker1", "Cli Cker2"]
    assert response.context["review"].n_changes == 4
    assert "<b>1</b> present, <b>3</b> clicked Join, needs a decision; 4 attendances" in text_of(response)
    client.post(url(report, "report-apply"))
    assert sorted(it.status for it in Attendance.objects.all()) == ["present", *["to_decide"] * 3]
    board = reverse("attendance-staff:board", args=[over.edition.slug])
    assert "needs a decision (3)" in text_of(client.get(board))
    assert "Ana Anaya" not in text_of(client.get(board, {"undecided": "1"}))
    assert f'href="{board}?undecided=1"' in text_of(client.get("/admin/"))
    client.post(url(report, "report-undo"))
    assert sorted(it.status for it in Attendance.objects.all()) == ["", *["clicked"] * 3]


@pytest.mark.parametrize(
    ("rule", "status"), [("until_report", "to_decide"), ("never", "to_decide"), ("always", "clicked")]
)
def test_what_a_click_is_worth_after_a_report_is_a_rule_of_the_edition(
    over, ana, report, organiser, rule, status, delegation
):
    Session.objects.update(meeting_url="https://meet.example/abc")
    over.refresh_from_db()
    clicker = ParticipantFactory(delegation=delegation)
    click(clicker, over)
    over.edition.click_counts = rule
    over.edition.save()

    apply_report(report=report, is_confirmed=False, by=organiser)

    assert Attendance.objects.get(participant=clicker).status == status


def test_a_report_of_a_session_that_goes_on_counts_until_it_was_given(client, organiser, running, ana, delegation):
    clicker = ParticipantFactory(delegation=delegation)
    record_join(participant=clicker, session=running, by=clicker.user)
    client.force_login(organiser)
    given_at = running.starts_at + dt.timedelta(minutes=12)
    with time_machine.travel(given_at, tick=False):
        upload(client, zoom(running, ("Ana Anaya", "", 0, 60)), session=running.pk)
        report = Report.objects.get()
        response = client.get(url(report))
        assert response.context["review"].is_early
        assert response.context["review"].settling is None
        assert "<b>2</b> here so far" in text_of(response)
        assert 'name="settles"' not in text_of(response)
        client.post(url(report, "report-apply"))

    piece = Evidence.objects.get(kind="report")
    assert (piece.observed_at, piece.ended_at) == (running.starts_at, given_at)
    with time_machine.travel(running.ends_at):
        assert Attendance.objects.get(participant=ana).status == "partial"
        assert Attendance.objects.get(participant=clicker).status == "clicked"  # it says nothing about who is not in it


def test_apply_with_a_doubt_needs_it_confirmed(client, organiser, report):
    client.force_login(organiser)
    Report.objects.update(doubts=["labels"])

    refused = client.post(url(report, "report-apply"))
    assert refused.status_code == 422
    assert refused.context["applying"].non_field_errors()
    assert not Evidence.objects.exists()

    assert client.post(url(report, "report-apply"), {"is_confirmed": "on"}).status_code == 302


def test_again_reads_in_another_zone(client, organiser, report, over):
    client.force_login(organiser)
    before = report.first_join_at

    response = client.post(url(report, "report-again"), {"session": over.pk, "zone": "Europe/London", "date_order": ""})

    assert response.status_code == 302
    assert Report.objects.get().first_join_at - before == dt.timedelta(hours=1)


def test_again_refuses_what_makes_no_sense(client, organiser, report, over, running):
    client.force_login(organiser)

    wrong = client.post(url(report, "report-again"), {"session": over.pk, "zone": "Mars/Crater", "date_order": ""})
    over.starts_at, over.ends_at = over.starts_at - dt.timedelta(days=9), over.ends_at - dt.timedelta(days=9)
    over.save()
    far = client.post(url(report, "report-again"), {"session": over.pk, "zone": "Europe/Madrid", "date_order": ""})

    assert (wrong.status_code, far.status_code) == (422, 422)
    assert wrong.context["reading"].errors.keys() == {"zone"}
    assert far.context["reading"].errors.keys() == {"__all__"}


def test_again_offers_both_spellings(client, organiser, over):
    client.force_login(organiser)
    upload(client, zoom(over, ("Jiří Dvořák", "", 0, 60)).decode().encode("cp1250"))
    report = Report.objects.get()

    assert "Jiøí Dvoøák" in client.get(url(report)).content.decode()
    client.post(
        url(report, "report-again"), {"session": over.pk, "zone": report.zone, "date_order": "", "encoding": "cp1252"}
    )

    assert report.people.get().name == "Jiøí Dvoøák"


def test_drop(client, organiser, report):
    client.force_login(organiser)

    response = client.post(url(report, "report-drop"), follow=True)

    assert levels_of(response) == ["success"]
    assert not Report.objects.exists()


def test_drop_of_what_was_applied_once_is_refused(client, organiser, report):
    client.force_login(organiser)
    client.post(url(report, "report-apply"))
    client.post(url(report, "report-undo"))

    response = client.post(url(report, "report-drop"), follow=True)

    assert levels_of(response)[-1] == "error"
    assert Report.objects.exists()


def test_every_download_is_kept_in_mind(client, organiser, report):
    client.force_login(organiser)

    response = client.get(url(report, "report-file"))

    assert response.content == bytes(report.content)
    assert response["Content-Disposition"] == 'attachment; filename="zoom.csv"'
    assert response["Content-Type"] == "application/octet-stream"
    assert LogEntry.objects.get().user == organiser
    assert str(organiser) in client.get(url(report)).content.decode()


def test_a_file_that_was_forgotten_is_not_found(client, organiser, report):
    Report.objects.update(content=b"", forgotten_at=timezone.now())
    client.force_login(organiser)

    assert client.get(url(report, "report-file")).status_code == 404
    assert "were deleted on" in client.get(url(report)).content.decode()


def test_the_list_says_what_waits(client, organiser, report):
    client.force_login(organiser)
    assert "1 to match" in client.get(LIST).content.decode()

    apply_report(report=report, is_confirmed=True, by=organiser)

    assert f"applied by {organiser}" in client.get(LIST).content.decode()
