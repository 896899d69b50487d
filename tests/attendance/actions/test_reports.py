"""Files become reports, whose people are matched and chosen; nothing is attendance yet."""

import datetime as dt
import hashlib

import pytest
import time_machine
from django.utils import timezone

from attendance.actions.applied_reports import apply_report
from attendance.actions.reported_people import share_connection
from attendance.actions.reports import Choices, add_reports, drop_report, reread_report
from attendance.actions.retention import delete_unmatched_people
from attendance.meeting_reports.reading import DateOrder, ReportError
from attendance.models import Evidence, Report, ReportedPerson
from tests.attendance.meeting_reports.giving import choose_person, give, zoom
from tests.attendance.meeting_reports.reading import files
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.db.history import acting


def test_add_reports_matches_people_and_changes_no_attendance(report, over, ana):
    outcomes = {it.name: (it.group, it.how, it.participant) for it in report.people.all()}

    assert outcomes["Ana Anaya"] == ("matched", "name", ana)
    assert outcomes["Annie"][0] in {"to_choose", "unknown"}
    assert outcomes["Quirk"] == ("unknown", "", None)
    assert (report.session, report.platform, report.state) == (over, "zoom", "read")
    assert not Evidence.objects.exists()


def test_add_reports_proposes_the_session_by_time(over, ana, organiser):
    SessionFactory(
        edition=over.edition,
        starts_at=over.starts_at - dt.timedelta(days=7),
        ends_at=over.ends_at - dt.timedelta(days=7),
    )
    content = zoom(over, ("Ana Anaya", "", 0, 60))

    (report,), is_new = add_reports(
        edition=over.edition, name="z.csv", content=content, choices=Choices(), by=organiser
    )

    assert (report.session, is_new) == (over, True)


def test_add_reports_takes_the_order_of_dates_that_is_of_a_session(open_edition, organiser):
    starts_at = dt.datetime(2024, 3, 10, 16, tzinfo=open_edition.zone)
    session = SessionFactory(edition=open_edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))
    content = files.table(["Name", "Join", "Leave"], ["Ana", "3/10/2024 16:00", "3/10/2024 17:00"]).encode()

    (report,), _is_new = add_reports(
        edition=open_edition, name="a.csv", content=content, choices=Choices(), by=organiser
    )

    assert (report.session, report.doubts, report.date_order) == (session, [], DateOrder.MONTH_FIRST)


def test_add_reports_proposes_none_of_two_parallel_sessions(tracks, open_edition, organiser):
    one = tracks["governance-morning"]

    with time_machine.travel(one.ends_at):
        (report,), _ = add_reports(
            edition=open_edition, name="z.csv", content=zoom(one, ("Ana", "", 0, 60)), choices=Choices(), by=organiser
        )

    assert report.session is None


def test_add_reports_splits_two_meetings(over, ana, organiser):
    later = SessionFactory(
        edition=over.edition,
        starts_at=over.starts_at + dt.timedelta(hours=9),
        ends_at=over.ends_at + dt.timedelta(hours=9),
    )
    content = zoom(over, ("Ana Anaya", "", 0, 60), ("Ana Anaya", "", 9 * 60, 60))

    reports, _ = add_reports(edition=over.edition, name="z.csv", content=content, choices=Choices(), by=organiser)

    assert [(it.session, it.part, it.people.get().minutes) for it in reports] == [(over, 0, 60), (later, 1, 60)]


def test_add_reports_of_the_same_file_adds_nothing(report, over, organiser):
    content = bytes(report.content)

    again, is_new = add_reports(
        edition=over.edition, name="x.csv", content=content, choices=Choices(session=over), by=organiser
    )

    assert (again, is_new) == ([report], False)
    assert report.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_the_same_file_given_by_two_at_once_is_one_report(over, organiser):
    content = zoom(over, ("Ana", "", 0, 60))

    def give_it():
        return add_reports(
            edition=over.edition, name="z.csv", content=content, choices=Choices(session=over), by=organiser
        )

    results = in_threads([give_it] * 3)

    assert Report.objects.count() == 1
    assert {it.pk for reports, _is_new in results for it in reports} == {Report.objects.get().pk}


def test_add_reports_refuses_another_day_unless_insisted_upon(over, organiser):
    other = files.zoom([("Ana", "", 0, 60)], over.starts_at - dt.timedelta(days=30), over.edition.zone)

    with pytest.raises(ReportError, match="is from another day: its first join is"):
        give(over, other, organiser)
    assert not Report.objects.exists()
    assert give(over, other, organiser, is_anyway=True).session == over


def test_add_reports_refuses_the_future(over, organiser):
    future = files.zoom([("Ana", "", 0, 60)], timezone.now() + dt.timedelta(days=2), over.edition.zone)

    with refused("report_in_future"):
        add_reports(edition=over.edition, name="z.csv", content=future, choices=Choices(), by=organiser)
    assert not Report.objects.exists()


def test_names_that_are_formulas_or_html_are_kept_as_they_are(over, organiser):
    names = ["=1+1", "<b>Bo</b>", "@x", "Bad\x00Name"]

    report = give(over, zoom(over, *[(it, "", 0, 60) for it in names]), organiser)

    assert [it.name for it in report.people.all()] == ["=1+1", "<b>Bo</b>", "@x", "BadName"]


def test_somebody_is_matched_by_any_verified_address(over, ana, organiser):
    ana.user.emailaddress_set.create(email="Ana@private.example", verified=True)
    ana.user.emailaddress_set.create(email="not@hers.example", verified=False)

    report = give(over, zoom(over, ("X", "ana@private.example", 0, 60), ("Y", "not@hers.example", 0, 60)), organiser)

    assert [it.participant for it in report.people.all()] == [ana, None]


@pytest.fixture
def bruno(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Bruno Bach")


def matched(over, organiser, *people):
    """Whom each of them is."""
    return [it.participant for it in give(over, zoom(over, *people), organiser).people.order_by("position")]


def change_address(user, old, new):
    """As allauth does once the code of the new address is typed."""
    user.emailaddress_set.create(email=new, verified=True)
    user.emailaddress_set.filter(email=old).delete()
    user.email = new
    user.save()


def test_an_address_that_was_verified_once_stays_theirs(over, ana, organiser):
    ana.user.emailaddress_set.create(email="Ana.Old@girona.example", verified=True)
    ana.user.emailaddress_set.create(email="never@girona.example", verified=False)
    change_address(ana.user, "Ana.Old@girona.example", "ana.new@girona.example")
    ana.user.emailaddress_set.filter(email="never@girona.example").delete()

    people = [(f"X{it}", f"{it}@girona.example", 0, 60) for it in ("ana.old", "ana.new", "never")]

    assert matched(over, organiser, *people) == [ana, ana, None]


def test_an_address_that_was_changed_in_place_stays_theirs(over, ana, organiser):
    address = ana.user.emailaddress_set.create(email="ana.old@girona.example", verified=True)
    address.email = "ana.new@girona.example"
    address.save()

    assert matched(over, organiser, ("X", "ana.old@girona.example", 0, 60)) == [ana]


def test_an_address_that_two_people_have_had_is_to_be_chosen(over, ana, bruno, organiser):
    for participant in (ana, bruno):
        participant.user.emailaddress_set.create(email="desk@girona.example", verified=True)
        change_address(participant.user, "desk@girona.example", f"{participant.pk}@girona.example")

    report = give(over, zoom(over, ("X", "desk@girona.example", 0, 60)), organiser)

    assert (report.people.get().group, report.people.get().suggestions) == ("to_choose", [ana.pk, bruno.pk])


def test_an_address_that_an_organiser_corrected_is_to_be_chosen(over, ana, organiser):
    """Whoever had typed the code that went there was perhaps somebody else."""
    ana.user.emailaddress_set.create(email="wrong@girona.example", verified=True)
    with acting(organiser):
        change_address(ana.user, "wrong@girona.example", "ana.new@girona.example")

    report = give(over, zoom(over, ("X", "wrong@girona.example", 0, 60)), organiser)

    assert (report.people.get().group, report.people.get().suggestions) == ("to_choose", [ana.pk])


def test_an_address_that_somebody_gave_up_themselves_stays_theirs(over, ana, organiser):
    ana.user.emailaddress_set.create(email="ana.old@girona.example", verified=True)
    with acting(ana.user):
        change_address(ana.user, "ana.old@girona.example", "ana.new@girona.example")

    assert matched(over, organiser, ("X", "ana.old@girona.example", 0, 60)) == [ana]


def test_who_waits_for_approval_is_suggested_and_never_matched(over, petra, organiser):
    people = [("Petra Pending", "", 0, 60), ("P", petra.user.email, 0, 60)]

    report = give(over, zoom(over, *people), organiser)

    rows = list(report.people.order_by("position").values_list("group", "participant", "suggestions"))
    assert rows == [("to_choose", None, [petra.pk])] * 2


def test_an_address_at_the_domain_of_another_city_speaks_against_a_name(over, ana, organiser):
    DelegationFactory(edition=over.edition, email_domains=["lyon.example"])

    participants = matched(over, organiser, ("Ana Anaya", "a@lyon.example", 0, 60))

    assert participants == [None]
    assert matched(over, organiser, ("Ana Anaya", "a@home.example", 0, 60)) == [ana]


def test_people_of_another_edition_are_nobody_here(over, organiser):
    stranger = ParticipantFactory(user__name="Otto Other")

    report = give(over, zoom(over, ("Otto Other", stranger.user.email, 0, 60)), organiser)

    assert report.people.get().participant is None


def test_reread_report_in_another_zone_keeps_what_was_chosen(report, ana, organiser):
    annie = report.people.get(name="Annie")
    choose_person(person=annie, participant=ana, by=organiser)
    quirk = report.people.get(name="Quirk")
    share_connection(person=quirk, participant=ana, note="Seen on camera", by=organiser)
    before = report.first_join_at

    again = reread_report(report=report, choices=Choices(session=report.session, zone="Europe/London"), by=organiser)

    assert again.first_join_at - before == dt.timedelta(hours=1)
    assert again.people.get(name="Annie").participant == ana
    assert again.people.get(name="Quirk").shared.get().participant == ana


def test_reread_report_by_a_zone_that_is_chosen_over_the_one_of_the_file(over, organiser):
    start = over.starts_at.astimezone(over.edition.zone)
    cells = ["Ana", f"{start:%Y-%m-%d %H:%M}", f"{start + dt.timedelta(hours=1):%Y-%m-%d %H:%M}"]
    report = give(over, files.table(["Name", "Join (UTC)", "Leave (UTC)"], cells).encode(), organiser)
    assert (report.named_zone, report.is_zone_chosen) == ("UTC", False)
    assert report.first_join_at != over.starts_at

    choices = Choices(session=over, zone=over.edition.time_zone, is_zone_chosen=True)
    again = reread_report(report=report, choices=choices, by=organiser)

    again.refresh_from_db()
    assert (again.named_zone, again.is_zone_chosen, again.first_join_at) == ("", True, over.starts_at)


def test_reread_report_in_another_encoding(over, organiser):
    content = zoom(over, ("Jiří Dvořák", "", 0, 60)).decode().encode("cp1250")
    report = give(over, content, organiser)
    assert (report.encoding, report.doubts) == ("cp1250", ["encoding"])

    again = reread_report(report=report, choices=Choices(session=over, encoding="cp1252"), by=organiser)

    assert again.people.get().name == "Jiøí Dvoøák"


def test_reread_report_refuses_a_meeting_of_another_day_also_where_another_one_is_near(over, organiser):
    content = zoom(over, ("Ana Anaya", "", 0, 60), ("Ana Anaya", "", -2 * 24 * 60, 60))
    reports, _ = add_reports(edition=over.edition, name="z.csv", content=content, choices=Choices(), by=organiser)
    assert [it.session for it in reports] == [None, over]

    with refused("other_day"):
        reread_report(report=reports[0], choices=Choices(session=over), by=organiser)


def test_drop_report_forgets_file_and_people(report, organiser):
    drop_report(report=report, by=organiser)

    assert (Report.objects.count(), ReportedPerson.objects.count()) == (0, 0)


def test_unmatched_people_and_files_are_deleted_after_thirty_days(report, ana, organiser):
    share_connection(person=report.people.get(name="Annie"), participant=ana, note="there", by=organiser)
    apply_report(report=report, is_confirmed=True, by=organiser)
    assert delete_unmatched_people() == (0, 0)
    Report.objects.update(uploaded_at=timezone.now() - dt.timedelta(days=31))

    assert delete_unmatched_people() == (1, 1)
    assert delete_unmatched_people() == (0, 0)

    report.refresh_from_db()
    assert [it.name for it in report.people.order_by("position")] == ["Ana Anaya", "Annie"]
    assert (bytes(report.content), report.meta, Evidence.objects.count()) == (b"", {}, 2)


def test_a_forgotten_file_cannot_be_read_again(report, organiser):
    Report.objects.update(uploaded_at=timezone.now() - dt.timedelta(days=31))
    delete_unmatched_people()

    with refused("file_deleted"):
        reread_report(report=report, choices=Choices(session=report.session), by=organiser)


def test_reread_report_keeps_apart_what_was_chosen_about_two_of_one_name(over, ana, organiser):
    local = over.starts_at.astimezone(over.edition.zone)
    rows = ["Session Id,Participant Id,Full Name,Timestamp,Action"]
    for account, minute in (("p1", 0), ("p2", 5)):
        for action, after in (("Joined", minute), ("Left", minute + 10)):
            rows.append(f"s{account},{account},Annie A,{files.us(local + dt.timedelta(minutes=after))},{action}")
    report = give(over, "\n".join(rows).encode(), organiser, name="live.csv")
    second = report.people.order_by("position")[1]
    choose_person(person=second, participant=ana, by=organiser)

    reread_report(report=report, choices=Choices(session=over), by=organiser)

    assert list(report.people.order_by("position").values_list("participant", flat=True)) == [None, ana.pk]
