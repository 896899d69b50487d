"""Choosing who the people of a report are, and who sat beside them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.actions.applied_reports import apply_report
from attendance.actions.reports import Choices, add_reports
from attendance.models import ReportedPerson, SharedConnection
from programme.models import Participant
from tests.attendance.meeting_reports.giving import give, people_live, zoom
from tests.attendance.meeting_reports.reading import files
from tests.client import text
from tests.factories.people import DelegationFactory, ParticipantFactory


@pytest.fixture
def report(over, ana, organiser):
    content = files.zoom(
        [("Ana Anaia", "", 0, 30), ("Quirk", "", 0, 60), ("Town hall", "", 0, 60)], over.starts_at, over.edition.zone
    )
    (report,), _ = add_reports(
        edition=over.edition, name="zoom.csv", content=content, choices=Choices(session=over), by=organiser
    )
    return report


@pytest.fixture
def bruno(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Bruno Bach")


def url(report, name, *more):
    return reverse(f"attendance-staff:{name}", args=[report.edition.slug, report.pk, *more])


def person(report, name):
    return report.people.get(name=name)


def choose(client, report, group, **values):
    return client.post(url(report, "report-choose"), {"group": group, "page": "1", **values})


def errors_of(response):
    """Return the errors on the page of a report, by person and field."""
    return {form.person.name: form.errors for form in response.context["people_forms"] if form.errors}


def test_choose_one_that_is_suggested(client, organiser, report, ana):
    client.force_login(organiser)
    anaia = person(report, "Ana Anaia")
    assert anaia.suggestions == [ana.pk]

    response = choose(client, report, "to_choose", **{f"{anaia.pk}-who": ana.pk})

    assert response.status_code == 302
    anaia.refresh_from_db()
    assert (anaia.participant, anaia.how, anaia.chosen_by) == (ana, "chosen", organiser)


@pytest.mark.parametrize("typed", ["bruno bach", "BACH, Bruno", "{email}", "Bruno Bach, City <{email}>"])
def test_choose_somebody_else_by_typing(client, organiser, report, bruno, typed):
    client.force_login(organiser)
    quirk = person(report, "Quirk")

    choose(client, report, "unknown", **{f"{quirk.pk}-other": typed.format(email=bruno.user.email)})

    quirk.refresh_from_db()
    assert quirk.participant == bruno


def test_choose_with_one_mistake_saves_nothing(client, organiser, report, bruno):
    client.force_login(organiser)
    quirk, hall = person(report, "Quirk"), person(report, "Town hall")

    response = choose(
        client, report, "unknown", **{f"{quirk.pk}-other": "Bruno Bach", f"{hall.pk}-other": "Nobody Known"}
    )

    assert response.status_code == 422
    assert errors_of(response) == {
        "Town hall": {"other": ["Nobody in this edition is called “Nobody Known”. Try the email address."]}
    }
    assert 'value="Bruno Bach"' in response.content.decode()
    assert not ReportedPerson.objects.in_group("matched").exists()


def test_choose_one_of_two_people_of_one_name_asks_for_the_address(client, organiser, report, delegation, bruno):
    ParticipantFactory(delegation=delegation, user__name="Bruno Bach")
    client.force_login(organiser)
    quirk = person(report, "Quirk")

    response = choose(client, report, "unknown", **{f"{quirk.pk}-who": "other", f"{quirk.pk}-other": "Bruno Bach"})

    assert response.status_code == 422
    assert errors_of(response) == {
        "Quirk": {"other": ["Several people are called “Bruno Bach”. Enter the email address."]}
    }


@pytest.mark.parametrize("where", ["report", "meeting"])
def test_thirty_choices_cost_as_many_queries_as_one(client, organiser, over, where):
    people = ParticipantFactory.create_batch(31, delegation=DelegationFactory(edition=over.edition, quota=31))
    names = [f"iPad of n. {number}" for number in range(31)]
    report = give(over, zoom(over, *[(name, "", 0, 60) for name in names]), organiser)
    rows = people_live(over, *names) if where == "meeting" else list(report.people.order_by("position"))
    address = (
        reverse("attendance-staff:in-meeting", args=[over.edition.slug, over.slug])
        if where == "meeting"
        else url(report, "report-choose")
    )
    client.force_login(organiser)

    def post(some):
        chosen = {f"{row.pk}-who": "other" for row, _person in some}
        typed = {f"{row.pk}-other": person.user.email for row, person in some}
        with CaptureQueriesContext(connection) as queries:
            response = client.post(address, {"group": "unknown", "page": "1", **chosen, **typed})
        assert response.status_code == 302
        return len(queries)

    pairs = list(zip(rows, people, strict=True))
    n_for_one = post(pairs[:1])

    assert post(pairs[1:]) == n_for_one < 60
    assert list(report.people.order_by("position").values_list("participant", flat=True)) == [it.pk for it in people]


@pytest.fixture
def pending(over, delegation, organiser):
    """A report in which somebody is who waits for approval."""
    petra = ParticipantFactory(delegation=delegation, state="pending", user__name="Petra Pending")
    content = files.zoom(
        [("Petra Pending", "", 0, 60), ("Quirk", petra.user.email, 0, 60)], over.starts_at, over.edition.zone
    )
    (report,), _ = add_reports(
        edition=over.edition, name="zoom.csv", content=content, choices=Choices(session=over), by=organiser
    )
    return report, petra


def test_who_waits_for_approval_is_shown_with_a_way_to_approve_them(client, organiser, pending):
    report, petra = pending
    client.force_login(organiser)

    for path in (url(report, "report"), url(report, "report-person", person(report, "Petra Pending").pk)):
        page = text(client.get(path))

        assert f"Petra Pending, Girona (ES) ({petra.user.email}): waiting for approval" in page
        assert f'<a href="/admin/programme/participant/{petra.pk}/change/">Approve registration first</a>' in page
        assert f'value="{petra.pk}"' not in page


@pytest.mark.parametrize("how", ["suggested", "name", "address"])
def test_choosing_who_waits_for_approval_says_what_to_do_first(client, organiser, pending, ana, how):
    report, petra = pending
    client.force_login(organiser)
    one, quirk = person(report, "Petra Pending"), person(report, "Quirk")
    chosen = {
        "suggested": {f"{one.pk}-who": petra.pk},
        "name": {f"{one.pk}-who": "other", f"{one.pk}-other": "Petra Pending"},
        "address": {f"{one.pk}-other": petra.user.email},
    }[how]

    together = choose(client, report, "to_choose", **chosen, **{f"{quirk.pk}-other": ana.user.email})
    alone = client.post(url(report, "report-person", one.pk), chosen)

    assert (together.status_code, alone.status_code) == (422, 422)
    errors = {
        "who" if how == "suggested" else "other": [f"{petra} waits for approval. Approve their registration first."]
    }
    assert errors_of(together) == {"Petra Pending": errors}
    assert alone.context["form"].errors == errors
    assert f'value="{ana.user.email}"' in together.content.decode()
    assert not ReportedPerson.objects.in_group("matched").exists()


def test_who_is_on_a_waiting_list_is_shown_and_cannot_be_chosen(client, organiser, pending):
    report, petra = pending
    Participant.objects.filter(pk=petra.pk).update(state="waiting", waiting_number=1)
    client.force_login(organiser)
    one = person(report, "Petra Pending")

    page = text(client.get(url(report, "report")))
    response = choose(client, report, "to_choose", **{f"{one.pk}-who": petra.pk})

    assert "Register first" in page
    assert response.status_code == 422
    assert errors_of(response) == {
        "Petra Pending": {"who": ["Petra Pending is on the waiting list of Girona (ES). Register them first."]}
    }


def test_who_is_approved_meanwhile_can_be_chosen(client, organiser, pending):
    report, petra = pending
    client.force_login(organiser)
    one = person(report, "Petra Pending")

    client.post(f"/admin/programme/participant/{petra.pk}/approve/")
    response = choose(client, report, "to_choose", **{f"{one.pk}-who": petra.pk})

    assert response.status_code == 302
    assert person(report, "Petra Pending").participant == petra


def test_who_is_declined_meanwhile_is_not_offered_any_more(client, organiser, pending):
    report, petra = pending
    client.force_login(organiser)
    Participant.objects.filter(pk=petra.pk).update(state="declined")

    assert f"Petra Pending, {petra.delegation}" not in client.get(url(report, "report")).content.decode()
    refused = choose(client, report, "to_choose", **{f"{person(report, 'Quirk').pk}-who": petra.pk})
    assert refused.status_code == 422


def test_whoever_was_chosen_and_waits_for_approval_again_stays_chosen(client, organiser, pending):
    report, petra = pending
    client.force_login(organiser)
    one = person(report, "Petra Pending")
    Participant.objects.filter(pk=petra.pk).update(state="registered")
    choose(client, report, "to_choose", **{f"{one.pk}-who": petra.pk})
    Participant.objects.filter(pk=petra.pk).update(state="pending")

    page = client.get(url(report, "report-person", one.pk)).content.decode()
    response = client.post(url(report, "report-person", one.pk), {f"{one.pk}-who": petra.pk})

    assert f'value="{petra.pk}"' in page
    assert response.status_code == 302
    assert person(report, "Petra Pending").participant == petra


def test_share_with_who_waits_for_approval_is_refused(client, organiser, pending):
    report, petra = pending
    client.force_login(organiser)

    response = client.post(
        url(report, "report-share", person(report, "Quirk").pk), {"who": petra.user.email, "note": "On camera"}
    )

    assert response.status_code == 422
    assert response.context["sharing"].has_error("who", "approval_pending")
    assert not SharedConnection.objects.exists()


@pytest.mark.parametrize("typed", ["desk@girona.example", "Bruno Bach <desk@girona.example>"])
def test_choose_by_an_address_of_before(client, organiser, report, bruno, delegation, typed):
    client.force_login(organiser)
    hall, quirk = person(report, "Town hall"), person(report, "Quirk")
    bruno.user.emailaddress_set.create(email="desk@girona.example", verified=True).delete()
    choose(client, report, "unknown", **{f"{quirk.pk}-other": typed})
    assert person(report, "Quirk").participant == bruno
    other = ParticipantFactory(delegation=delegation)
    other.user.emailaddress_set.create(email="desk@girona.example", verified=True).delete()

    response = choose(client, report, "unknown", **{f"{hall.pk}-other": typed})

    assert response.status_code == 422
    (error,) = errors_of(response)["Town hall"]["other"]
    assert "used the email address “desk@girona.example”" in error


def test_choose_somebody_else_without_a_name_is_refused(client, organiser, report):
    client.force_login(organiser)

    response = choose(client, report, "unknown", **{f"{person(report, 'Quirk').pk}-who": "other"})

    assert response.status_code == 422
    assert {name: set(errors) for name, errors in errors_of(response).items()} == {"Quirk": {"other"}}


def test_choose_nobody_and_nothing(client, organiser, report):
    client.force_login(organiser)
    quirk = person(report, "Quirk")

    choose(client, report, "unknown", **{f"{quirk.pk}-who": "nobody"})
    response = client.post(url(report, "report-choose"), {"group": "unknown"}, follow=True)

    quirk.refresh_from_db()
    assert (quirk.group, quirk.how) == ("ignored", "nobody")
    assert "No choices were made." in response.content.decode()


def test_choose_on_an_applied_report_is_refused(client, organiser, report, ana):
    client.force_login(organiser)
    apply_report(report=report, is_confirmed=True, by=organiser)

    quirk = person(report, "Quirk")
    alone = client.post(url(report, "report-person", quirk.pk), {f"{quirk.pk}-who": "nobody"})
    together = choose(client, report, "unknown", **{f"{quirk.pk}-who": "nobody"})

    assert (alone.status_code, together.status_code) == (422, 302)
    assert person(report, "Quirk").how == ""


def test_the_page_of_a_person(client, organiser, report, ana):
    client.force_login(organiser)
    quirk = person(report, "Quirk")
    path = url(report, "report-person", quirk.pk)

    page = client.get(path)
    response = client.post(path, {f"{quirk.pk}-who": "other", f"{quirk.pk}-other": ana.user.email})

    assert "1 line in the file, 60 minutes." in page.content.decode()
    assert response.status_code == 302
    quirk.refresh_from_db()
    assert quirk.participant == ana
    assert client.post(path, {f"{quirk.pk}-who": str(ana.pk)}).status_code == 302  # as it is
    assert client.post(path, {f"{quirk.pk}-who": "later"}).status_code == 302
    quirk.refresh_from_db()
    assert (quirk.participant, quirk.group, quirk.suggestions) == (None, "to_choose", [ana.pk])


def test_the_page_of_a_person_refuses_nonsense(client, organiser, report):
    client.force_login(organiser)
    quirk = person(report, "Quirk")

    response = client.post(
        url(report, "report-person", quirk.pk), {f"{quirk.pk}-who": "other", f"{quirk.pk}-other": "?"}
    )

    assert response.status_code == 422


def test_share_and_unshare(client, organiser, report, bruno):
    client.force_login(organiser)
    hall = person(report, "Town hall")

    response = client.post(url(report, "report-share", hall.pk), {"who": bruno.user.email, "note": "On camera"})

    shared = SharedConnection.objects.get()
    assert response.status_code == 302
    assert (shared.participant, shared.note, shared.by) == (bruno, "On camera", organiser)
    assert "On camera" in client.get(url(report, "report-person", hall.pk)).content.decode()
    client.post(url(report, "report-unshare", hall.pk, shared.pk))
    assert not SharedConnection.objects.exists()


@pytest.mark.parametrize("values", [{"who": "x@y.example", "note": "n"}, {"who": "Bruno Bach", "note": ""}, {}])
def test_share_refuses_what_is_incomplete(client, organiser, report, bruno, values):
    client.force_login(organiser)

    response = client.post(url(report, "report-share", person(report, "Town hall").pk), values)

    assert response.status_code == 422
    assert not SharedConnection.objects.exists()


def test_share_below_an_applied_report_is_refused(client, organiser, report, bruno):
    client.force_login(organiser)
    hall = person(report, "Town hall")
    client.post(url(report, "report-share", hall.pk), {"who": bruno.user.email, "note": "On camera"})
    apply_report(report=report, is_confirmed=True, by=organiser)

    refused = client.post(url(report, "report-share", hall.pk), {"who": bruno.user.email, "note": "Again"})
    client.post(url(report, "report-unshare", hall.pk, SharedConnection.objects.get().pk))

    assert refused.status_code == 422
    assert SharedConnection.objects.get().note == "On camera"


def test_somebody_of_another_report_is_not_found(client, organiser, report, over):
    content = files.teams([("Else", "", 0, 30)], over.starts_at, over.edition.zone)
    (other,), _ = add_reports(
        edition=over.edition, name="t.csv", content=content, choices=Choices(session=over), by=organiser
    )
    client.force_login(organiser)

    assert client.get(url(report, "report-person", other.people.get().pk)).status_code == 404
    assert client.post(url(report, "report-unshare", person(report, "Quirk").pk, 99)).status_code == 404
